"""Trying the network of a run: write a text, choose it character by character, compare temperatures.

The panel is a fragment: moving a slider redraws only the panel, and nothing in it waits for training. While the run trains, the
panel ticks slowly to use the latest weights.
"""

from functools import partial

import numpy as np
import streamlit as st

from pages.parts.run.weights import epoch_of, weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import plain, visible
from pages.parts.shell.fragments import fragment
from pages.parts.shell.text_field import text_field
from pages.parts.spec_form.controls import control
from pages.parts.tasks.text.corpus import parts_of
from pages.parts.tasks.text.look_back import look_back
from pages.parts.tasks.text.odds import odds
from pages.parts.tasks.text.steps import steps
from pages.parts.tasks.text.temperatures import temperatures
from pages.parts.tasks.text.trial import OPTIONS, Trial
from pages.parts.tasks.text.write import write
from rnn_core.cells.cell import States
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.sampler import LONGEST_PROMPT, Writer
from rnn_core.tasks.text.first_words import first_words
from rnn_core.tasks.tokenizer import Tokenizer

_TICK = 4.0  # seconds
_NAMED_UNSEEN = 12  # characters that the network never saw
_NO_NOTE = "&nbsp;"  # Streamlit does not draw an empty place


@st.cache_resource(max_entries=3, show_spinner=False)
def _writer(run_id: str, weights: Weights) -> Writer:
    """Cached until the run has newer weights."""
    return checkpoints.writer(services.store(), run_id, weights.best)


@st.cache_resource(max_entries=64, show_spinner=False)
def vocabulary_of(run_id: str, version: int) -> Tokenizer:
    return checkpoints.tokenizer(services.store(), run_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reading(run_id: str, weights: Weights, prompt: str) -> tuple[np.ndarray, list[States]]:
    """Logits (classes,) and states after `prompt`; cached, so moving the temperature runs no network. Do not change the arrays."""
    return _writer(run_id, weights).read(prompt)


@st.cache_resource(max_entries=256, show_spinner=False)
def _first_words(run_id: str, source: str) -> str:
    """The first words of the run's text, which may continue on another one; cached, because the whole text is read for them."""
    try:
        text = "".join(parts_of(run_id))
    except UserError:  # the text is no longer on this computer
        text = ""
    return first_words(text, checkpoints.tokenizer(services.store(), run_id))


def try_panel(run: Run) -> None:
    """Draw the panel; it ticks while the run trains."""
    fragment(_panel, every=_TICK if run.on_slot else None)(run.id)


@showing_errors
def _panel(run_id: str) -> None:
    version = checkpoints.version(services.store(), run_id)
    with st.container(gap="xsmall", key="text_try"):
        left, right = st.columns(2, gap="small")
        with left, st.container(gap=None):
            typed, note = prompt_field(run_id, version)
        with right, st.container(gap=None, key="text_how"):
            control(OPTIONS["temperature"], session.SAMPLING("temperature"))
            weights = weights_choice(run_id)
        if weights is None:
            note.caption(_NO_NOTE)
            st.caption("After the first training steps, the network can write text here, also while it trains.")
            return
        prompt, vocabulary = clean(typed[-LONGEST_PROMPT:]), vocabulary_of(run_id, weights.version)
        note.caption(note_on(typed, prompt, vocabulary))
        logits, states = _reading(run_id, weights, prompt)
        trial = Trial(run_id, epoch_of(run_id, weights), prompt, vocabulary, partial(_writer, run_id, weights), logits, states)
        for name, option in OPTIONS.items():
            session.SAMPLING(name).setdefault(option.default)
        names = ("Write", "Step by step", "Temperatures", "Next character", "Look back")
        tabs = st.tabs(names, key=session.TRY_TAB.name, on_change="rerun")
        for tab, draw in zip(tabs, (write, steps, temperatures, odds, look_back), strict=True):
            if tab.open:  # a class moves its sliders: what nobody sees is not drawn
                with tab:
                    draw(trial)


def prompt_field(run_id: str, version: int | None):
    """Draw the field for the prompt. Returns what was typed, and the place under the field for a note on it."""
    if version is not None and session.PROMPT.get() == session.FIRST_PROMPT.get():  # the person has typed nothing
        first = _first_words(run_id, services.store().runs.spec(run_id).data.source)
        session.FIRST_PROMPT.set(first)
        if session.PROMPT.get() != first or not session.PROMPT.exists():  # to set it again would take back what is being typed
            session.PROMPT.set(first)
    typed = text_field(
        "Prompt", session.PROMPT, height=68, placeholder="The network continues this text. Leave empty to start a new line."
    )
    return typed, st.container(key="text_note")


def note_on(typed: str, prompt: str, vocabulary: Tokenizer) -> str:
    """What of the prompt is not read, in one line: a note that grew would move the buttons under it from under the pointer."""
    notes = []
    if unseen := vocabulary.unseen(prompt):
        more = f" and {len(unseen) - _NAMED_UNSEEN} more" if len(unseen) > _NAMED_UNSEEN else ""
        notes.append(f"Skipped, never seen: {' '.join(plain(visible(c)) for c in unseen[:_NAMED_UNSEEN])}{more}")
    if len(typed) > LONGEST_PROMPT:
        notes.append(f"Only the last {LONGEST_PROMPT:,} characters are read.")
    return f":material/visibility_off: {' · '.join(notes)}" if notes else _NO_NOTE
