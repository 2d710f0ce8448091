"""What tests of real runs wait for."""

import time

import pytest

from rnn_core.runs.submit import submit
from tests.conftest import tiny_spec

SOME, LONG = {"epochs": 15}, {"epochs": 1000}


def until(condition, seconds: float = 120.0):
    """Wait for something that must happen; fails with what was waited for when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"did not happen within {seconds} s")


def begin(store, engine, **knobs) -> str:
    run = submit(tiny_spec(**knobs), store, engine.settings)
    engine.wake()
    return run


def training(store, run) -> bool:
    read = store.get(run)
    assert read.active, read
    return read.step > 3


def pid_of(store, run) -> int | None:
    return next((row["pid"] for row in store.attached() if row["id"] == run), None)


def losses(store, run) -> list[tuple]:
    """What is the same in every training of the same spec: the means of whole epochs."""
    return [(p.name, p.epoch, p.value) for p in store.points(run) if p.name.startswith(("train_", "val_"))]
