"""The limits of this machine, and why nothing more can be queued now."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import duration
from pages.parts.shell.fragments import fragment
from rnn_core.runs import submit
from rnn_core.settings import Settings

_TICK = 2.0  # seconds between two checks whether another run may be queued


def refusals() -> list[str]:
    """Why this person may not queue another run now; empty where they may."""
    return submit.refusals(services.store(), services.settings(), services.owner(), services.disk_mb())


def show_limits() -> None:
    if sentences := limit_sentences(services.settings()):
        st.caption(f":material/rule: Here: {'; '.join(sentences)}.")


def wait_until_allowed(refused: list[str]) -> None:
    """Where a run is refused now, rerun the page as soon as it is allowed."""
    if refused:
        fragment(_wait_until_allowed, every=_TICK)()


def _wait_until_allowed() -> None:
    if not refusals():
        st.rerun()


def limit_sentences(settings: Settings) -> list[str]:
    """All limits in class mode, else those that are narrower than the defaults."""
    sentences = []
    if settings.class_mode or settings.max_epochs < Settings.max_epochs:
        sentences.append(f"at most {settings.max_epochs:,} epochs a run")
    if settings.max_seconds:
        sentences.append(f"a run is stopped after {duration(settings.max_seconds)} of training and keeps its latest checkpoint")
    if settings.class_mode:
        sentences.append(f"one run at a time, and {settings.max_waiting} more may queue")
    return sentences
