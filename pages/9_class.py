"""Class: for the teacher, everybody's curves as small multiples on one scale, who waits, and buttons to stop a run."""

import streamlit as st

from pages.parts.classroom import teacher
from pages.parts.classroom.class_page import classroom
from pages.parts.shell import services, session
from pages.parts.shell.frame import frame

frame("Class", of_class=True)
with st.container():  # keeps its place when it is empty, so that what follows never stands there twice
    if not session.PROJECTOR.get():
        st.title("Class", anchor=False)
if teacher.is_open():
    classroom()
services.page_is_drawn()
