"""A button that cannot be pressed while it is disabled."""

import streamlit as st


def button(label: str, *, disabled: bool = False, **options) -> bool:
    """Draw the button and return whether it was pressed: never while it is disabled, whatever a browser sends."""
    return st.button(label, disabled=disabled, **options) and not disabled
