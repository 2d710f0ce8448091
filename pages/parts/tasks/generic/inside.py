"""What the Inside page reads of a task without its own view: an example that the network was not trained on."""

import numpy as np
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.tasks.generic.view import examples_of
from pages.parts.tasks.reading import MOST_TIMESTEPS, Answer, Reading
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.spec.model_io import Tokens, Values
from rnn_core.tasks.classification import probabilities

_LIKELIEST = 3


def reading(run: Run) -> Reading | None:
    """Draw the choice of an example."""
    store, examples = services.store(), examples_of(run.id)
    if examples is None:
        st.caption("All examples of this data are used for training, so none can be read here.")
        return None
    inputs, targets = examples
    number = session.INSIDE_INPUT(run.task, "example")
    number.set(min(number.get() or 1, len(inputs)))
    chosen = st.number_input(
        "Example", 1, len(inputs), key=number.name, persist_state="session", help="An example that the network was not trained on."
    )
    model_io = checkpoints.model_io(store.runs.spec(run.id), store.runs.folder(run.id))
    row = inputs[chosen - 1][:MOST_TIMESTEPS]
    if isinstance(model_io.input, Tokens) and model_io.input.masked:
        row = row[row != 0]
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

    true = np.ravel(targets[chosen - 1])[-1]
    return Reading(row, tuple(labels), "timestep", answers, "Answer", note=f"True: {true:g}")
