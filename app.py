"""Home: what the app does, a moving card for each task, why networks are recurrent, and recent runs."""

import streamlit as st

from pages.parts.home.cards import task_cards
from pages.parts.home.motion import pause_button
from pages.parts.home.recent import recent_runs
from pages.parts.home.unrolled import unrolled_strip
from pages.parts.shell import services
from pages.parts.shell.frame import frame
from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import FIRST

frame("Home")

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("See a recurrent network learn", anchor=False, width="content")
    with st.container(key="home_start", width="content"):
        first = view_of(FIRST).page
        first.link(f"Start: 3 minutes with {first.title.lower()}", icon=":material/play_arrow:")
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="home_intro"):
    where = (
        "the teacher's computer; nothing is sent anywhere else"
        if services.settings().class_mode
        else "this computer; nothing is sent anywhere"
    )
    st.markdown(
        f"Choose a cell, press Train, and watch the loss fall. Then try the network. Everything runs on {where}.", width="content"
    )
    pause_button()
draw_moving_parts = task_cards()
with st.container(border=True, key="home_why"):
    left, right = st.columns([0.3, 0.7], gap="medium", vertical_alignment="center")
    with left:
        st.header("Why recurrence?", anchor=False)
        st.markdown(
            "The network reads one character after the other. At each step it mixes the new input with its **hidden state**, the numbers "
            "that it carries on. The weights are the same at every step, so it reads texts of any length."
        )
    with right:
        strip = st.container(key="home_strip")
recent_runs()
draw_moving_parts()  # last: everything else is on the page by now
with strip:
    unrolled_strip()
services.page_is_drawn()
