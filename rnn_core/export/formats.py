"""Exports of a run: curve, spec, samples, weights, Keras model."""

import csv
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import Point
from rnn_core.runs.store.store import WEIGHTS, Store
from rnn_core.settings import PROJECT, without_secrets


@dataclass(frozen=True)
class Format:
    help: str
    make: Callable[[Store, str], bytes]


def export(store: Store, run_id: str, name: str) -> bytes:
    """The run in the format FORMATS[name]. Raises `UserError` if the run has nothing to export yet."""
    return FORMATS[name].make(store, store.runs.get(run_id).id)


def _csv(store: Store, run_id: str) -> bytes:
    points = store.events.points(run_id)
    if not points:
        raise UserError("This run has no curve yet: training has not started. Wait for the first step.")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([f.name for f in fields(Point)])
    table.writerows(map(astuple, points))
    return text.getvalue().encode()


def _spec(store: Store, run_id: str) -> bytes:
    return store.runs.spec(run_id).to_json(indent=2).encode()


def _samples(store: Store, run_id: str) -> bytes:
    samples = store.events.read(run_id, Sample)
    if not samples:
        raise UserError("This run has no samples. Only runs on text write samples, from their first step on.")
    return "\n\n".join(f"=== epoch {s.epoch:.2f} ===\n{s.text}" for s in samples).encode()


def _weights(store: Store, run_id: str) -> bytes:
    file = io.BytesIO()
    np.savez(file, **checkpoints.weights(store, run_id))
    return file.getvalue()


def _keras(store: Store, run_id: str) -> bytes:
    """Saved by another process: this one does not import TensorFlow."""
    checkpoints.weights(store, run_id)  # raises `UserError` if they cannot be read
    spec, folder = store.runs.spec(run_id), store.runs.folder(run_id)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "model.keras"
        command = [sys.executable, "-m", "rnn_core.training.save", str(folder / WEIGHTS), str(out)]
        process = subprocess.run(
            command,
            input=spec.to_json(),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            env=without_secrets(os.environ),
        )
        if process.returncode:
            raise UserError(f"Keras could not save the model: {process.stderr.strip().splitlines()[-1]}")
        return out.read_bytes()


FORMATS = {
    "csv": Format("every point of every curve", _csv),
    "json": Format("the spec, for train --spec", _spec),
    "txt": Format("the samples written during training", _samples),
    "npz": Format("the weights as NumPy arrays; of its best epoch, if there was a validation", _weights),
    "keras": Format(
        "the model for keras.models.load_model, with the same weights (for classes and characters it ends in logits: apply softmax, or sigmoid to "
        "a single one)",
        _keras,
    ),
}
