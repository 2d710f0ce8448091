"""The same prompt, temperature and random numbers for several runs: a continuation of each."""

import streamlit as st

from pages.parts.compare.lines import Line, answer, weights_of
from pages.parts.compare.style import line_name
from pages.parts.run.weights import epoch_of, network_of
from pages.parts.shell import services, session
from pages.parts.spec_form.controls import control
from pages.parts.tasks.text.text_box import text_box
from pages.parts.tasks.text.trial import OPTIONS
from pages.parts.tasks.text.try_it import note_on, prompt_field, vocabulary_of
from rnn_core.data.normalize import clean
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.sampler import LONGEST_PROMPT, Sampling, Writer

_LENGTH = 300  # characters of each continuation


@st.cache_data(max_entries=128, show_spinner=False)
def _continuation(run_id: str, weights: Weights, prompt: str, sampling: Sampling) -> str:
    """Cached: a tick writes nothing again unless the weights have changed. Raises `UserError`."""
    writer = Writer(network_of(run_id, weights), checkpoints.tokenizer(services.store(), run_id))
    return "".join(writer.write(prompt, sampling))


def compare(lines: list[Line]) -> None:
    """Draw the prompt and how to sample, then the continuation of each run."""
    first, weights = lines[0].run.id, [weights_of(line.run) for line in lines]
    left, right = st.columns(2, gap="small")
    with left, st.container(gap=None):
        typed, note = prompt_field(first, weights[0] and weights[0].version)
    prompt = clean(typed[-LONGEST_PROMPT:])
    vocabulary, _ = answer(lines[0], lambda weights: vocabulary_of(first, weights.version))
    note.caption(note_on(typed, prompt, vocabulary) if vocabulary else "&nbsp;")
    with right:
        control(OPTIONS["temperature"], session.SAMPLING("temperature"))
        st.button(
            "Other random numbers", icon=":material/casino:", on_click=_other_numbers, help="The same ones for every network."
        )
    temperature = session.SAMPLING("temperature").setdefault(OPTIONS["temperature"].default)
    sampling = Sampling(temperature=temperature, length=_LENGTH, seed=session.COMPARED_TEXT_SEED.get())
    height = f"clamp(64px, calc((var(--rnn-zone, 700px) - 150px) / {len(lines)} - 44px), 240px)"
    for line, newest in zip(lines, weights, strict=True):
        text, hint = answer(line, lambda weights, run=line.run.id: _continuation(run, weights, prompt, sampling))
        with st.container(gap=None):
            line_name(line.place, line.name, f"· {epoch_of(line.run.id, newest)}" if newest else "")
            text_box(
                f"compared.{line.place}", f"What {line.name} writes", prompt if text else "", text or "", height=height, hint=hint
            )


def _other_numbers() -> None:
    session.COMPARED_TEXT_SEED.set(session.COMPARED_TEXT_SEED.get() + 1)
