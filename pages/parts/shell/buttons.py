"""Buttons that hold what they say."""

import streamlit as st


def button(label: str, *, disabled: bool = False, **look) -> bool:
    """Whether it was pressed; never while it is disabled, whatever a browser sends."""
    return st.button(label, disabled=disabled, **look) and not disabled
