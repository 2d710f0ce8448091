"""Runs: kept until they are deleted; here they are renamed and deleted, and say what they cost on disk."""

import streamlit as st

from pages.parts.run.runs_table import old_runs
from pages.parts.shell import services
from pages.parts.shell.frame import frame

frame("Runs")
st.title("Runs", anchor=False)
old_runs()
services.page_is_drawn()
