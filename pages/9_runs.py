"""Runs: rename and delete runs, see their size on disk, and open one from another machine."""

import streamlit as st

from pages.parts.run.open_zip import open_zip
from pages.parts.run.runs_table import runs_table
from pages.parts.shell import services
from pages.parts.shell.frame import frame

frame("Runs")
st.title("Runs", anchor=False)
open_zip()
runs_table()
services.page_is_drawn()
