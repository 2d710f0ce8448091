"""Settings, store and engine, which all sessions of the server share; and the person of this session."""

import math
import time

import streamlit as st

from pages.parts.shell import session
from rnn_core import settings as settings_of
from rnn_core.export.model import ModelQueue
from rnn_core.lessons import example
from rnn_core.runs.engines import engine_of
from rnn_core.runs.store import people
from rnn_core.runs.store.people import KeyAttempts, Person
from rnn_core.runs.store.rows import Run
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings

_FIRST_PAGE_SECONDS = 20.0  # after this time a spare worker starts, even if the first page was never drawn
_BROWSER_SECONDS = 2.0  # from the end of the first page's script until the browser has drawn the page


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    return settings_of.load()


@st.cache_resource(show_spinner=False)
def store() -> Store:
    store = Store.of(settings())
    example.install(store)
    return store


@st.cache_resource(show_spinner=False)
def engine():
    """The engine, started by the first page that is opened: a spare worker is then warm when somebody presses Train.

    The spare worker starts after the first page is drawn, because importing TensorFlow takes a core for seconds.
    """
    engine = engine_of(store(), settings())
    engine.spare_due = time.monotonic() + _FIRST_PAGE_SECONDS
    return engine.start()


def page_is_drawn() -> None:
    """What every page does at its end."""
    session.forget_presses()
    _let_spare_worker_start()


@st.cache_resource(show_spinner=False)
def _let_spare_worker_start() -> None:
    """The first call alone does something."""
    if engine().spare_due < math.inf:
        engine().spare_due = time.monotonic() + _BROWSER_SECONDS


@st.cache_resource(show_spinner=False)
def attempt_limiter() -> KeyAttempts:
    """Limits how often a teacher's key can be tried."""
    return KeyAttempts()


@st.cache_resource(show_spinner=False)
def models() -> ModelQueue:
    """Writes the Keras models that workers have not written, one at a time for all sessions."""
    return ModelQueue(store())


@st.cache_data(ttl=10, show_spinner=False)
def disk_mb() -> float:
    """What all runs take of the disk, in MB; cached, because measuring walks through thousands of folders."""
    return store().disk_mb()


@st.cache_data(ttl=1, show_spinner=False)
def waiting() -> list[tuple[str, float | None]]:
    """The ids of queued runs in order, each with the seconds until it starts (None: unknown); cached for all sessions."""
    return store().queue.waiting(engine().rules)


# The person of this session


def person() -> Person | None:
    """The person who is signed in, in class mode; None where nobody is."""
    return store().people.find(session.PERSON.get()) if settings().class_mode else None


def owner() -> str:
    """The owner of the runs and uploads of this session: the person's id in class mode, else ""."""
    return session.PERSON.get() if settings().class_mode else ""


def listed_owner() -> str | None:
    """The owner whose runs are listed in class mode; None, which lists all, without class mode."""
    return owner() or None


def is_teacher() -> bool:
    """Whether the person of this session has entered the teacher's key."""
    return people.is_teacher(person(), settings().teacher_key)


def read_only_reason(run: Run | None) -> str | None:
    """Why this session may see and try a run, but not change it; None where it may change it."""
    if run is None or not settings().class_mode or run.owner == owner() or is_teacher():
        return None
    return "Only the owner of this run and the teacher can change it." if run.owner else "Only the teacher can change this run."
