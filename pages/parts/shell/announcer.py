"""What a screen reader says when something has changed on the page, without a word on the screen."""

from pathlib import Path

import streamlit as st

from pages.parts.shell import session

_ANNOUNCER = st.components.v2.component(
    "rnn_announcer",
    html='<p role="status" style="position:absolute; width:1px; height:1px; margin:0; overflow:hidden; clip-path:inset(50%)"></p>',
    js=Path(__file__).with_name("announcer.js").read_text(encoding="utf-8"),
)


def announce(message: str) -> None:
    """Say `message`, once: the element stays the same from tick to tick, and its text changes only with the message."""
    _ANNOUNCER(key=session.ANNOUNCED.name, data={"message": message}, height="content", width="content")
