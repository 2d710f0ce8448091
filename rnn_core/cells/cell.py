"""A recurrent cell as one record, from which options, NumPy networks, Keras models and estimates are derived.

Shapes: `projected` is the input times the input kernel plus the bias, (batch, gates * units); a state is (batch, units);
`recurrent` is (units, gates * units). Columns are in Keras' order, and Keras' weights fit unchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

States = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Activation:
    function: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]  # the derivative, computed from the function's result


ACTIVATIONS = {
    "tanh": Activation(np.tanh, lambda y: 1 - y * y),
    "relu": Activation(lambda x: np.maximum(x, 0), lambda y: (y > 0).astype(y.dtype)),
}


@dataclass(frozen=True)
class Timestep:
    """Inputs and results of one timestep, from which its gradient is computed."""

    before: States
    after: States
    gates: dict[str, np.ndarray]  # by name, each (batch, units)
    recurrent: np.ndarray
    recurrent_bias: np.ndarray | None
    activation: Activation


@dataclass(frozen=True)
class Gradient:
    """Derivatives of the loss by the inputs of one timestep."""

    projected: np.ndarray
    states: States  # before the timestep
    recurrent: np.ndarray
    recurrent_bias: np.ndarray | None = None


@dataclass(frozen=True)
class Equation:
    """How one gate or state of a cell is computed and what it does, for people.

    In both forms, σ is the sigmoid and φ the layer's activation. `numbers` is the formula for one unit and one timestep, with the names
    of gates and states in braces: `{x.forget}` is what the input adds to a gate (kernel and bias), `{h.forget}` what the hidden state
    adds (recurrent kernel, and the second bias where there is one), `{before.cell}` a state before the timestep.
    """

    name: str  # of the gate or state
    label: str
    symbol: str  # in papers; `_` lowers the next letter or what is in braces
    formula: str
    numbers: str
    meaning: str  # of its numbers, in a few words
    explanation: str  # two sentences


@dataclass(frozen=True)
class Cell:
    label: str
    help: str
    gates: tuple[str, ...]  # blocks of `units` columns in the kernels, in this order; the candidate counts as a gate
    states: tuple[str, ...]  # carried from timestep to timestep; the first is the output
    step: Callable[..., tuple[States, dict[str, np.ndarray]]]  # (projected, states, recurrent, recurrent_bias, activation)
    gradient: Callable[[Timestep, States], Gradient]  # (timestep, derivatives of the loss by the states after it)
    keras: str  # the layer's class, as module:name
    timestep_seconds: float  # fixed time of a timestep of a layer in a training step (`python -m benchmarks.step_time`)
    biases: int = 1  # 2: one for the input product, one for the recurrent product
    weights: tuple[str, ...] = ("kernel", "recurrent", "bias")  # in the order of Keras' weights
    equations: tuple[Equation, ...] = ()  # in the order in which they are computed; the last one is the output
    # What one unit does at one timestep, as the end of a sentence; names in braces as in `Equation.numbers`, `{forget%}` in percent
    in_words: str = ""
    # The arguments of `gradient` -> the derivatives by the states after the timestep, with the way of one through another of the same
    # timestep, as from an LSTM's cell state through its hidden state.
    total: Callable[[Timestep, States], States] = lambda timestep, d_states: d_states

    def columns(self, gate: str, units: int) -> slice:
        """The gate's columns in the kernels and in the bias."""
        first = self.gates.index(gate) * units
        return slice(first, first + units)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), computed with tanh, which cannot overflow and is faster than exp in NumPy."""
    x = np.tanh(0.5 * x)
    x *= 0.5
    x += 0.5
    return x


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits (..., classes) -> probabilities in float64, summing to 1."""
    exponentials = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def sigmoid_slope(y: np.ndarray) -> np.ndarray:
    """The derivative of `sigmoid`, from its result `y`."""
    return y * (1 - y)
