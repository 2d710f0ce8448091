"""LSTM: c = f * c + i * tanh(...); h = o * tanh(c) (Hochreiter and Schmidhuber 1997; forget gate of Gers 2000)."""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Gradient, States, Timestep, sigmoid, sigmoid_slope


def step(projected: np.ndarray, states: States, recurrent: np.ndarray, recurrent_bias: None, activation: Activation):
    h, c = states
    units = h.shape[-1]
    z = projected + h @ recurrent
    both = sigmoid(z[..., : 2 * units])
    candidate = activation.function(z[..., 2 * units : 3 * units])
    output = sigmoid(z[..., 3 * units :])
    c = both[..., units:] * c + both[..., :units] * candidate
    h = output * activation.function(c)
    return (h, c), {"input": both[..., :units], "forget": both[..., units:], "candidate": candidate, "output": output}


def gradient(timestep: Timestep, by: States) -> Gradient:
    (h, c), (_, new_c), (by_h, by_c) = timestep.before, timestep.after, by
    i, f, g, o = (timestep.gates[name] for name in LSTM.gates)
    slope, bent = timestep.activation.slope, timestep.activation.function(new_c)
    by_c = by_c + by_h * o * slope(bent)
    by_z = np.concatenate(
        [by_c * g * sigmoid_slope(i), by_c * c * sigmoid_slope(f), by_c * i * slope(g), by_h * bent * sigmoid_slope(o)], axis=-1
    )
    return Gradient(by_z, (by_z @ timestep.recurrent.T, by_c * f), h.T @ by_z)


LSTM = Cell(
    "LSTM",
    "Three gates guard a cell state, so that it can keep something for hundreds of steps.",
    gates=("input", "forget", "candidate", "output"),
    states=("hidden", "cell"),
    step=step,
    gradient=gradient,
    keras="keras.layers:LSTM",
    timestep_seconds=95e-6,
)
