"""Shared by tasks on published data."""

from collections.abc import Iterator

from rnn_core.data import download
from rnn_core.data.source import Source
from rnn_core.settings import Settings
from rnn_core.tasks.task import DataFile


def data_files(source: Source | None, settings: Settings) -> Iterator[DataFile]:
    """The files of a downloaded source, if they exist; bundled data needs none."""
    if source and source.remotes and (local := download.local_files(source.remotes, settings)):
        for path in local[0]:
            yield DataFile(path.read_bytes(), path.name, own=False)
