"""Playing with what a run has learnt: writing, bending the odds with temperature, four temperatures side by side.

A fragment: moving a slider draws only this part again, and nothing of it waits for training. While the run trains it
ticks slowly, so that the odds are those of the latest weights.
"""

import time
from dataclasses import fields, replace

import numpy as np
import streamlit as st

from pages.parts.run.charts import odds_chart
from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain, visible
from pages.parts.spec_form.controls import control
from pages.parts.spec_form.source_picker import telling
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.sampler import LONGEST_PROMPT, Sampling, Writer, probabilities
from rnn_core.tasks.tokenizer import Tokenizer

_TICK = 4.0  # seconds
_SIDE_BY_SIDE = (0.3, 0.6, 0.9, 1.2)  # temperatures
_SIDE_LENGTH = 600  # characters at each of them
_FRAMES, _CLASS_FRAMES = 40, 5  # in which writing is shown as it happens, slow enough to be seen; fewer among thirty
_WRITING_SECONDS = 0.5
_BARS = 12
_OPTIONS = {f.name: f.metadata["option"] for f in fields(Sampling)}


@st.cache_resource(max_entries=3, show_spinner=False)
def _writer(run_id: str, version: int) -> Writer:
    """Kept until newer weights are there; `version` is what tells."""
    return checkpoints.writer(services.store(), run_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _known(run_id: str, version: int) -> tuple[Tokenizer, str]:
    """The run's vocabulary, and when its latest weights were learnt."""
    samples = services.store().events.positions(run_id, Sample)
    return checkpoints.tokenizer(services.store(), run_id), f"epoch {samples[-1].epoch:.1f}" if samples else "the start"


@st.cache_resource(max_entries=64, show_spinner=False)
def _logits(run_id: str, version: int, start: str) -> np.ndarray:
    """What the network says after `start`; kept, so that moving the temperature computes nothing anew. Not to be changed."""
    return _writer(run_id, version).read(start)[0]


def play_panel(run: Run) -> None:
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id)


@telling
def _panel(run_id: str) -> None:
    st.subheader("Let it write", anchor=False)
    version = checkpoints.version(services.store(), run_id)
    if version is None:
        st.caption("As soon as the network has taken its first steps, you can let it write here, also while it trains.")
        return
    vocabulary, when = _known(run_id, version)
    typed = st.text_area(
        "Start with", key=session.PROMPT.name, height=80, persist_state="session",
        placeholder="The network continues what you type here. Empty: it begins a new line.",
    )  # fmt: skip
    start = clean(typed[-LONGEST_PROMPT:])
    with st.container():  # keeps its place when it is empty, so that what follows never stands there twice
        _say_what_is_skipped(start, vocabulary)
        if len(typed) > LONGEST_PROMPT:
            st.caption(f"Of a long prompt, only the last {LONGEST_PROMPT:,} characters are read.")
    for name, option in _OPTIONS.items():
        session.SAMPLING(name).setdefault(option.default)
    st.fragment(_bend)(run_id, version, start)
    with st.expander("More about sampling"):
        for column, names in zip(st.columns(2), (("top_k", "length"), ("top_p", "seed")), strict=True):
            with column:
                for name in names:
                    control(_OPTIONS[name], session.SAMPLING(name))
    with st.container(horizontal=True):
        write = st.button("Generate", type="primary", icon=":material/edit_note:")
        compare = st.button(
            "At four temperatures", icon=":material/view_column:", help="The same start and the same random numbers."
        )
    try:
        sampling = _sampling()
    except UserError:  # said above
        return
    writer = _writer(run_id, version) if write or compare else None
    _writing(run_id, writer if write else None, start, sampling, when)
    _comparison(run_id, writer if compare else None, start, sampling)


def _say_what_is_skipped(start: str, vocabulary: Tokenizer) -> None:
    strangers = vocabulary.unseen(start)
    if strangers:
        named = "  ".join(plain(visible(c)) for c in strangers[:40])
        st.warning(f"Skipped, because the network never saw them: {named}", icon=":material/visibility_off:")


