"""What a spec will cost before it is trained: parameters, seconds an epoch, memory.

The seconds come from a small cost model, fitted to `python -m benchmarks.step_time` on two cores of a Zen 5 server and
scaled to this machine: by a matrix product timed here, and, once runs have finished here, by how long those really took.
"""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from rnn_core.spec import CELLS, ModelSpec, RunSpec
from rnn_core.tasks.text import Split

# Seconds; fitted to the table of benchmarks/step_time.py.
_TIMESTEP = {"rnn": 60e-6, "gru": 90e-6, "lstm": 95e-6}  # a timestep of a layer, however small
_FLOP = 1 / 195e9
_LOGIT = 2.9e-9  # softmax and its gradient, per number
_WEIGHT = 8e-9  # the optimizer's update
_REFERENCE_PRODUCT = 4.25e-3  # `_product_seconds` on the machine of the table

_BASE_MB = 760  # a worker with TensorFlow imported and one step taken


@dataclass(frozen=True)
class Estimate:
    parameters: int
    epoch_seconds: float
    memory_mb: float  # of the worker process


def parameters(model: ModelSpec, classes: int) -> int:
    """Trainable numbers of a network that reads and predicts tokens of `classes` kinds."""
    total, width = classes * model.embedding, model.embedding
    for layer in model.layers:
        gates, directions = CELLS[layer.cell].gates, 1 + layer.bidirectional
        biases = 2 if layer.cell == "gru" else 1
        total += directions * gates * layer.units * (width + layer.units + biases)
        width = directions * layer.units
    for dense in model.dense:
        total += (width + 1) * dense.units
        width = dense.units
    return total + (width + 1) * classes


def estimate(spec: RunSpec, classes: int, split: Split, characters: int, scale: float = 1.0) -> Estimate:
    """`scale` is how much slower this machine is than the one of the table."""
    count = parameters(spec.model, classes)
    steps = split.steps * (1 + 0.04)  # validation reads a ninth as much, forwards only
    seconds = step_seconds(spec, classes, split.streams) * scale * steps
    timesteps = min(spec.data.sequence_length, -(-split.train // split.streams))
    activations = sum(3 * (CELLS[layer.cell].gates + 2) * layer.units for layer in spec.model.layers) + 3 * classes
    memory = _BASE_MB + (16 * count + 4 * split.streams * timesteps * activations + 7 * characters) / 1e6
    return Estimate(count, seconds, memory)


def step_seconds(spec: RunSpec, classes: int, streams: int) -> float:
    """Seconds of one training step on the machine of the table."""
    timesteps, width, flops, seconds = spec.data.sequence_length, spec.model.embedding, 0.0, 0.0
    for layer in spec.model.layers:
        flops += 6 * (width + layer.units) * CELLS[layer.cell].gates * layer.units  # forwards 2, backwards 4
        seconds += timesteps * _TIMESTEP[layer.cell]
        width = layer.units
    for units in [dense.units for dense in spec.model.dense] + [classes]:
        flops += 6 * width * units
        width = units
    read = streams * timesteps
    return seconds + read * (flops * _FLOP + classes * _LOGIT) + parameters(spec.model, classes) * _WEIGHT


def scale_here(finished: Iterable[tuple[float, float]] = ()) -> float:
    """How much slower this machine is than the table's. `finished`: (predicted, real) seconds a step of earlier runs."""
    ratios = [real / predicted for predicted, real in finished]
    return statistics.median(ratios) if ratios else product_seconds() / _REFERENCE_PRODUCT


@cache
def product_seconds() -> float:
    """The fastest of a few matrix products: how quick this machine multiplies when nothing disturbs it."""
    a = np.ones((512, 512), np.float32)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        for _ in range(4):
            a @ a
        times.append(time.perf_counter() - start)
    return min(times)
