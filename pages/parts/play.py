"""Playing with what a run has learnt: writing, bending the odds with temperature, four temperatures side by side.

A fragment: moving a slider draws only this part again, and nothing of it waits for training.
"""

import time
from dataclasses import fields

import numpy as np
import streamlit as st

from pages.parts import lab
from pages.parts.charts import odds_chart
from pages.parts.words import plain, visible
from rnn_core.data.decode import clean
from rnn_core.forward.sampler import Sampling, Writer, probabilities
from rnn_core.problem import Problem
from rnn_core.runs import learnt
from rnn_core.tasks.text import Vocabulary

_SIDE_BY_SIDE = (0.3, 0.6, 0.9, 1.2)  # temperatures
_FRAMES, _FRAME_SECONDS = 40, 0.012  # writing is shown as it happens, slow enough to be seen
_BARS = 12
_KNOBS = {f.name: f.metadata["knob"] for f in fields(Sampling)}


@st.cache_resource(max_entries=3, show_spinner=False)
def _writer(run_id: str, version: int) -> Writer:
    """Kept until newer weights are there; `version` is what tells."""
    return learnt.writer(lab.store(), run_id)


@st.cache_data(max_entries=64, show_spinner=False)
def _logits(run_id: str, version: int, start: str) -> np.ndarray:
    """What the network says after `start`; kept, so that moving the temperature computes nothing anew."""
    return _writer(run_id, version).read(start)[0]


@st.fragment
def play_panel(run_id: str) -> None:
    st.subheader("Let it write", anchor=False)
    version = learnt.version(lab.store(), run_id)
    if version is None:
        st.caption("As soon as the network has taken its first steps, you can let it write here, also while it trains.")
        return
    writer = _writer(run_id, version)
    start = st.text_area(
        "Start with", key="start_with", height=80, persist_state="session", max_chars=2000,
        placeholder="The network continues what you type here. Empty: it begins a new line.",
    )  # fmt: skip
    start = clean(start)
    strangers = writer.vocabulary.strangers(start)
    if strangers:
        st.warning(
            f"Skipped, because the network never saw them: {'  '.join(plain(visible(c)) for c in strangers[:40])}",
            icon=":material/visibility_off:",
        )
    sampling = _sampling_controls()
    if sampling is None:
        return
    _odds(_logits(run_id, version, start), writer.vocabulary, sampling.temperature)
    with st.container(horizontal=True):
        write = st.button("Generate", type="primary", icon=":material/edit_note:")
        compare = st.button(
            "At four temperatures", icon=":material/view_column:", help="The same start and the same random numbers."
        )
    written, compared = f"written_{run_id}", f"compared_{run_id}"
    if write:
        st.session_state[written] = _stream(writer, start, sampling)
    elif written in st.session_state:
        st.code(st.session_state[written], language=None, wrap_lines=True, height=320)
    if written in st.session_state:
        st.download_button(
            "Download the text",
            st.session_state[written],
            "generated.txt",
            "text/plain",
            on_click="ignore",
            icon=":material/download:",
        )
    if compare:
        st.session_state[compared] = [
            (
                t,
                start
                + "".join(
                    writer.write(start, Sampling(t, sampling.top_k, sampling.top_p, min(sampling.length, 1000), sampling.seed))
                ),
            )
            for t in _SIDE_BY_SIDE
        ]
    if compared in st.session_state:
        for column, (temperature, text) in zip(st.columns(len(_SIDE_BY_SIDE)), st.session_state[compared], strict=True):
            column.markdown(f"**Temperature {temperature}**")
            column.code(text if text.strip() else "(only blanks and line ends)", language=None, wrap_lines=True, height=320)


def _sampling_controls() -> Sampling | None:
    for name, knob in _KNOBS.items():
        st.session_state.setdefault(name if name != "seed" else "sampling_seed", knob.default)
    chosen = {"temperature": _slider("temperature")}
    with st.expander("More about sampling"):
        left, right = st.columns(2)
        with left:
            chosen["top_k"] = _number("top_k")
            chosen["length"] = _number("length")
        with right:
            chosen["top_p"] = _slider("top_p")
            chosen["seed"] = _number("seed", "sampling_seed")
    try:
        return Sampling(**chosen)
    except Problem as problem:
        for sentence in problem.sentences:
            st.error(sentence)
        return None


def _slider(name: str) -> float:
    k = _KNOBS[name]
    return st.slider(k.label, k.low, k.high, step=k.step, key=name, help=k.help, persist_state="session")


def _number(name: str, key: str | None = None) -> int:
    k = _KNOBS[name]
    return st.number_input(
        k.label, int(k.low), int(k.high), step=int(k.step), key=key or name, help=k.help, persist_state="session"
    )


def _odds(logits: np.ndarray, vocabulary: Vocabulary, temperature: float) -> None:
    """How the temperature changes the probabilities of the next character, from stored logits."""
    before, after = (probabilities(logits, Sampling(temperature=t)) for t in (1.0, temperature))
    likeliest = np.argsort(-before, kind="stable")[:_BARS]
    characters = [visible(vocabulary.characters[i]) for i in likeliest]
    st.caption("What comes next: the likeliest characters after your start, as learnt and at your temperature.")
    odds_chart(
        characters,
        before[likeliest].tolist(),
        after[likeliest].tolist(),
        ("as learnt (temperature 1)", f"at temperature {temperature:g}"),
        f"Next-character probabilities; at temperature {temperature:g} the likeliest, {characters[0]}, has {after[likeliest[0]]:.0%}",
    )


def _stream(writer: Writer, start: str, sampling: Sampling) -> str:
    """Show the text as it is written; returns all of it."""
    place, text = st.empty(), start
    for piece in writer.write(start, sampling, piece=max(1, sampling.length // _FRAMES)):
        text += piece
        place.code(text, language=None, wrap_lines=True, height=320)
        time.sleep(_FRAME_SECONDS)
    return text
