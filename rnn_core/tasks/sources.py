"""Sources of a task's data: shared by all tasks."""

from collections.abc import Mapping

from rnn_core.data import uploads
from rnn_core.settings import Settings
from rnn_core.tasks.task import task_of


def default(task: str, settings: Settings) -> str:
    """The name of the first source that needs no download; tasks list real data before bundled data."""
    return next(source.name for source in task_of(task).sources(settings).values() if source.read)


def label(task: str, name: str, settings: Settings, own: Mapping[str, str]) -> str:
    """The label of a source. `own` maps a person's uploads to their labels."""
    source = task_of(task).sources(settings).get(name)
    if source or not uploads.is_upload(name):
        return source.label if source else name
    return own.get(name) or uploads.old_label(name, settings)
