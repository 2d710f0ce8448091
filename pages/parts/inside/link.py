"""The link from a task's page to what goes on inside of the network on show."""

import streamlit as st

from pages.parts.shell.page import Page
from rnn_core.runs.store.rows import Run

PAGE = Page(
    "Inside",
    "pages/7_inside.py",
    ":material/frame_inspect:",
    "Step through an input, and see the gates and the memory of a trained network.",
)


def inside_link(run: Run) -> None:
    """Draw a small link, which stands with the cards of the network."""
    with st.container(key="inside_link"):
        PAGE.link("Look inside", help="Step through an input, and see the gates and the memory of the network on show.", run=run.id)
