"""What a student sees of settings that the teacher sent: a button in the navigation of every page.

It appears within a few seconds, without moving what stands there, and changes no settings until the student presses it.
"""

import time

import streamlit as st

from pages.parts.classroom.send import describe
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.view import view_of
from rnn_core.runs.store.people import Person
from rnn_core.runs.store.sent import Sent

_TICK = 10.0  # seconds; thirty people tick
_NEWS = 60.0  # seconds; what is older needs no toast on each page that is loaded: the button is there


@st.cache_data(ttl=2, max_entries=2, show_spinner=False)
def _newest() -> Sent | None:
    """What was sent last; cached for all sessions."""
    return services.store().sent.newest()


@st.cache_data(max_entries=512, show_spinner=False)
def _half(number: int, person: str, _sent: Sent) -> int:
    """The half of a person, which never changes."""
    return services.store().sent.half_of(_sent, person)


def sent_notice(person: Person, title: str) -> None:
    """Draw the button where something was sent; it ticks. `title` is that of the page."""
    fragment(_notice, every=_TICK)(person, title)


def _notice(person: Person, title: str) -> None:
    sent = _newest()
    if sent is None or sent.withdrawn:
        return
    spec = sent.spec_for(_half(sent.number, person.id, sent), person.number)
    page = view_of(spec.task).page
    if session.SENT_SEEN.get() != sent.number:
        session.SENT_SEEN.set(sent.number)
        if time.time() - sent.time < _NEWS:
            st.toast(f"Your teacher sent settings: {plain(describe(spec))}", icon=":material/send:", duration="long")
    used = session.SENT_USED
    with st.popover("From your teacher", icon=":material/send:", key=session.SENT_OPEN(used.get()).name, wrap=False):
        st.markdown(f"Your teacher sent these settings. **{plain(describe(spec))}**, seed {spec.seed}.")
        half = "Half of the class gets these settings, the other half gets different ones. " if len(sent.specs) > 1 else ""
        st.caption(
            f"{half}Each student gets another seed, so that the runs can be compared. These settings replace yours on {page.title}."
        )
        if button("Use these settings", type="primary", icon=":material/tune:", key=session.SENT_USE.name):
            used.set(used.get() + 1)
            st.toast(f"{plain(describe(spec))}: press Train to start.", icon=":material/tune:")
            if page.title != title:
                st.switch_page(page.file, query_params=[*page.query, ("spec", spec.to_short())])
            st.query_params["spec"] = spec.to_short()  # the page sets its controls from its address
            st.rerun()
