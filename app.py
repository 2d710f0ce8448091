"""Home: what this is on one screen, and the way to what can be done now."""

import streamlit as st

from pages.parts.run.run_list import run_table
from pages.parts.shell import services
from pages.parts.shell.frame import frame
from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import task_names

_NEWEST = 10  # runs on this page; the Runs page has all

frame("Home")

st.title("See a recurrent network learn")
st.markdown(
    "Choose a cell, press Train, and watch the loss fall. Then play with what the network has learnt. Everything runs on this "
    "computer; nothing is sent anywhere."
)

with st.grid(3, min_column_width=260):
    for view in map(view_of, task_names()):
        with st.container(border=True, height="stretch"):
            st.subheader(view.page.title, icon=view.page.icon, anchor=False)
            st.markdown(view.card)
            view.page.link(view.link, icon=":material/arrow_forward:")
st.caption(
    "Training runs in a process of its own. Close the tab, open the link again, or send it to somebody at this computer: the run is "
    "still there, with its whole curve."
)

st.header("Your runs so far" if services.settings().class_mode else "Runs so far")
run_table(services.store().runs.newest(limit=_NEWEST, owner=services.whose()))
if services.store().runs.count(services.whose()):
    st.page_link("pages/8_runs.py", label="All runs: rename, delete, see what they cost on disk", icon=":material/list_alt:")
services.page_is_drawn()
