"""Fixtures of exports: the Keras model is written in this process, which has imported TensorFlow already."""

import io

import numpy as np
import pytest

from rnn_core.export import model
from rnn_core.export.formats import export
from rnn_core.lessons import example
from rnn_core.nn.run_files import weight_shapes
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import FINISHED, Point
from rnn_core.tasks.task import task_of
from rnn_core.training.save import save
from tests.conftest import COUNTING, tiny_spec


@pytest.fixture(autouse=True)
def with_the_made_up_task(monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)


@pytest.fixture
def in_this_process(monkeypatch, in_this_process):
    """Data is converted, and models are written, where a test runs."""
    monkeypatch.setattr(model, "write", lambda store, run, weights, out: save(store.runs.spec(run), weights, out))


@pytest.fixture
def run_of(store, in_this_process):
    """`run_of(task)`: the example of a task; of one without an example, a run with random weights."""

    def made(task: str) -> str:
        example.install(store)
        if task_of(task).example:
            return task_of(task).example
        spec = tiny_spec(task)
        run = store.runs.add(spec, "Counting")
        shapes = weight_shapes(spec.model, checkpoints.model_io(spec, store.runs.folder(run)))
        random = np.random.default_rng(1)
        checkpoints.save(
            store.runs.folder(run), {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
        )
        store.events.record(run, [Point("loss", 1, 0.1, 0.5, 1.25, 1.0, 1.5)], metrics={"val_loss": 1.5}, step=1, epoch=1.0)
        store.lifecycle.end(run, FINISHED)
        return run

    return made


@pytest.fixture
def zip_of(store, settings, run_of):
    """`zip_of(task)`: the run of `run_of` as a zip."""
    return lambda task: io.BytesIO(export(store, run_of(task), "zip", settings))
