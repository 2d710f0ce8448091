"""What a recurrent cell is: one record, from which options, networks in NumPy, Keras models and estimates follow.

Shapes: `projected` is the input already times the input kernel plus its bias, (batch, gates * units); a state is (batch, units);
`recurrent` is (units, gates * units). Columns are in Keras' order, so that Keras' weights fit unchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

States = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Activation:
    function: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]  # the function's derivative, computed from what the function returned


ACTIVATIONS = {
    "tanh": Activation(np.tanh, lambda y: 1 - y * y),
    "relu": Activation(lambda x: np.maximum(x, 0), lambda y: (y > 0).astype(y.dtype)),
}


@dataclass(frozen=True)
class Timestep:
    """What a timestep computed, and from what; enough for its gradient."""

    before: States
    after: States
    gates: dict[str, np.ndarray]  # by name, each (batch, units)
    recurrent: np.ndarray
    recurrent_bias: np.ndarray | None
    activation: Activation


@dataclass(frozen=True)
class Gradient:
    """Derivatives of a loss: what flows back out of one timestep."""

    projected: np.ndarray
    states: States  # before the timestep
    recurrent: np.ndarray
    recurrent_bias: np.ndarray | None = None


@dataclass(frozen=True)
class Cell:
    label: str
    help: str
    gates: tuple[str, ...]  # blocks of `units` columns in the kernels, in their order; the candidate counts as one
    states: tuple[str, ...]  # carried from timestep to timestep; the first is the output
    step: Callable[..., tuple[States, dict[str, np.ndarray]]]  # (projected, states, recurrent, recurrent_bias, activation)
    gradient: Callable[[Timestep, States], Gradient]  # of a timestep, from the derivatives by the states after it
    keras: str  # the layer's class, as module:name
    timestep_seconds: float  # of a training step: a timestep of a layer, however small (`python -m benchmarks.step_time`)
    biases: int = 1  # 2: the recurrent product has its own
    weights: tuple[str, ...] = ("kernel", "recurrent", "bias")  # Keras' weights, in their order


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), written with tanh: it cannot overflow, and NumPy's tanh is the faster one."""
    x = np.tanh(0.5 * x)
    x *= 0.5
    x += 0.5
    return x


def sigmoid_slope(y: np.ndarray) -> np.ndarray:
    """The derivative of `sigmoid`, from what it returned."""
    return y * (1 - y)
