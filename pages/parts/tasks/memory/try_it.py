"""Trying a memory: a sequence, what the network answers, and how its answer changes from timestep to timestep."""

import numpy as np
import streamlit as st

from pages.parts.run.charts import predictions_chart
from pages.parts.run.lights import light_up
from pages.parts.run.weights import weights_choice
from pages.parts.shell import services
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import percent, plain
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.memory.answers import answers, looked_back
from pages.parts.tasks.memory.sequence import right_answer, sequence_field
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.memory.problems import PROBLEMS, vectors

_TICK = 4.0  # seconds


def try_panel(run: Run) -> None:
    """Draw the panel; it ticks while the run trains."""
    fragment(_panel, every=_TICK if run.on_slot else None)(run.id)


@showing_errors
def _panel(run_id: str) -> None:
    with st.container(gap="xsmall"):
        _answer(run_id)


def _answer(run_id: str) -> None:
    """Draw the sequence, what the network answers, and how its answer moves from timestep to timestep."""
    data = services.store().runs.spec(run_id).data
    place = st.container(gap="small")
    weights = weights_choice(run_id)
    with place:
        shades = (lambda read: looked_back(run_id, weights, data.source, read)) if weights else (lambda read: None)
        problem, symbols = PROBLEMS[data.source], sequence_field(data, shades)
    if weights is None:
        st.caption("After the first training steps, the network answers here.")
    if weights is None or symbols is None:
        return
    light_up(run_id, weights, vectors(problem, symbols))
    timesteps, shares = answers(run_id, weights, data.source, symbols)
    best = int(shares[-1].argmax())
    right = right_answer(data.source)
    st.markdown(
        f"After {len(symbols)} timestep{'s' if len(symbols) > 1 else ''}: **{plain(problem.answers[best])}** ({percent(shares[-1][best])})."
        + (f" The right answer is **{plain(right)}**." if right else "")
    )
    moved = looked_back(run_id, weights, data.source, symbols)
    most = int(np.nanargmax(moved))
    st.caption(
        f"The darker a symbol, the more the answer changes where another of its kind stands in its place; most at timestep {most + 1} "
        f"({plain(problem.symbols[symbols[most] - 1])}): {percent(moved[most])}."
    )
    predictions_chart(timesteps, shares, list(problem.answers), "Probability")
