"""LSTM (Hochreiter and Schmidhuber 1997; forget gate by Gers 2000).

i, f, o = sigmoid(Wx + Uh + b), each with weights and biases of that gate; c = f * c + i * tanh(Wx + Uh + b); h = o * tanh(c).
tanh stands for the layer's activation, in both places.
"""

import numpy as np

from rnn_core.cells.cell import Activation, Cell, Equation, Gradient, States, Timestep, sigmoid, sigmoid_slope


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


def total(timestep: Timestep, d_states: States) -> States:
    (_, new_c), (d_h, d_c), activation = timestep.after, d_states, timestep.activation
    return d_h, d_c + d_h * timestep.gates["output"] * activation.slope(activation.function(new_c))


def gradient(timestep: Timestep, d_states: States) -> Gradient:
    (h, c), (_, new_c), (d_h, d_c) = timestep.before, timestep.after, total(timestep, d_states)
    i, f, g, o = (timestep.gates[name] for name in LSTM.gates)
    slope, squashed = timestep.activation.slope, timestep.activation.function(new_c)
    d_z = np.concatenate(
        [d_c * g * sigmoid_slope(i), d_c * c * sigmoid_slope(f), d_c * i * slope(g), d_h * squashed * sigmoid_slope(o)], axis=-1
    )
    return Gradient(d_z, (d_z @ timestep.recurrent.T, d_c * f), h.T @ d_z)


LSTM = Cell(
    "LSTM",
    "Three gates, numbers between 0 and 1 for each unit and timestep, say how much of a cell state is kept, written and shown: it lasts for "
    "hundreds of timesteps if the forget gate learns to stay open.",
    gates=("input", "forget", "candidate", "output"),
    states=("hidden", "cell"),
    step=step,
    gradient=gradient,
    total=total,
    keras="keras.layers:LSTM",
    timestep_seconds=59e-6,
    in_words="keeps {forget%} of its memory {before.cell}, writes {input%} of the candidate {candidate}, and shows {output%} of what it remembers.",
    equations=(
        Equation(
            "forget", "Forget gate", "f_t", "σ(W_f x_t + b_f + U_f h_{t−1})", "σ({x.forget} + {h.forget})", "1 keeps, 0 erases",
            "The old cell state is multiplied by this number. Near 1 a memory lasts, for hundreds of timesteps if the gate stays open; near 0 it is "
            "erased here.",
        ),
        Equation(
            "input", "Input gate", "i_t", "σ(W_i x_t + b_i + U_i h_{t−1})", "σ({x.input} + {h.input})", "1 writes, 0 ignores",
            "How much of the candidate is written into the cell state. Near 0, this timestep leaves no trace in the memory.",
        ),
        Equation(
            "candidate", "Candidate", "g_t", "φ(W_g x_t + b_g + U_g h_{t−1})", "φ({x.candidate} + {h.candidate})", "what could be written",
            "What this timestep suggests to write into the cell state. The input gate decides how much of it is written.",
        ),
        Equation(
            "cell", "Cell state", "c_t", "f_t ⊙ c_{t−1} + i_t ⊙ g_t", "{forget} · {before.cell} + {input} · {candidate}", "the memory",
            "The memory, called carry in Keras: it is only multiplied by the forget gate and added to, so it can last. Nothing outside the cell reads it; "
            "the output gate decides what is shown.",
        ),
        Equation(
            "output", "Output gate", "o_t", "σ(W_o x_t + b_o + U_o h_{t−1})", "σ({x.output} + {h.output})", "1 shows, 0 hides",
            "How much of the cell state is shown as hidden state. A unit can remember something for a long time and show it only when it is needed.",
        ),
        Equation(
            "hidden", "Hidden state", "h_t", "o_t ⊙ φ(c_t)", "{output} · φ({cell})", "what is shown",
            "What the cell shows of its memory: the output, which the next layer reads. At the next timestep all gates read it, too.",
        ),
    ),
)  # fmt: skip
