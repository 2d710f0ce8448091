"""The tab Write: the most likely next characters, and a text that the network writes."""

import time

import numpy as np
import streamlit as st

from pages.parts.run.lights import lights
from pages.parts.shell import session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import percent, visible
from pages.parts.spec_form.controls import control
from pages.parts.tasks.text.charts import next_character_chart
from pages.parts.tasks.text.text_box import text_box
from pages.parts.tasks.text.trial import OPTIONS, Trial, sampling
from rnn_core.errors import UserError
from rnn_core.tasks.sampler import Sampling, Writer, probabilities
from rnn_core.tasks.text.dataset import without_unseen
from rnn_core.tasks.tokenizer import Tokenizer

_BARS = 10  # characters in the chart
_PROGRESS_SECONDS = 0.3  # between two notes on how much of a long text is written
_MOST_LIT = 1000  # characters of a text that lights the network's cells
_BEFORE_LIT = 200  # characters of the prompt that are read before it
_HEIGHT = "clamp(150px, calc(var(--rnn-zone, 600px) - 228px), 482px)"  # of the text


def write(trial: Trial) -> None:
    """Draw the tab."""
    left, right = st.columns(2, gap="small")
    with left, st.container(gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall"):
            pressed = button("Generate", type="primary", icon=":material/edit_note:")
            more = st.popover(
                "Options", icon=":material/tune:", help="More about sampling", key=session.MORE_SAMPLING.name, on_change="rerun"
            )
            if more.open:
                with more:
                    for name in ("length", "seed", "top_k", "top_p"):
                        control(OPTIONS[name], session.SAMPLING(name))
        try:
            how = sampling()
        except UserError as error:
            show_errors(error)
            return
        with st.container(key="text_odds", height=150, border=False, gap=None):
            _next_characters(trial.logits, trial.vocabulary, how)
        below = st.container(key="text_written", gap="xsmall")
    with below:
        written = _written(trial, how, pressed)
    with right:
        text_box(
            "written", "Generated text", *(written or ("", "")), height=_HEIGHT, reveal=pressed,
            hint="Press Generate: the network continues the prompt.", run_id=trial.run_id, summary=True,
            lights=_lights(trial, *written) if pressed and written else None,
        )  # fmt: skip


def _lights(trial: Trial, prompt: str, continuation: str) -> dict | None:
    """What lights the network's cells at each character of the continuation; nothing for one that appears too fast to see them."""
    if not 0 < len(continuation) <= _MOST_LIT:
        return None
    read = trial.vocabulary.encode(without_unseen(prompt[-_BEFORE_LIT:], trial.vocabulary) + continuation)
    return lights(trial.writer().network, read, len(read) - len(continuation))


def _next_characters(logits: np.ndarray, vocabulary: Tokenizer, how: Sampling) -> None:
    """Draw the probabilities of the next character from logits (classes,), without and with temperature, top-k and top-p."""
    original, sampled = probabilities(logits, Sampling(temperature=1.0)), probabilities(logits, how)
    likeliest = np.argsort(-original, kind="stable")[:_BARS]
    characters = [visible(vocabulary.tokens[i]) for i in likeliest]
    next_character_chart(
        characters,
        original[likeliest].tolist(),
        sampled[likeliest].tolist(),
        ("Temperature 1", "Your settings"),
        f"Next-character probabilities; at temperature {how.temperature:g} the likeliest, {characters[0]}, has "
        f"{percent(sampled[likeliest[0]])}",
    )


def _written(trial: Trial, how: Sampling, pressed: bool) -> tuple[str, str] | None:
    """Write where the button was pressed. Draws what belongs to the last text; returns its prompt and continuation."""
    last, label = session.WRITTEN(trial.run_id), st.empty()
    if pressed:
        caption = f"The text: temperature {how.temperature:g}, {trial.epoch}, sampling seed {how.seed}"
        try:
            last.set((caption, trial.prompt, _continuation(trial.writer(), trial.prompt, how, label)))
        except UserError as error:
            show_errors(error)
            return None
    if last.get() is None:
        return None
    caption, prompt, continuation = last.get()
    label.caption(caption)
    with st.container():  # an empty container keeps its place, so Streamlit never draws what follows twice
        if not continuation.strip():
            st.caption("Only spaces and line breaks. Start the prompt with a word, or raise the temperature.")
    st.download_button(
        "Download the text", prompt + continuation, "generated.txt", "text/plain", on_click="ignore", icon=":material/download:"
    )
    return prompt, continuation


def _continuation(writer: Writer, prompt: str, how: Sampling, label) -> str:
    """The text that the network writes after `prompt`; `label` shows how much of a long one is there."""
    text, shown = "", time.monotonic()
    for piece in writer.write(prompt, how):
        text += piece
        if time.monotonic() - shown > _PROGRESS_SECONDS:
            shown = time.monotonic()
            label.caption(f"{len(text):,} of {how.length:,} characters")
    return text
