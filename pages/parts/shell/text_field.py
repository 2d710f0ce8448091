"""A text area whose text is read while a person types, not only when the field is left."""

import re

import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.component import component

_TYPING = component("rnn_typing", __file__, "<span></span>", css=())


def text_field(label: str, key: session.Key[str], **options) -> str:
    """Draw a text area that is sent half a second after the last key; returns its text. The component sends nothing."""
    key.carry_over()
    name = f"typed-{re.sub(r'[^a-z]', '-', key.name)}"
    with st.container(key=name, gap=None):
        text = st.text_area(label, key=key.name, persist_state="session", **options)
        _TYPING(key=session.TYPED(key.name).name, data={"field": f"st-key-{name}"}, height="content", width="content")
    return text
