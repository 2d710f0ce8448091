"""Where the data of a task comes from: what all tasks have in common."""

from collections.abc import Mapping

from rnn_core.data import uploads
from rnn_core.settings import Settings
from rnn_core.tasks.task import task_of


def default(task: str, settings: Settings) -> str:
    """The first that is here without a download: real data before bundled data."""
    return next(source.name for source in task_of(task).sources(settings).values() if source.read)


def label(task: str, name: str, settings: Settings, own: Mapping[str, str]) -> str:
    """What people call it. `own` holds a person's labels of their uploads."""
    source = task_of(task).sources(settings).get(name)
    if source or not uploads.is_upload(name):
        return source.label if source else name
    return own.get(name) or uploads.old_label(name, settings)
