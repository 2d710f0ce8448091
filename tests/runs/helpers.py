"""Helpers of tests that train real runs."""

import math
import time

import numpy as np
import pytest

from rnn_core.runs import checkpoints
from rnn_core.runs.submit import submit
from rnn_core.spec.model_io import ModelIO, Tokens
from rnn_core.tasks.reviews.scorer import ReviewScorer
from rnn_core.tasks.sampler import Sampling
from rnn_core.tasks.task import task_of
from rnn_core.training.protocol import BEST
from tests.conftest import TINY, tiny_spec

SHORT = {"epochs": 15, "dropout": 0.2, "recurrent_dropout": 0.2}  # whose masks must be the same after every break, too
LONG = {"epochs": 1000}


def until(condition, seconds: float = 120.0):
    """Wait until `condition` returns something true, and return that; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"did not happen within {seconds} s")


def start_run(store, engine, task: str = "text", **options) -> str:
    run = submit(tiny_spec(task, **options), store, engine.settings)
    engine.wake()
    return run


def training(store, run) -> bool:
    read = store.runs.get(run)
    assert read.active, read
    return read.step > 3


def pid_of(store, run) -> int | None:
    return next((row["pid"] for row in store.lifecycle.attached() if row["id"] == run), None)


def losses(store, run) -> list[tuple]:
    """What is the same in every training of the same spec: the means of whole epochs."""
    return [(p.name, p.epoch, p.value) for p in store.events.points(run) if p.name.startswith(("train_", "val_"))]


def answers(store, run) -> np.ndarray:
    """What the run's newest network answers a fixed input, as its page would ask: it can be tried."""
    spec = store.runs.spec(run)
    if task_of(spec.task).generates:
        written = "".join(checkpoints.writer(store, run).write("it was", Sampling(length=50)))
        assert len(written) == 50
        return np.array([ord(c) for c in written])
    return checkpoints.network(store, run).classify(some_input(checkpoints.model_io(spec, store.runs.folder(run))))


def set_best(store, run: str, epoch: int) -> None:
    """Change the run's checkpoint, as if other weights had been better at this epoch."""
    spec, folder = store.runs.spec(run), store.runs.folder(run)
    weights, state = checkpoints.load(folder, spec.model, checkpoints.model_io(spec, folder))
    best = {f"{BEST}.{name}": -3 * array for name, array in weights.items()}
    checkpoints.save(folder, weights, {**state, **best, BEST: np.array([epoch, 0.5])})


def some_input(model_io: ModelIO) -> np.ndarray:
    """An input that a network can read, always the same: ids (1, timesteps) or vectors (1, timesteps, features)."""
    timesteps, random = model_io.timesteps or 8, np.random.default_rng(1)
    if isinstance(model_io.input, Tokens):
        return random.integers(1, model_io.input.vocabulary, (1, timesteps))  # 0 may be an empty place
    return random.random((1, timesteps, model_io.input.features)).astype(np.float32)


def review_scorer(store, run) -> ReviewScorer:
    folder = store.runs.folder(run)
    return ReviewScorer.of_run(checkpoints.network(store, run), store.runs.spec(run).data, folder, trained=True)


def writes(task: str) -> bool:
    """Whether runs of the task record samples of text."""
    return task_of(task).sample is not None


def guessing_loss(task: str) -> float:
    """The loss of pure guessing, in nats."""
    return math.log({"text": len(set(TINY)), "digits": 10, "reviews": 2}[task])
