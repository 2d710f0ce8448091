"""Home: what the app does, a card for each task, and recent runs."""

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
    "Choose a cell, press Train, and watch the loss fall. Then try the network. Everything runs on this computer; nothing is sent "
    "anywhere."
)

with st.grid(4, min_column_width=240):
    for view in map(view_of, task_names()):
        with st.container(border=True, height="stretch"):
            st.subheader(view.page.title, icon=view.page.icon, anchor=False)
            st.markdown(view.about)
            view.card()
            view.page.link(view.link, icon=":material/arrow_forward:")
st.caption(
    "Training continues if you close the tab. Open the link again, or send it to somebody at this computer, to see the run with its "
    "whole curve."
)

st.header("Your recent runs" if services.settings().class_mode else "Recent runs")
run_table(services.store().runs.newest(limit=_NEWEST, owner=services.listed_owner()))
if services.store().runs.count(services.listed_owner()):
    st.page_link("pages/8_runs.py", label="All runs: rename, delete, see their size on disk", icon=":material/list_alt:")
services.page_is_drawn()
