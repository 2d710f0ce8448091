"""A task without a page file of its own: `?task=` says which."""

import streamlit as st

from pages.parts.shell.frame import frame
from pages.parts.task_page import draw
from pages.parts.tasks.generic.view import PAGE
from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import task_names

here = [task for task in task_names() if view_of(task).page.file == PAGE]
asked = st.query_params.get("task")
if asked in here:
    draw(asked)
else:
    frame("Task")
    st.info(
        "This address names no task that is here. RNN_TASKS adds tasks; docs/settings.md says how.", icon=":material/extension:"
    )
