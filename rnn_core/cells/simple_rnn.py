"""SimpleRNN: h = tanh(Wx + Uh + b) (Elman 1990)."""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Gradient, States, Timestep


def step(projected: np.ndarray, states: States, recurrent: np.ndarray, recurrent_bias: None, activation: Activation):
    (h,) = states
    h = activation.function(projected + h @ recurrent)
    return (h,), {"candidate": h}


def gradient(timestep: Timestep, d_states: States) -> Gradient:
    (h,), (new,), (d_h,) = timestep.before, timestep.after, d_states
    d_z = d_h * timestep.activation.slope(new)
    return Gradient(d_z, (d_z @ timestep.recurrent.T,), h.T @ d_z)


SIMPLE_RNN = Cell(
    "SimpleRNN",
    "One matrix and a tanh: fast, but forgets after ten to twenty timesteps.",
    gates=("candidate",),
    states=("hidden",),
    step=step,
    gradient=gradient,
    keras="keras.layers:SimpleRNN",
    timestep_seconds=136e-6,
)
