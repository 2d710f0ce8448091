"""The view for a projector: nothing but the board or the chart, as wide as the window, and a button that leaves it.

The component of `projector.js` draws the button and listens to Escape; its state is the trigger `left`, for one rerun.
"""

from pathlib import Path

import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.component import component

_LEAVE = component("rnn_leave_projector", __file__, '<button type="button">Leave <kbd>Esc</kbd></button>')
_PAGE = Path(__file__).with_name("projector_page.css").read_text(encoding="utf-8")


def projector() -> None:
    """Hide the rest of the page, and draw the button that leaves the view."""
    st.html(f"<style>{_PAGE}</style>")
    _LEAVE(key=session.PROJECTOR_LEFT.name, on_left_change=_leave, height="content")


def _leave() -> None:
    session.PROJECTOR.set(False)
