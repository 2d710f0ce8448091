"""What tasks on published data share."""

from collections.abc import Iterator

from rnn_core.data import download
from rnn_core.data.source import Source
from rnn_core.settings import Settings
from rnn_core.tasks.task import DataFile


def data_files(source: Source | None, settings: Settings) -> Iterator[DataFile]:
    """The files of a download, where they are here; all other data comes with the program."""
    if source and source.remotes and (local := download.local_files(source.remotes, settings)):
        for path in local[0]:
            yield DataFile(path.read_bytes(), path.name, own=False)
