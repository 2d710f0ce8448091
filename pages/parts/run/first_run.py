"""The run that a task's page opens on the first visit of a session."""

import streamlit as st

from pages.parts.shell import services, session
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.task import task_names

_LOOKED_AT = 20  # newest runs


def open_newest(task: str) -> None:
    """On the first visit, put the person's active run into the URL, else the newest run that has trained and is not damaged.

    A URL that names a run of this task decides; one that names settings decides unless a run is active.
    """
    if session.LAST_RUN(task).exists() or (st.query_params.get("run") and not _is_of_another_page(task, session.LAST_RUN, "run")):
        return
    has_link = st.query_params.get("spec") and not _is_of_another_page(task, session.LINK, "spec")
    own = list(services.store().runs.newest(task, _LOOKED_AT, services.listed_owner(), examples=False))
    ended = [] if has_link else [run for run in own if not run.active and run.step]
    if run := next((run for run in (*(run for run in own if run.active), *ended) if can_be_shown(run)), None):
        st.query_params["run"] = run.id


def _is_of_another_page(task: str, shown: session.KeyFamily[str | None], parameter: str) -> bool:
    """Whether the browser still shows the parameter of another page."""
    return any(st.query_params[parameter] == shown(other).get() for other in task_names() if other != task)


def can_be_shown(run: Run) -> bool:
    try:
        services.store().runs.spec(run.id)
        checkpoints.position(services.store().runs.folder(run.id))
    except UserError:
        return False
    return True
