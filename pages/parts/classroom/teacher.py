"""Access to the Class page: for everybody who has entered the teacher's key."""

import secrets
import time

import streamlit as st

from pages.parts.shell import people, services, session
from pages.parts.shell.errors import show_errors
from rnn_core.errors import UserError

_START = "RNN_TEACHER_KEY=... python -m rnn_core serve --class"


def is_open() -> bool:
    """Whether this session may see all students; if not, draw what is missing."""
    settings = services.settings()
    if not settings.class_mode:
        st.info("This page works in class mode only. Without class mode, the app is for one person.", icon=":material/groups:")
        st.markdown("To start class mode, stop the app and start it again with a long key in place of the dots:")
        st.code(_START, language="bash", wrap_lines=True)
    elif not settings.teacher_key:
        st.info("Nobody can open this page, because no teacher's key is set.", icon=":material/key_off:")
        st.markdown("Stop the app and start it again with a long key in place of the dots:")
        st.code(_START, language="bash", wrap_lines=True)
    elif services.is_teacher():
        return True
    else:
        _ask()
    return False


def _ask() -> None:
    st.markdown("For the teacher: every student's curve, the queue, and buttons to stop runs.")
    with st.form("teacher_key", width=420, enter_to_submit=True):
        key = st.text_input("Teacher key", type="password", help="The value of RNN_TEACHER_KEY when the app was started.")
        if st.form_submit_button("Open", type="primary", icon=":material/key:"):
            _try(key)


def _visitor() -> str:
    """An id of the person, or of this session where nobody is signed in."""
    return services.owner() or session.ANONYMOUS_ID.setdefault(secrets.token_hex(8))


def _try(key: str) -> None:
    teacher_key = services.settings().teacher_key
    try:
        services.attempt_limiter().attempt(_visitor(), key, teacher_key, time.time())
    except UserError as error:
        show_errors(error)
        return
    if person := services.person():
        services.store().people.make_teacher(person, key)
    else:
        people.sign_in(services.store().people.enter_teacher(key))
    st.rerun()
