"""What this machine allows, said before it is needed: limits beside Train, and why nothing more can be queued now."""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import duration
from rnn_core.runs import submit
from rnn_core.settings import Settings

_TICK = 2.0  # seconds between two looks whether another run may be queued again


def refusals() -> list[str]:
    """Why this person may not queue another run now."""
    return submit.refusals(services.store(), services.settings(), services.me(), services.disk_mb())


def say(refused: list[str]) -> None:
    """The limits that restrict somebody here; and a look now and then, until what is refused is allowed again."""
    if said := here(services.settings()):
        st.caption(f":material/rule: Here: {'; '.join(said)}.")
    if refused:
        st.fragment(_wait_until_allowed, run_every=_TICK)()


def _wait_until_allowed() -> None:
    if not refusals():
        st.rerun()


def here(settings: Settings) -> list[str]:
    """In class mode all limits, else those that somebody has made narrower."""
    said = []
    if settings.class_mode or settings.max_epochs < Settings.max_epochs:
        said.append(f"at most {settings.max_epochs:,} epochs a run")
    if settings.max_seconds:
        said.append(f"a run is stopped after {duration(settings.max_seconds)} of training and keeps what it has learnt")
    if settings.class_mode:
        runs = settings.max_waiting
        said.append(
            f"one run of yours trains at a time, and {runs} more may wait"
            if runs > 1
            else "one run of yours trains, one more may wait"
        )
    return said
