"""A task without a page file of its own: `?task=` says which."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.frame import frame
from pages.parts.task_page import draw
from pages.parts.tasks.generic.view import PAGE
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError


def _is_here(task: str | None) -> bool:
    try:
        return view_of(task).page.file == PAGE
    except UserError:  # an unknown one; of one that cannot be used, the frame says why
        return False


if _is_here(asked := st.query_params.get("task")):
    draw(asked)
else:
    frame("Task")
    st.info(
        "This address names no task that is here. RNN_TASKS adds tasks; docs/settings.md says how.", icon=":material/extension:"
    )
    services.page_is_drawn()
