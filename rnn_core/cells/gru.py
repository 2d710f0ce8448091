"""GRU: h = z * h + (1 - z) * tanh(Wx + r * (Uh + b)) (Cho 2014; r after the product, as in cuDNN)."""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Gradient, States, Timestep, sigmoid, sigmoid_slope


def step(projected: np.ndarray, states: States, recurrent: np.ndarray, recurrent_bias: np.ndarray, activation: Activation):
    """`recurrent_bias` (3 * units,) is b of Uh."""
    (h,) = states
    units = h.shape[-1]
    inner = h @ recurrent + recurrent_bias
    both = sigmoid(projected[..., : 2 * units] + inner[..., : 2 * units])
    update, reset = both[..., :units], both[..., units:]
    candidate = activation.function(projected[..., 2 * units :] + reset * inner[..., 2 * units :])
    h = candidate + update * (h - candidate)
    return (h,), {"update": update, "reset": reset, "candidate": candidate}


def gradient(timestep: Timestep, by: States) -> Gradient:
    (h,), (by_h,) = timestep.before, by
    z, r, candidate = (timestep.gates[name] for name in GRU.gates)
    units = h.shape[-1]
    inner = h @ timestep.recurrent[:, 2 * units :] + timestep.recurrent_bias[2 * units :]
    by_candidate = by_h * (1 - z) * timestep.activation.slope(candidate)
    by_gates = np.concatenate([by_h * (h - candidate) * sigmoid_slope(z), by_candidate * inner * sigmoid_slope(r)], axis=-1)
    by_inner = np.concatenate([by_gates, by_candidate * r], axis=-1)
    return Gradient(
        np.concatenate([by_gates, by_candidate], axis=-1),
        (by_inner @ timestep.recurrent.T + by_h * z,),
        h.T @ by_inner,
        by_inner.sum(0),
    )


GRU = Cell(
    "GRU",
    "Two gates and no separate cell state: often as good as an LSTM with a quarter less work.",
    gates=("update", "reset", "candidate"),
    states=("hidden",),
    step=step,
    gradient=gradient,
    keras="keras.layers:GRU",
    timestep_seconds=90e-6,
    biases=2,
)
