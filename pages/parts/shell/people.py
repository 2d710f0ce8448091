"""Who is signed in, in class mode: the welcome that asks for a nickname, and the cookie that remembers the person.

Streamlit can read cookies but not set them, so `memory.js` sets them. A new session reads the cookie; afterwards the person is
in session state, also in browsers without cookies. Switching user starts a new session, in which nothing of the person before is
left, and the other tabs of the browser do the same.
"""

import hashlib
from pathlib import Path

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.component import component
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.runs.store.people import MAX_NAME_LENGTH, TEACHER, Person

_COOKIE = component("rnn_memory", __file__, "<span></span>", css=(), js=("memory.js",))


def recognise() -> Person | None:
    """The person of this session; a new session reads the cookie."""
    if not session.PERSON.exists():
        session.PERSON.set(st.context.cookies.get(cookie_name(services.settings().home), ""))
    return services.person()


def cookie_name(home: Path) -> str:
    """The cookie's name, one per store, since all servers on one computer share their cookies."""
    return "rnn_person_" + hashlib.sha256(str(home).encode()).hexdigest()[:8]


def draw_cookie() -> None:
    """Draw the invisible component that keeps the cookie."""
    with st.container(key="cookie", width="content", height="content"):
        _COOKIE(
            key=session.BROWSER_MEMORY.name,
            data={
                "name": cookie_name(services.settings().home),
                "person": session.PERSON.get(),
                "write": session.WRITE_COOKIE.get(),
                "leave": session.SIGN_OUT.get(),
            },
            on_cookie_change=_on_cookie,
            height="content",
            width="content",
        )


def _on_cookie() -> None:
    message = session.BROWSER_MEMORY.get()["cookie"]
    if isinstance(message, dict) and message.get("person") == session.PERSON.get():
        session.WRITE_COOKIE.set(False)
        session.COOKIE_REFUSED.set(message.get("written") is not True)


def sign_in(person: Person) -> None:
    """Make this session the person's, and have the browser remember it."""
    session.PERSON.set(person.id)
    session.WRITE_COOKIE.set(True)


def welcome() -> None:
    """Ask for a nickname; afterwards the page that was opened appears, with its link."""
    st.title("Welcome", anchor=False)
    st.markdown(
        "See a recurrent network learn: choose a cell, press Train, and watch the loss fall. Many people train here and take "
        "turns. You see your own runs and uploads, and another person's run if you have its link. The teacher sees all runs."
    )
    with st.form("welcome", width=420, enter_to_submit=True):
        name = st.text_input(
            "Nickname",
            max_chars=80,
            placeholder="Your name in this class",
            help=f"Up to {MAX_NAME_LENGTH} characters. Your real name is not needed. If you signed in on another computer before, enter your code instead.",
        )
        if st.form_submit_button("Enter", type="primary", icon=":material/login:"):
            try:
                sign_in(services.store().people.find(name.strip()) or services.store().people.enter(name))
            except UserError as error:
                show_errors(error)
            else:
                st.rerun()
    st.caption("This browser remembers you in a cookie that holds a random number, and nothing else.")


def person_menu(person: Person) -> None:
    """Draw the name of the person, their code, and the button Switch user."""
    role = " · teacher" if services.is_teacher() and person.name != TEACHER else ""
    with st.popover(f"You are **{plain(person.name)}{role}**", icon=":material/person:", type="tertiary"):
        if session.COOKIE_REFUSED.get():
            st.warning("This browser keeps no cookies. After a refresh, enter your code again.", icon=":material/cookie_off:")
        st.markdown("Use this code to sign in again, here or on another computer: enter it as your nickname.")
        st.code(person.id, language=None)
        st.caption("Keep this code secret: anyone with it can act as you.")
        st.button(
            "Switch user", icon=":material/logout:", on_click=_sign_out,
            help="On a shared computer: the next person can enter a nickname. Your runs continue.",
        )  # fmt: skip


def _sign_out() -> None:
    session.SIGN_OUT.set(True)  # the browser reloads the page
