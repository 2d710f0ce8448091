"""Runs: kept until they are deleted; here they are renamed and deleted, and say what they cost on disk."""

import streamlit as st

from pages.parts import lab
from pages.parts.frame import frame
from pages.parts.old_runs import old_runs

frame("Runs")
st.title("Runs", anchor=False)
old_runs()
lab.page_is_drawn()
