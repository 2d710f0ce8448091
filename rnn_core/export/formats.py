"""What a run can be saved as: curves, settings, samples, weights, Keras model, and one zip with everything."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnn_core.errors import UserError
from rnn_core.export import bundle, model
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import Run
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks.task import task_of


@dataclass(frozen=True)
class Format:
    label: str
    help: str
    mime: str
    make: Callable[[Store, str, Settings], bytes]
    check: Callable[[Store, Run], object]  # raises `UserError` where there is nothing to save yet
    needs_model: bool = False  # the Keras model, which takes a process some seconds where the worker has not written it
    of: Callable[[Run], bool] = lambda run: True  # whether runs of this task have it at all


def export(store: Store, run_id: str, name: str, settings: Settings) -> bytes:
    """The run in the format FORMATS[name]. Raises `UserError` if the run has nothing to save yet."""
    run = store.runs.get(run_id)
    FORMATS[name].check(store, run)
    return FORMATS[name].make(store, run.id, settings)


def file_name(run: Run, name: str) -> str:
    """A file name for any system, from the run's title."""
    words = re.findall(r"[a-z0-9]+", run.title.lower())
    return f"{'-'.join([*words, run.id[:4]])[-60:]}.{name}"


def _check_points(store: Store, run: Run) -> None:
    if not run.step:
        raise UserError("This run has no curve yet: training has not started. Wait for the first step.")


def _check_samples(store: Store, run: Run) -> None:
    if not store.events.positions(run.id, Sample):
        raise UserError("This run has no samples. Only runs on text write samples, from their first step on.")


def _weights(store: Store, run_id: str, settings: Settings) -> bytes:
    file = io.BytesIO()
    np.savez(file, **checkpoints.weights(store, run_id))
    return file.getvalue()


def _check_weights(store: Store, run: Run) -> None:
    checkpoints.weights(store, run.id)


FORMATS = {
    "zip": Format(
        "Everything",
        "all files together, with a script that uses the network without this program; opens again on the page Runs, and with import",
        "application/zip", bundle.make, _check_weights, needs_model=True,
    ),
    "keras": Format(
        "Keras model",
        "the model for keras.models.load_model, with the weights of its best epoch (for classes and characters it ends in logits: apply "
        "softmax, or sigmoid to a single one)",
        "application/octet-stream", lambda store, run_id, settings: model.saved(store, run_id).model, _check_weights, needs_model=True,
    ),
    "npz": Format(
        "Weights", "the weights as NumPy arrays; of its best epoch, if there was a validation", "application/octet-stream", _weights,
        _check_weights,
    ),
    "csv": Format(
        "Curves", "every point of every curve", "text/csv", lambda store, run_id, settings: bundle.curves(store.events.points(run_id)),
        _check_points,
    ),
    "json": Format(
        "Settings", "the spec, for train --spec", "application/json",
        lambda store, run_id, settings: store.runs.spec(run_id).to_json(indent=2).encode(), lambda store, run: None,
    ),
    "txt": Format(
        "Samples", "the samples written during training", "text/plain", lambda store, run_id, settings: bundle.samples(store.events.read(run_id, Sample)), _check_samples,
        of=lambda run: task_of(run.task).sample is not None,
    ),
}  # fmt: skip
