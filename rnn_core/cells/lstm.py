"""LSTM (Hochreiter and Schmidhuber 1997; forget gate by Gers 2000).

i, f, o = sigmoid(Wx + Uh + b), each with weights and biases of that gate; c = f * c + i * tanh(Wx + Uh + b); h = o * tanh(c).
tanh stands for the layer's activation, in both places.
"""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Gradient, States, Timestep, sigmoid, sigmoid_slope


def step(projected: np.ndarray, states: States, recurrent: np.ndarray, recurrent_bias: None, activation: Activation):
    h, c = states
    units = h.shape[-1]
    z = projected + h @ recurrent
    gates = sigmoid(z[..., : 2 * units])
    input_gate, forget = gates[..., :units], gates[..., units:]
    candidate = activation.function(z[..., 2 * units : 3 * units])
    output = sigmoid(z[..., 3 * units :])
    c = forget * c + input_gate * candidate
    h = output * activation.function(c)
    return (h, c), {"input": input_gate, "forget": forget, "candidate": candidate, "output": output}


def gradient(timestep: Timestep, d_states: States) -> Gradient:
    (h, c), (_, new_c), (d_h, d_c) = timestep.before, timestep.after, d_states
    i, f, g, o = (timestep.gates[name] for name in LSTM.gates)
    slope, squashed = timestep.activation.slope, timestep.activation.function(new_c)
    d_c = d_c + d_h * o * slope(squashed)
    d_z = np.concatenate(
        [d_c * g * sigmoid_slope(i), d_c * c * sigmoid_slope(f), d_c * i * slope(g), d_h * squashed * sigmoid_slope(o)], axis=-1
    )
    return Gradient(d_z, (d_z @ timestep.recurrent.T, d_c * f), h.T @ d_z)


LSTM = Cell(
    "LSTM",
    "Three gates protect a cell state, which can last for hundreds of timesteps if the forget gate learns to stay open.",
    gates=("input", "forget", "candidate", "output"),
    states=("hidden", "cell"),
    step=step,
    gradient=gradient,
    keras="keras.layers:LSTM",
    timestep_seconds=134e-6,
)
