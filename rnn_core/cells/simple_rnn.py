"""SimpleRNN: h = tanh(Wx + Uh + b) (Elman 1990); tanh stands for the layer's activation."""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Equation, Gradient, States, Timestep


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
    "Two weight matrices and a tanh: fast. Errors fade on their way back through time, so it learns less the further apart things lie.",
    gates=("candidate",),
    states=("hidden",),
    step=step,
    gradient=gradient,
    keras="keras.layers:SimpleRNN",
    timestep_seconds=32e-6,
    in_words="gets {x.candidate} from the input and {h.candidate} from its old states; their sum, squeezed by the activation, is {hidden}.",
    equations=(
        Equation(
            "hidden", "Hidden state", "h_t", "φ(W x_t + b + U h_{t−1})", "φ({x.candidate} + {h.candidate})", "the whole memory",
            "Everything that the cell remembers, and all that it shows. It is computed again at every timestep: nothing protects what is in it, so old "
            "inputs fade or are overwritten.",
        ),
    ),
)  # fmt: skip
