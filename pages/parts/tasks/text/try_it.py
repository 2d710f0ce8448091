"""Trying the network of a run: generate text, see next-character probabilities, compare four temperatures.

The panel is a fragment: moving a slider redraws only the panel, and nothing in it waits for training. While the run trains, the
panel ticks slowly to use the latest weights.
"""

import time
from dataclasses import fields, replace

import numpy as np
import streamlit as st

from pages.parts.run.weights import epoch_of, weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import show_errors, showing_errors
from pages.parts.shell.formatting import percent, plain, visible
from pages.parts.spec_form.controls import control
from pages.parts.tasks.text.charts import next_character_chart
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.sampler import LONGEST_PROMPT, Sampling, Writer, probabilities
from rnn_core.tasks.tokenizer import Tokenizer

_TICK = 4.0  # seconds
_COMPARED_TEMPERATURES = (0.3, 0.6, 0.9, 1.2)
_COMPARED_LENGTH = 600  # characters at each temperature
_FRAMES, _CLASS_FRAMES = 40, 5  # in which a text appears on the page; fewer in class mode
_WRITING_SECONDS = 0.5  # until all frames of a text are shown: slow enough to be seen
_BARS = 12  # characters in the chart
_OPTIONS = {f.name: f.metadata["option"] for f in fields(Sampling)}


@st.cache_resource(max_entries=3, show_spinner=False)
def _writer(run_id: str, weights: Weights) -> Writer:
    """Cached until the run has newer weights."""
    return checkpoints.writer(services.store(), run_id, weights.best)


@st.cache_resource(max_entries=64, show_spinner=False)
def _vocabulary(run_id: str, version: int) -> Tokenizer:
    return checkpoints.tokenizer(services.store(), run_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _logits(run_id: str, weights: Weights, prompt: str) -> np.ndarray:
    """Logits (vocabulary,) after `prompt`; cached, so moving the temperature runs no network. Do not change the array."""
    return _writer(run_id, weights).read(prompt)[0]


def try_panel(run: Run) -> None:
    """Draw the panel; it ticks while the run trains."""
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id)


@showing_errors
def _panel(run_id: str) -> None:
    st.subheader("Write", anchor=False)
    weights = weights_choice(run_id)
    if weights is None:
        st.caption("After the first training steps, the network can write text here, also while it trains.")
        return
    vocabulary = _vocabulary(run_id, weights.version)
    typed = st.text_area(
        "Prompt", key=session.PROMPT.name, height=80, persist_state="session",
        placeholder="The network continues this text. Leave empty to start a new line.",
    )  # fmt: skip
    prompt = clean(typed[-LONGEST_PROMPT:])
    with st.container():  # an empty container keeps its place, so Streamlit never draws what follows twice
        _warn_unknown_characters(prompt, vocabulary)
        if len(typed) > LONGEST_PROMPT:
            st.caption(f"Only the last {LONGEST_PROMPT:,} characters of the prompt are read.")
    for name, option in _OPTIONS.items():
        session.SAMPLING(name).setdefault(option.default)
    st.fragment(_next_character_panel)(run_id, weights, prompt)
    with st.expander("More about sampling"):
        for column, names in zip(st.columns(2), (("top_k", "length"), ("top_p", "seed")), strict=True):
            with column:
                for name in names:
                    control(_OPTIONS[name], session.SAMPLING(name))
    with st.container(horizontal=True):
        write = st.button("Generate", type="primary", icon=":material/edit_note:")
        compare = st.button(
            "Compare four temperatures", icon=":material/view_column:", help="The same prompt and the same random numbers."
        )
    try:
        sampling = _sampling()
    except UserError:  # _next_character_panel shows it
        return
    writer, epoch = _writer(run_id, weights) if write or compare else None, epoch_of(run_id, weights)
    _generated(run_id, writer if write else None, prompt, sampling, epoch)
    _comparison(run_id, writer if compare else None, prompt, sampling, epoch)


def _warn_unknown_characters(prompt: str, vocabulary: Tokenizer) -> None:
    if unknown := vocabulary.unseen(prompt):
        characters = "  ".join(plain(visible(c)) for c in unknown[:40])
        st.warning(f"Skipped, because the network never saw them: {characters}", icon=":material/visibility_off:")


