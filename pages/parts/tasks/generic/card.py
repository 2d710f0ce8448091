"""The card on Home of a task without its own view: its icon, still."""

import streamlit as st


def card(icon: str) -> None:
    """Draw the icon."""
    st.markdown(icon, text_alignment="center")
