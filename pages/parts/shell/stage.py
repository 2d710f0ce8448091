"""What holds the zones of a task's page together: links that skip to a zone, and on a phone the choice of the zone on show."""

from pathlib import Path

import streamlit as st

from pages.parts.shell import session

_ZONES = {"watch": "Watch", "try": "Try", "setup": "Set up"}
_SKIP = st.components.v2.component(
    "rnn_skip_links",
    html="""<nav aria-label="Skip to">
<a href="#toolbar">Train</a>
<a href="#network">Network</a>
<a href="#zone_setup">Settings</a>
<a href="#zone_watch">Curves</a>
<a href="#zone_try">Try</a>
</nav>""",
    css=Path(__file__).with_name("skip_links.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("skip_links.js").read_text(encoding="utf-8"),
)


def skip_links() -> None:
    """Draw links that appear when the keyboard reaches them, and move its focus to a part of the page."""
    _SKIP(key=session.SKIP_LINKS.name, height="content")


@st.fragment
def zone_switch(task: str) -> None:
    """Draw the choice of the zone that a phone shows; on wide screens, the style sheet hides it."""
    zone = session.ZONE(task)
    zone.setdefault("watch")
    with st.container(key="zone_switch"):
        st.segmented_control(
            "Zone", list(_ZONES), format_func=_ZONES.get, required=True, key=zone.name, width="stretch",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        hidden = ", ".join(f".st-key-zone_{name}" for name in _ZONES if name != zone.get())
        st.html(f"<style>@media (max-width: 640px) {{ {hidden} {{ display: none !important; }} }}</style>")
