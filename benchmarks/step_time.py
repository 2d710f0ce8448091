"""Seconds per training step for a grid of networks; `rnn_core.estimate` is fitted to these numbers.

    python -m benchmarks.step_time

Networks are computed as in a worker with all cores; RNN_ONEDNN and RNN_THREADS apply.
"""

import os
import time

import numpy as np

from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.worker import environment
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.training.execution import use_onednn

SETTINGS = settings_of.load()
os.environ.update(environment(SETTINGS.threads_per_run, use_onednn(SETTINGS.onednn)))

from rnn_core.training.trainer import Trainer, execution_here  # noqa: E402

GRID = [(cell, units, 64, 64, 65, 1) for cell in ("rnn", "gru", "lstm") for units in (16, 64, 128, 256, 512)]
GRID += [("gru", 128, batch, 64, 65, 1) for batch in (1, 8, 32, 128, 256)]
GRID += [("gru", 128, 64, timesteps, 65, 1) for timesteps in (16, 256)]
GRID += [("gru", 128, 64, 64, classes, 1) for classes in (500, 5000)]
GRID += [("lstm", 256, 64, 64, 65, 2), ("lstm", 512, 32, 64, 65, 1), ("gru", 1024, 32, 32, 65, 1)]


def measure(cell: str, units: int, batch: int, timesteps: int, classes: int, layers: int) -> float:
    """Median seconds per step."""
    spec = RunSpec.from_options(cell=cell, units=units, layers=layers)
    model_io = ModelIO(Tokens(classes), NextToken(classes), per_timestep=True)
    trainer = Trainer(spec, model_io, execution_here(spec.model, SETTINGS.threads_per_run))
    ids = np.random.default_rng(0).integers(0, classes, (batch, timesteps)).astype(np.uint16)
    states = trainer.zero_states(batch)
    for _ in range(3):
        _, states = trainer.train_step(ids, ids, states)
    times = []
    beginning = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - beginning < 1.0:
        start = time.perf_counter()
        means, states = trainer.train_step(ids, ids, states)
        means.numpy()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


if __name__ == "__main__":
    print("cell  units  batch  timesteps  classes  layers  ms a step")
    for row in GRID:
        print("{:4} {:6} {:6} {:10} {:8} {:7}".format(*row), f"{1000 * measure(*row):10.2f}", flush=True)
