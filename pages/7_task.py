"""The page of tasks without their own page file; `?task=` names the task."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.frame import frame
from pages.parts.task_page import task_page
from pages.parts.tasks.generic.view import PAGE
from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import task_names

tasks = [name for name in task_names() if view_of(name).page.file == PAGE]
task = st.query_params.get("task")
if task in tasks:
    task_page(task)
else:
    frame("Task")
    st.info(
        "There is no such task on this server. RNN_TASKS adds tasks; docs/settings.md describes it.", icon=":material/extension:"
    )
    services.page_is_drawn()
