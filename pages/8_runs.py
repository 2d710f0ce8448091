"""Runs: rename and delete runs, and see their size on disk."""

import streamlit as st

from pages.parts.run.runs_table import runs_table
from pages.parts.shell import services
from pages.parts.shell.frame import frame

frame("Runs")
st.title("Runs", anchor=False)
runs_table()
services.page_is_drawn()
