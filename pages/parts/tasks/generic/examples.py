"""Examples that a network was not trained on, for tasks without their own view."""

import numpy as np
import streamlit as st

from pages.parts.shell import services
from rnn_core.runs import checkpoints
from rnn_core.spec.model_io import ModelIO, Tokens, Values
from rnn_core.tasks.task import task_of

_EXAMPLES = 50  # to choose from


@st.cache_data(max_entries=16, ttl="10m", show_spinner="Reading the data …")
def examples_of(run_id: str) -> tuple[np.ndarray, np.ndarray] | None:
    """(inputs, targets) that the network was not trained on: from the test set, else from validation; None where there are none."""
    store = services.store()
    spec = store.runs.spec(run_id)
    dataset = task_of(spec.task).dataset(spec, store.runs.folder(run_id), services.settings(), True)
    first = next(dataset.test(), None) or next(dataset.validation(), None)
    return first and tuple(part[:_EXAMPLES] for part in first)


def example_of(run_id: str, number: int, examples: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray, ModelIO]:
    """One of the examples, from 1, without padding: its input, its targets (values,), and what its network reads and predicts."""
    model_io = checkpoints.model_io(services.store().runs.spec(run_id), services.store().runs.folder(run_id))
    inputs, targets = examples
    row, target = inputs[number - 1], np.ravel(targets[number - 1])
    if isinstance(model_io.input, Tokens) and model_io.input.masked:
        row = row[row != 0]
    return row, target[-model_io.output.units :] if isinstance(model_io.output, Values) else target[-1:], model_io
