"""What all sessions of the server share: settings, store and engine. And who this session is."""

import math
import time

import streamlit as st

from pages.parts.shell import session
from rnn_core import settings as settings_of
from rnn_core.lessons import example
from rnn_core.runs.engines import engine_of
from rnn_core.runs.store.people import KeyAttempts, Person, is_teacher
from rnn_core.runs.store.rows import Run
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings

_FIRST_PAGE_SECONDS = 20.0  # after which a spare worker starts whatever became of the first page
_BROWSER_SECONDS = 2.0  # from the end of the first page's script until the browser has drawn it


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    return settings_of.load()


@st.cache_resource(show_spinner=False)
def store() -> Store:
    opened = Store.of(settings())
    example.install(opened)
    return opened


@st.cache_resource(show_spinner=False)
def engine():
    """Started by the first page that is opened, so that a spare worker is warm when somebody presses Train.

    Not at once: importing TensorFlow takes a core for seconds, and the first page is drawn first.
    """
    made = engine_of(store(), settings())
    made.spare_due = time.monotonic() + _FIRST_PAGE_SECONDS
    return made.start()


@st.cache_resource(show_spinner=False)
def page_is_drawn() -> None:
    """The first one: now a spare worker may start."""
    if engine().spare_due < math.inf:
        engine().spare_due = time.monotonic() + _BROWSER_SECONDS


@st.cache_resource(show_spinner=False)
def patience() -> KeyAttempts:
    """With wrong teacher keys."""
    return KeyAttempts()


@st.cache_data(ttl=10, show_spinner=False)
def disk_mb() -> float:
    """Of all runs; walking through thousands of folders is not for every rerun."""
    return store().disk_mb()


@st.cache_data(ttl=1, show_spinner=False)
def waiting() -> list[tuple[str, float | None]]:
    """The queue in order, with the seconds until each one's turn; read once for all who wait."""
    return store().queue.waiting(engine().rules)


# Who this session is


def person() -> Person | None:
    """Who is here, in class mode; None where no name was entered yet."""
    return store().people.find(session.PERSON.get()) if settings().class_mode else None


def me() -> str:
    """The owner of what this session begins: the person in class mode, "" without."""
    return session.PERSON.get() if settings().class_mode else ""


def whose() -> str | None:
    """Whose runs are listed: one's own in class mode, else all."""
    return me() or None


def teaches() -> bool:
    return is_teacher(person(), settings().teacher_key)


def hands_off(run: Run | None) -> str | None:
    """Why this session may look at a run and play with it, but not change it; None where it may."""
    if run is None or not settings().class_mode or run.owner == me() or teaches():
        return None
    return "This run is somebody else's: only they and the teacher can change it." if run.owner else "This run is everybody's."
