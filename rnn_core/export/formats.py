"""A run as a file: its curve, its spec, its samples, its weights, its Keras model."""

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
    """The run in one of FORMATS. Raises `UserError` where it has not got that far."""
    return FORMATS[name].make(store, store.runs.get(run_id).id)


def _csv(store: Store, run_id: str) -> bytes:
    points = store.events.points(run_id)
    if not points:
        raise UserError("This run has no curve yet: training has not started. Wait for its first step.")
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
        raise UserError("This run has written no samples. Only runs on text do, from their first step on.")
    return "\n\n".join(f"=== epoch {s.epoch:.2f} ===\n{s.text}" for s in samples).encode()


def _weights(store: Store, run_id: str) -> bytes:
    file = io.BytesIO()
    np.savez(file, **checkpoints.weights(store, run_id))
    return file.getvalue()


def _keras(store: Store, run_id: str) -> bytes:
    """Made in a process of its own, so that whoever asks need not import TensorFlow."""
    checkpoints.weights(store, run_id)  # raises what is wrong with them
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
    "csv": Format("every kept point of every curve", _csv),
    "json": Format("the spec, for train --spec", _spec),
    "txt": Format("the samples written while it trained", _samples),
    "npz": Format("the latest weights as NumPy arrays", _weights),
    "keras": Format("the model with its latest weights, for keras.models.load_model", _keras),
}
