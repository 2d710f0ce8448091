"""What holds the zones of a task's page together: links that skip to a zone, and on a phone the choice of the zone on show."""

import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.shell.fragments import fragment
from pages.parts.shell.style import style

_ZONES = {"watch": "Watch", "try": "Try", "setup": "Set up"}
_SKIP = component(
    "rnn_skip_links",
    __file__,
    """<nav aria-label="Skip to">
<a href="#toolbar">Train</a>
<a href="#network">Network</a>
<a href="#zone_setup">Settings</a>
<a href="#zone_watch">Curves</a>
<a href="#zone_try">Try</a>
</nav>""",
    css=("skip_links.css",),
    js=("skip_links.js",),
)


def skip_links() -> None:
    """Draw links that appear when the keyboard reaches them, and move its focus to a part of the page."""
    _SKIP(key=session.SKIP_LINKS.name, height="content")


def zone_switch(task: str) -> None:
    """Draw the choice of the zone that a phone shows; on wide screens, the style sheet hides it."""
    fragment(_zone_switch)(task)


def _zone_switch(task: str) -> None:
    zone = session.ZONE(task)
    zone.setdefault("watch")
    with st.container(key="zone_switch"):
        st.segmented_control(
            "Zone", list(_ZONES), format_func=_ZONES.get, required=True, key=zone.name, width="stretch",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        hidden = ", ".join(f".st-key-zone_{name}" for name in _ZONES if name != zone.get())
        style("zone", f"@media (max-width: 1000px) {{ {hidden} {{ display: none !important; }} }}")
