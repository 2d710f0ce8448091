"""Estimates of what a run costs: parameters, seconds per epoch, memory.

The seconds come from a small cost model, fitted to `python -m benchmarks.step_time` on two cores of a Zen 5 server and
scaled to this machine: by a matrix product timed here or, once runs have finished here, by the times of those runs.
"""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import psutil

from rnn_core.cells import CELLS
from rnn_core.data.split import VALIDATION_SHARE
from rnn_core.settings import Settings
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens
from rnn_core.spec.summary import parameters

# Seconds; fitted to the table of benchmarks/step_time.py, as is `timestep_seconds` of each cell.
_FLOP = 1 / 295e9
_LOGIT = 2.1e-9  # softmax and its gradient, per number
_WEIGHT = 0.7e-9  # the optimizer's update, per parameter
_REFERENCE_PRODUCT = 4.5e-3  # `_product_seconds` on the machine of the table

_BASE_MB = 760  # a worker after importing TensorFlow and one training step
_FORWARD = 0.35  # a forward pass, as a share of a training step's time


@dataclass(frozen=True)
class Work:
    """The data that one epoch reads."""

    model_io: ModelIO
    batch: int  # sequences in a step
    timesteps: float  # of a sequence, on average
    steps: int  # an epoch
    data_mb: float = 0.0  # data in memory of the worker

    @classmethod
    def of(cls, dataset, data_mb: float = 0.0) -> "Work":
        """From a dataset as described in `training.protocol`."""
        return cls(dataset.model_io, dataset.batch, dataset.timesteps, dataset.steps, data_mb)


@dataclass(frozen=True)
class Estimate:
    parameters: int
    epoch_seconds: float
    memory_mb: float  # of the worker process


def _width(model: ModelSpec, model_io: ModelIO) -> int:
    """Features that the first layer reads at each timestep."""
    return model.embedding if isinstance(model_io.input, Tokens) else model_io.input.features


def estimate(model: ModelSpec, work: Work, scale: float = 1.0) -> Estimate:
    """`scale` is the time of a step on this machine divided by that on the machine of the table."""
    parameter_count = parameters(model, work.model_io)
    steps = work.steps * (1 + VALIDATION_SHARE * _FORWARD / (1 - VALIDATION_SHARE))
    seconds = step_seconds(model, work) * scale * steps
    activations = sum(3 * (len(CELLS[y.cell].gates) + 2) * y.units * (1 + y.bidirectional) for y in model.layers)
    activations += 3 * work.model_io.output.units if work.model_io.per_timestep else 0
    # Per parameter four bytes each for the weight, its gradient, two moments and the best weight.
    memory = _BASE_MB + work.data_mb + (20 * parameter_count + 4 * work.batch * work.timesteps * activations) / 1e6
    return Estimate(parameter_count, seconds, memory)


def memory_error(memory_mb: float, settings: Settings) -> str | None:
    """An error sentence for a run that needs more memory than is free or, in class mode, than its share; else None.

    A machine that runs out of memory kills processes.
    """
    memory = psutil.virtual_memory()
    free = memory.available / 1e6
    share = memory.total / 1e6 / settings.slots_here if settings.class_mode else free
    if memory_mb <= min(free, share):
        return None
    limit = f"{free / 1000:.1f} GB are free now" if free <= share else f"a run can have {share / 1000:.1f} GB here"
    return (
        f"This run needs about {memory_mb / 1000:.1f} GB of memory, and {limit}. Choose a smaller batch size, shorter sequences, "
        "fewer units or fewer layers."
    )


def step_seconds(model: ModelSpec, work: Work) -> float:
    """Seconds of one training step on the machine of the table."""
    model_io, inputs = work.model_io, work.batch * work.timesteps
    width, flops, seconds = _width(model, model_io), 0.0, 0.0
    for layer in model.layers:
        cell, directions = CELLS[layer.cell], 1 + layer.bidirectional
        flops += directions * 6 * (width + layer.units) * len(cell.gates) * layer.units  # forward pass 2, backward pass 4
        seconds += directions * work.timesteps * cell.timestep_seconds
        width = directions * layer.units
    head_flops = 0.0
    for units in [dense.units for dense in model.dense] + [model_io.output.units]:
        head_flops += 6 * width * units
        width = units
    outputs = inputs if model_io.per_timestep else work.batch
    seconds += inputs * flops * _FLOP + outputs * (head_flops * _FLOP + model_io.output.units * _LOGIT)
    return seconds + parameters(model, model_io) * _WEIGHT


def scale_here(finished: Iterable[tuple[float, float]] = ()) -> float:
    """The `scale` of this machine, see `estimate`. `finished`: (predicted, measured) seconds per step of earlier runs."""
    ratios = [measured / predicted for predicted, measured in finished]
    return statistics.median(ratios) if ratios else product_seconds() / _REFERENCE_PRODUCT


@cache
def product_seconds() -> float:
    """Seconds of four products of 512 x 512 matrices; the fastest of twelve measurements, which other processes disturb least."""
    a = np.ones((512, 512), np.float32)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        for _ in range(4):
            a @ a
        times.append(time.perf_counter() - start)
    return min(times)
