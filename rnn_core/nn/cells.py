"""The three recurrent cells, one timestep each, in NumPy.

Shapes: `projected` is the input already times the input kernel plus its bias, (batch, gates * units); a state is
(batch, units); `recurrent` is (units, gates * units). Columns stand in Keras' order, so that weights fit unchanged.
Every function returns the new states, and the gates by name for whoever wants to look inside.
"""

from collections.abc import Callable

import numpy as np

States = tuple[np.ndarray, ...]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), written with tanh: it cannot overflow, and NumPy's tanh is the faster one."""
    x = np.tanh(0.5 * x)
    x *= 0.5
    x += 0.5
    return x


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}


def simple_rnn(projected: np.ndarray, states: States, recurrent: np.ndarray, bias=None, activation=np.tanh):
    """h = tanh(Wx + Uh + b) (Elman 1990)."""
    (h,) = states
    h = activation(projected + h @ recurrent)
    return (h,), {"candidate": h}


def lstm(projected: np.ndarray, states: States, recurrent: np.ndarray, bias=None, activation=np.tanh):
    """c = f * c + i * tanh(...); h = o * tanh(c) (Hochreiter and Schmidhuber 1997; forget gate of Gers 2000)."""
    h, c = states
    units = h.shape[-1]
    z = projected + h @ recurrent
    gates = sigmoid(z[..., : 2 * units])
    candidate = activation(z[..., 2 * units : 3 * units])
    output = sigmoid(z[..., 3 * units :])
    c = gates[..., units:] * c + gates[..., :units] * candidate
    h = output * activation(c)
    return (h, c), {"input": gates[..., :units], "forget": gates[..., units:], "candidate": candidate, "output": output}


def gru(projected: np.ndarray, states: States, recurrent: np.ndarray, bias=None, activation=np.tanh):
    """h = z * h + (1 - z) * tanh(Wx + r * (Uh + b)) (Cho 2014; r after the product, as in cuDNN). `bias` is b of Uh."""
    (h,) = states
    units = h.shape[-1]
    inner = h @ recurrent + bias
    gates = sigmoid(projected[..., : 2 * units] + inner[..., : 2 * units])
    update, reset = gates[..., :units], gates[..., units:]
    candidate = activation(projected[..., 2 * units :] + reset * inner[..., 2 * units :])
    h = candidate + update * (h - candidate)
    return (h,), {"update": update, "reset": reset, "candidate": candidate}


STEPS = {"rnn": simple_rnn, "lstm": lstm, "gru": gru}
