"""One place that data can come from: what a page offers to choose, whatever the task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnn_core.data.download import Remote
from rnn_core.errors import UserError, quoted
from rnn_core.settings import Settings


@dataclass(frozen=True)
class Source:
    name: str  # what a spec says
    label: str
    origin: str  # one sentence about where it comes from
    read: Callable[[Settings], Any] | None = None  # None: must be downloaded first
    remotes: tuple[Remote, ...] = ()

    @property
    def megabytes(self) -> float:
        """What has to be downloaded."""
        return sum(remote.size for remote in self.remotes) / 1e6


def pick(sources: dict[str, Source], name: str, page: str) -> Source:
    """The source called `name` that can be read now. Raises `UserError` where there is none, or where it must be downloaded."""
    source = sources.get(name)
    if source is None:
        raise UserError(
            f"There is no data called {quoted(name)} here. Known: {', '.join(sources)}; or bring your own on the {page} page."
        )
    if source.read is None:
        raise UserError(
            f"{source.label} has not been downloaded yet. Choose it on the {page} page, or run: python -m rnn_core data get {name}"
        )
    return source
