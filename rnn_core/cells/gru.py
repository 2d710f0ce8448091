"""GRU (Cho 2014). The reset gate r is applied after the recurrent product, as in cuDNN.

z, r = sigmoid(Wx + Uh + b), each with weights and biases of that gate; h = z * h + (1 - z) * tanh(Wx + r * (Uh + b)).
tanh stands for the layer's activation.
"""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Equation, Gradient, States, Timestep, sigmoid, sigmoid_slope


def step(projected: np.ndarray, states: States, recurrent: np.ndarray, recurrent_bias: np.ndarray, activation: Activation):
    """`recurrent_bias`, (3 * units,), is added to the recurrent product Uh."""
    (h,) = states
    units = h.shape[-1]
    inner = h @ recurrent + recurrent_bias
    gates = sigmoid(projected[..., : 2 * units] + inner[..., : 2 * units])
    update, reset = gates[..., :units], gates[..., units:]
    candidate = activation.function(projected[..., 2 * units :] + reset * inner[..., 2 * units :])
    h = candidate + update * (h - candidate)
    return (h,), {"update": update, "reset": reset, "candidate": candidate}


def gradient(timestep: Timestep, d_states: States) -> Gradient:
    (h,), (d_h,) = timestep.before, d_states
    z, r, candidate = (timestep.gates[name] for name in GRU.gates)
    units = h.shape[-1]
    inner = h @ timestep.recurrent[:, 2 * units :] + timestep.recurrent_bias[2 * units :]
    d_candidate = d_h * (1 - z) * timestep.activation.slope(candidate)
    d_gates = np.concatenate([d_h * (h - candidate) * sigmoid_slope(z), d_candidate * inner * sigmoid_slope(r)], axis=-1)
    d_inner = np.concatenate([d_gates, d_candidate * r], axis=-1)
    return Gradient(
        np.concatenate([d_gates, d_candidate], axis=-1),
        (d_inner @ timestep.recurrent.T + d_h * z,),
        h.T @ d_inner,
        d_inner.sum(0),
    )


GRU = Cell(
    "GRU",
    "Two gates and no separate cell state: often as good as an LSTM, with a quarter fewer weights. The update gate must learn to keep "
    "the state.",
    gates=("update", "reset", "candidate"),
    states=("hidden",),
    step=step,
    gradient=gradient,
    keras="keras.layers:GRU",
    timestep_seconds=59e-6,
    biases=2,
    in_words="keeps {update%} of its old state {before.hidden} and takes the rest from the candidate {candidate}, which sees {reset%} of the old states.",
    equations=(
        Equation(
            "update", "Update gate", "z_t", "σ(W_z x_t + b_z + U_z h_{t−1} + b′_z)", "σ({x.update} + {h.update})", "1 keeps, 0 replaces",
            "One gate for what an LSTM does with two: the share z of the old state stays, and the share 1 − z comes from the candidate. Some texts swap z and "
            "1 − z.",
        ),
        Equation(
            "reset", "Reset gate", "r_t", "σ(W_r x_t + b_r + U_r h_{t−1} + b′_r)", "σ({x.reset} + {h.reset})", "0 ignores the past",
            "How much of the old hidden state the candidate sees. Near 0, the candidate is made from the input alone, as if the sequence began here.",
        ),
        Equation(
            "candidate", "Candidate", "h̃_t", "φ(W_h x_t + b_h + r_t ⊙ (U_h h_{t−1} + b′_h))", "φ({x.candidate} + {reset} · {h.candidate})",
            "what could be new",
            "The state that this timestep suggests, from the input and from as much of the past as the reset gate lets through. The update gate decides how "
            "much of it is taken over.",
        ),
        Equation(
            "hidden", "Hidden state", "h_t", "z_t ⊙ h_{t−1} + (1 − z_t) ⊙ h̃_t", "{update} · {before.hidden} + (1 − {update}) · {candidate}",
            "memory and output in one",
            "A mixture of the old state and the candidate. A GRU has no cell state besides it, as an LSTM has: all that it remembers, the next layer also sees.",
        ),
    ),
)  # fmt: skip
