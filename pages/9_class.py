"""Class: for the teacher, every student's curve on the same scale, the queue, and buttons to stop runs."""

import streamlit as st

from pages.parts.classroom import teacher
from pages.parts.classroom.class_page import classroom
from pages.parts.shell import services, session
from pages.parts.shell.frame import frame

frame("Class")
with st.container():  # an empty container keeps its place, so Streamlit never draws what follows twice
    if not session.PROJECTOR.get():
        st.title("Class", anchor=False)
if teacher.is_open():
    classroom()
services.page_is_drawn()