@showing_errors
def _next_character_panel(run_id: str, weights: Weights, prompt: str) -> None:
    """Draw the temperature and the next-character probabilities: a fragment in the panel, redrawn alone by the slider."""
    control(_OPTIONS["temperature"], session.SAMPLING("temperature"))
    try:
        sampling = _sampling()
    except UserError as error:
        show_errors(error)
        return
    st.caption("Most likely next characters")
    _next_characters(_logits(run_id, weights, prompt), _vocabulary(run_id, weights.version), sampling)


def _sampling() -> Sampling:
    """The values of the sampling controls. Raises `UserError` where they are not allowed."""
    return Sampling(**{name: session.SAMPLING(name).get() for name in _OPTIONS})


def _next_characters(logits: np.ndarray, vocabulary: Tokenizer, sampling: Sampling) -> None:
    """Draw the probabilities of the next character from logits (vocabulary,), without and with temperature, top-k and top-p."""
    original, sampled = probabilities(logits, Sampling(temperature=1.0)), probabilities(logits, sampling)
    likeliest = np.argsort(-original, kind="stable")[:_BARS]
    characters = [visible(vocabulary.tokens[i]) for i in likeliest]
    next_character_chart(
        characters,
        original[likeliest].tolist(),
        sampled[likeliest].tolist(),
        ("Original (T = 1)", f"As sampled (T = {sampling.temperature:g})"),
        f"Next-character probabilities; at temperature {sampling.temperature:g} the likeliest, {characters[0]}, has "
        f"{percent(sampled[likeliest[0]])}",
    )


def _generated(run_id: str, writer: Writer | None, prompt: str, sampling: Sampling, epoch: str) -> None:
    """Generate a text where a writer is given; else draw the last text."""
    label, last = st.empty(), session.WRITTEN(run_id)
    if writer:
        caption = f"Temperature {sampling.temperature:g}, {epoch}, sampling seed {sampling.seed}" + (
            ", after the prompt:" if prompt else ":"
        )
        label.caption(caption)
        text = _stream(writer, prompt, sampling)
        if text is None:
            return
        last.set((caption, text))
    elif last.get():
        caption, text = last.get()
        label.caption(caption)
        st.code(text, language=None, wrap_lines=True, height=320)
    else:
        return
    if not text.strip():
        st.caption("The text is only spaces and line breaks. Start the prompt with a word, or raise the temperature.")
    st.download_button("Download the text", text, "generated.txt", "text/plain", on_click="ignore", icon=":material/download:")


def _stream(writer: Writer, prompt: str, sampling: Sampling) -> str | None:
    """Draw the text while it is generated; returns the whole text with its prompt, or None after an error."""
    place, text = st.empty(), prompt
    try:
        frames = _CLASS_FRAMES if services.settings().class_mode else _FRAMES
        for piece in writer.write(prompt, sampling, piece=max(1, sampling.length // frames)):
            text += piece
            place.code(text, language=None, wrap_lines=True, height=320)
            time.sleep(_WRITING_SECONDS / frames)
    except UserError as error:
        show_errors(error)
        return None
    return text


def _comparison(run_id: str, writer: Writer | None, prompt: str, sampling: Sampling, epoch: str) -> None:
    """Generate texts at four temperatures where a writer is given; draw the last ones."""
    compared = session.COMPARED(run_id)
    if writer:
        shorter = replace(sampling, length=min(sampling.length, _COMPARED_LENGTH))
        try:
            compared.set(
                [
                    (f"**Temperature {t}**, {epoch}", prompt + "".join(writer.write(prompt, replace(shorter, temperature=t))))
                    for t in _COMPARED_TEMPERATURES
                ]
            )
        except UserError as error:
            show_errors(error)
    if not compared.exists():
        return
    with st.grid(2, min_column_width=300):
        for caption, text in compared.get():
            with st.container():
                st.markdown(caption)
                st.code(text if text.strip() else "(only spaces and line breaks)", language=None, wrap_lines=True, height=220)
