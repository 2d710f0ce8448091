"""The page of tasks without their own page file; `?task=` names the task."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.frame import frame
from pages.parts.task_page import task_page
from pages.parts.tasks.generic.view import PAGE
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError


def _is_here(task: str | None) -> bool:
    try:
        return view_of(task).page.file == PAGE
    except UserError:  # an unknown one; of one that cannot be used, the frame says why
        return False


if _is_here(asked := st.query_params.get("task")):
    task_page(asked)
else:
    frame("Task")
    st.info(
        "There is no such task on this server. RNN_TASKS adds tasks; docs/settings.md describes it.", icon=":material/extension:"
    )
    services.page_is_drawn()
