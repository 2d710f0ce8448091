"""What all sessions of the server share: settings, store and engine."""

import streamlit as st

from rnn_core import settings as settings_of
from rnn_core.data import uploads
from rnn_core.lessons import example
from rnn_core.runs.engine import LocalEngine
from rnn_core.runs.store import Store
from rnn_core.settings import Settings


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    return settings_of.load()


@st.cache_resource(show_spinner=False)
def store() -> Store:
    opened = Store.of(settings())
    example.install(opened)
    return opened


@st.cache_resource(show_spinner=False)
def engine() -> LocalEngine:
    """Started by the first page that is opened, so that a spare worker is warm when somebody presses Train."""
    uploads.prune(settings(), store().sources())
    return LocalEngine(store(), settings()).start()
