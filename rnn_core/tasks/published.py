"""What tasks on published data share."""

from collections.abc import Iterator

from rnn_core.data import download
from rnn_core.data.source import Source
from rnn_core.settings import Settings
from rnn_core.tasks.task import Carried


def carried(source: Source | None, settings: Settings) -> Iterator[Carried]:
    """The files of a download, where they are here; all other data comes with the program."""
    if source and source.remotes and (here := download.found(source.remotes, settings)):
        for path in here[0]:
            yield Carried(path.read_bytes(), path.name, own=False)
