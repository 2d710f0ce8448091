"""A source of data, which pages offer to choose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnn_core.data.download import Remote
from rnn_core.errors import UserError, quoted
from rnn_core.settings import Settings


@dataclass(frozen=True)
class Source:
    name: str  # in specs
    label: str
    origin: str  # one sentence about its origin
    read: Callable[[Settings], Any] | None = None  # None until it is downloaded
    remotes: tuple[Remote, ...] = ()
    in_folder: bool = False  # a file of RNN_DATA_DIR, which other computers do not have

    @property
    def megabytes(self) -> float:
        """Size of the download in MB."""
        return sum(remote.size for remote in self.remotes) / 1e6


def pick(sources: dict[str, Source], name: str, page: str) -> Source:
    """The source with this name. Raises `UserError` if it does not exist or must be downloaded first; `page` is for the message."""
    source = sources.get(name)
    if source is None:
        raise UserError(
            f"There is no data called {quoted(name)} here. Known: {', '.join(sources)}. Choose one, or upload your own on the {page} page."
        )
    if source.read is None:
        raise UserError(
            f"{source.label} has not been downloaded yet. Choose it on the {page} page, or run: python -m rnn_core data get {name}"
        )
    return source
