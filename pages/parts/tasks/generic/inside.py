"""What the Inside page reads of a task without its own view: an example that the network was not trained on."""

import numpy as np
import streamlit as st

from pages.parts.shell import session
from pages.parts.tasks.generic.examples import example_of, examples_of
from pages.parts.tasks.reading import MOST_TIMESTEPS, Answer, Reading
from rnn_core.runs.store.rows import Run
from rnn_core.spec.model_io import Values
from rnn_core.tasks.classification import probabilities

_LIKELIEST = 3


def reading(run: Run) -> Reading | None:
    """Draw the choice of an example."""
    examples = examples_of(run.id)
    if examples is None:
        st.caption("All examples of this data are used for training, so none can be read here.")
        return None
    number = session.INSIDE_INPUT(run.task, "example")
    number.set(min(number.get() or 1, len(examples[0])))
    chosen = st.number_input(
        "Example",
        1,
        len(examples[0]),
        key=number.name,
        persist_state="session",
        help="An example that the network was not trained on.",
    )
    row, target, model_io = example_of(run.id, chosen, examples)
    row = row[:MOST_TIMESTEPS]
    labels = (
        [f"{value:g}" for value in row]
        if row.ndim == 1
        else [f"{v[0]:.2g}" if len(v) == 1 else str(i) for i, v in enumerate(row, 1)]
    )

    def answers(logits: np.ndarray, timesteps: np.ndarray) -> list[list[Answer]]:
        if isinstance(model_io.output, Values):
            return [[(f"{value:.3g}", None) for value in point[:_LIKELIEST]] for point in logits]
        shares = probabilities(logits)
        likeliest = np.argsort(-shares, axis=-1, kind="stable")[:, :_LIKELIEST]
        return [[(str(i), float(point[i])) for i in best] for point, best in zip(shares, likeliest, strict=True)]

    return Reading(
        row, tuple(labels), "timestep", answers, "Answer", note=f"True: {', '.join(f'{value:.3g}' for value in target)}."
    )