@telling
def _bend(run_id: str, version: int, start: str) -> None:
    """Temperature, and what the sampling controls do to the odds: a fragment in the fragment, so that the slider draws no more."""
    control(_OPTIONS["temperature"], session.SAMPLING("temperature"))
    try:
        sampling = _sampling()
    except UserError as error:
        for sentence in error.sentences:
            st.error(plain(sentence))
        return
    vocabulary, when = _known(run_id, version)
    st.caption(f"What comes next: the likeliest characters after your start, as learnt at {when}, and as you would draw them now.")
    _odds(_logits(run_id, version, start), vocabulary, sampling)


def _sampling() -> Sampling:
    """What the controls say. Raises `UserError`."""
    return Sampling(**{name: session.SAMPLING(name).get() for name in _OPTIONS})


def _odds(logits: np.ndarray, vocabulary: Tokenizer, sampling: Sampling) -> None:
    """How temperature, top-k and top-p change the probabilities of the next character, from stored logits."""
    before, after = probabilities(logits, Sampling(temperature=1.0)), probabilities(logits, sampling)
    likeliest = np.argsort(-before, kind="stable")[:_BARS]
    characters = [visible(vocabulary.tokens[i]) for i in likeliest]
    now = f"at temperature {sampling.temperature:g}"
    odds_chart(
        characters,
        before[likeliest].tolist(),
        after[likeliest].tolist(),
        ("as learnt (temperature 1)", now),
        f"Next-character probabilities; {now} the likeliest, {characters[0]}, has {after[likeliest[0]]:.0%}",
    )


def _writing(run_id: str, writer: Writer | None, start: str, sampling: Sampling, when: str) -> None:
    """Write now if there is a writer; else show what was written last."""
    label, written = st.empty(), session.WRITTEN(run_id)
    if writer:
        said = f"Temperature {sampling.temperature:g}, {when}, sampling seed {sampling.seed}" + (
            ", after your start:" if start else ":"
        )
        label.caption(said)
        text = _stream(writer, start, sampling)
        if text is None:
            return
        written.set((said, text))
    elif last := written.get():
        said, text = last
        label.caption(said)
        st.code(text, language=None, wrap_lines=True, height=320)
    else:
        return
    if not text.strip():
        st.caption("It wrote nothing but blanks and line ends. Begin with a word, or raise the temperature.")
    st.download_button("Download the text", text, "generated.txt", "text/plain", on_click="ignore", icon=":material/download:")


def _stream(writer: Writer, start: str, sampling: Sampling) -> str | None:
    """Show the text as it is written; returns all of it, or None where the network cannot write."""
    place, text = st.empty(), start
    try:
        frames = _CLASS_FRAMES if services.settings().class_mode else _FRAMES
        for piece in writer.write(start, sampling, piece=max(1, sampling.length // frames)):
            text += piece
            place.code(text, language=None, wrap_lines=True, height=320)
            time.sleep(_WRITING_SECONDS / frames)
    except UserError as error:
        st.error(plain(str(error)))
        return None
    return text


def _comparison(run_id: str, writer: Writer | None, start: str, sampling: Sampling) -> None:
    """The same start at four temperatures, written now or last."""
    compared = session.COMPARED(run_id)
    if writer:
        shorter = replace(sampling, length=min(sampling.length, _SIDE_LENGTH))
        try:
            compared.set([(t, start + "".join(writer.write(start, replace(shorter, temperature=t)))) for t in _SIDE_BY_SIDE])
        except UserError as error:
            st.error(plain(str(error)))
    if not compared.exists():
        return
    with st.grid(2, min_column_width=300):
        for temperature, text in compared.get():
            with st.container():
                st.markdown(f"**Temperature {temperature}**")
                st.code(text if text.strip() else "(only blanks and line ends)", language=None, wrap_lines=True, height=220)
