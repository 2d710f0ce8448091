"""The door of the Class page: for whoever knows the teacher's key."""

import secrets
import time

import streamlit as st

from pages.parts.shell import people, services, session
from rnn_core.errors import UserError

_START = "RNN_TEACHER_KEY=... python -m rnn_core serve --class"


def is_open() -> bool:
    """Whether this session may see everybody; else say what is missing."""
    settings = services.settings()
    if not settings.class_mode:
        st.info(
            "This page is for a class. Without class mode, the app is for one person and asks nothing.", icon=":material/groups:"
        )
        st.markdown("To let a class in, end the app and start it again so, with a long key of your own in place of the dots:")
        st.code(_START, language="bash", wrap_lines=True)
    elif not settings.teacher_key:
        st.info("Nobody can open this page, because no teacher's key is set.", icon=":material/key_off:")
        st.markdown("End the app and start it again so, with a long key of your own in place of the dots:")
        st.code(_START, language="bash", wrap_lines=True)
    elif services.teaches():
        return True
    else:
        _ask()
    return False


def _ask() -> None:
    st.markdown("For the teacher: everybody's curves, who waits, and buttons to stop a run.")
    with st.form("teacher_key", width=420, enter_to_submit=True):
        tried = st.text_input("Teacher key", type="password", help="What RNN_TEACHER_KEY was set to when the app was started.")
        if st.form_submit_button("Open", type="primary", icon=":material/key:"):
            _try(tried)


def _who() -> str:
    """The person, or else this session, by a random number: sessions have no names."""
    return services.me() or session.ANONYMOUS_ID.setdefault(secrets.token_hex(8))


def _try(tried: str) -> None:
    key, now = services.settings().teacher_key, time.time()
    try:
        services.patience().attempt(_who(), tried, key, now)
    except UserError as error:
        st.error(str(error), icon=":material/block:")
        return
    known = services.person()
    if known:
        services.store().people.make_teacher(known, key)
    else:
        people.become(services.store().people.enter_teacher(key))
    st.rerun()
