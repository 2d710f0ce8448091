"""Who is here, in class mode: the welcome that asks for a nickname, and the browser's memory of it.

Streamlit can read cookies and not set them, so `memory.js` does. A session begins as whom the cookie names; afterwards the
session knows, also in browsers that keep no cookies. Who leaves gets a new session, so that the next person finds nothing of
theirs; the other tabs of the browser follow.
"""

import hashlib
from pathlib import Path

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.runs.store.people import MAX_NAME_LENGTH, TEACHER, Person

_MEMORY = st.components.v2.component(
    "rnn_memory", html="<span></span>", js=Path(__file__).with_name("memory.js").read_text(encoding="utf-8")
)


def recognise() -> Person | None:
    """Who is here; a new session begins as whom the browser remembers."""
    if not session.PERSON.exists():
        session.PERSON.set(st.context.cookies.get(cookie_name(services.settings().home), ""))
    return services.person()


def cookie_name(home: Path) -> str:
    """That of a store, since all servers of one computer share their cookies."""
    return "rnn_person_" + hashlib.sha256(str(home).encode()).hexdigest()[:8]


def remember() -> None:
    """The browser's memory; draws nothing that can be seen."""
    with st.container(key="memory", width="content", height="content"):
        _MEMORY(
            key=session.BROWSER_MEMORY.name,
            data={
                "name": cookie_name(services.settings().home),
                "person": session.PERSON.get(),
                "write": session.WRITE_COOKIE.get(),
                "leave": session.SIGN_OUT.get(),
            },
            on_kept_change=_kept,
            height="content",
            width="content",
        )


def _kept() -> None:
    told = session.BROWSER_MEMORY.get()["kept"]
    if isinstance(told, dict) and told.get("person") == session.PERSON.get():
        session.WRITE_COOKIE.set(False)
        session.COOKIE_REFUSED.set(told.get("kept") is not True)


def become(person: Person) -> None:
    """A session that was nobody's."""
    session.PERSON.set(person.id)
    session.WRITE_COOKIE.set(True)


def welcome() -> None:
    """Ask for a nickname; the page that was asked for comes afterwards, with its link."""
    st.title("Welcome", anchor=False)
    st.markdown(
        "See a recurrent network learn: choose a cell, press Train, and watch the loss fall. Many people train here at once and take "
        "turns. You will see your own runs and uploads; somebody else's only if they give you the link. The teacher sees all runs."
    )
    with st.form("welcome", width=420, enter_to_submit=True):
        name = st.text_input(
            "Nickname",
            max_chars=80,
            placeholder="How shall the others call you?",
            help=f"Up to {MAX_NAME_LENGTH} characters. It need not be your real name. Were you here before, on another computer? Enter your code instead.",
        )
        if st.form_submit_button("Enter", type="primary", icon=":material/login:"):
            try:
                become(services.store().people.find(name.strip()) or services.store().people.enter(name))
            except UserError as error:
                st.error(plain(str(error)))
            else:
                st.rerun()
    st.caption("This browser remembers you in a cookie that holds a random number, and nothing else.")


def who(person: Person) -> None:
    """Who this browser takes you for, and how to be somebody else."""
    role = " · teacher" if services.teaches() and person.name != TEACHER else ""
    with st.popover(f"You are {plain(person.name)}{role}", icon=":material/person:", type="tertiary"):
        if session.COOKIE_REFUSED.get():
            st.warning("This browser keeps no cookies: after a refresh you are asked who you are.", icon=":material/cookie_off:")
        st.markdown("With this code you are yourself again, here or on another computer. Enter it instead of a nickname.")
        st.code(person.id, language=None)
        st.caption("Keep it to yourself: whoever has it is you.")
        st.button(
            "Be somebody else", icon=":material/logout:", on_click=_leave,
            help="On a shared computer: lets the next person enter a nickname. Your runs stay, and go on.",
        )  # fmt: skip


def _leave() -> None:
    session.SIGN_OUT.set(True)  # the browser opens the page anew
