"""Class: for the teacher, every student's current run on one board, settings for the class, the queue, and ended runs."""

import streamlit as st

from pages.parts.classroom import teacher
from pages.parts.classroom.class_page import classroom
from pages.parts.shell import services
from pages.parts.shell.frame import frame

frame("Class")
with st.container(key="page_title" if services.is_teacher() else "class_title"):  # the board needs its place
    st.title("Class", anchor=False)
if teacher.is_open():
    classroom()
services.page_is_drawn()
