"""Trying a memory: a sequence, what the network answers, and how its answer changes from timestep to timestep."""

import streamlit as st

from pages.parts.run.charts import predictions_chart
from pages.parts.run.weights import weights_choice
from pages.parts.shell import services
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import percent, plain
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.memory.answers import answers
from pages.parts.tasks.memory.sequence import right_answer, sequence_field
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.memory.problems import PROBLEMS

_TICK = 4.0  # seconds


def try_panel(run: Run) -> None:
    """Draw the panel; it ticks while the run trains."""
    fragment(_panel, every=_TICK if run.on_slot else None)(run.id)


@showing_errors
def _panel(run_id: str) -> None:
    data = services.store().runs.spec(run_id).data
    problem, symbols = PROBLEMS[data.source], sequence_field(data)
    weights = weights_choice(run_id)
    if weights is None:
        st.caption("After the first training steps, the network answers here.")
    if weights is None or symbols is None:
        return
    timesteps, shares = answers(run_id, weights, data.source, symbols)
    best = int(shares[-1].argmax())
    right = right_answer(data.source)
    st.markdown(
        f"After {len(symbols)} timestep{'s' if len(symbols) > 1 else ''}: **{plain(problem.answers[best])}** ({percent(shares[-1][best])})."
        + (f" The right answer is **{plain(right)}**." if right else "")
    )
    predictions_chart(timesteps, shares, list(problem.answers), "Probability")
