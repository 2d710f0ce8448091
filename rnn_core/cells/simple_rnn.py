"""SimpleRNN: h = tanh(Wx + Uh + b) (Elman 1990)."""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Gradient, States, Timestep


def step(projected: np.ndarray, states: States, recurrent: np.ndarray, recurrent_bias: None, activation: Activation):
    (h,) = states
    h = activation.function(projected + h @ recurrent)
    return (h,), {"candidate": h}


def gradient(timestep: Timestep, by: States) -> Gradient:
    (h,), (new,), (by_h,) = timestep.before, timestep.after, by
    by_z = by_h * timestep.activation.slope(new)
    return Gradient(by_z, (by_z @ timestep.recurrent.T,), h.T @ by_z)


SIMPLE_RNN = Cell(
    "SimpleRNN",
    "One matrix and a tanh: quick, but it forgets after ten or twenty steps.",
    gates=("candidate",),
    states=("hidden",),
    step=step,
    gradient=gradient,
    keras="keras.layers:SimpleRNN",
    timestep_seconds=60e-6,
)
