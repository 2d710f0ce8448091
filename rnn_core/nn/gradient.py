"""The gradient of one direction of a recurrent layer, by backpropagation through time."""

from dataclasses import dataclass

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, Timestep
from rnn_core.nn.network import Direction


@dataclass(frozen=True)
class LayerGradient:
    """Derivatives of the loss by the weights of a layer, in their shapes, and by its inputs and hidden states."""

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    inputs: np.ndarray  # (batch, time, inputs)
    hidden: np.ndarray  # (batch, time, units): by the hidden state after each timestep, later timesteps included


def layer_gradient(direction: Direction, inputs: np.ndarray, d_outputs: np.ndarray) -> LayerGradient:
    """The gradient for inputs (batch, time, inputs), read forwards; `d_outputs` are the derivatives by the outputs (batch, time, units)."""
    cell, activation = CELLS[direction.spec.cell], ACTIVATIONS[direction.spec.activation]
    states, timesteps = direction.zero_states(len(inputs)), []
    for _, after, gates in direction.timesteps(inputs, states):
        timesteps.append(Timestep(states, after, gates, direction.recurrent, direction.recurrent_bias, activation))
        states = after
    d_projected = np.empty((*inputs.shape[:2], direction.kernel.shape[1]), np.float32)
    hidden, recurrent = np.empty_like(d_outputs), np.zeros_like(direction.recurrent)
    recurrent_bias = None if direction.recurrent_bias is None else np.zeros_like(direction.recurrent_bias)
    d_states = tuple(np.zeros_like(state) for state in states)
    for t in reversed(range(len(timesteps))):
        hidden[:, t] = d_states[0] + d_outputs[:, t]
        step = cell.gradient(timesteps[t], (hidden[:, t], *d_states[1:]))
        d_projected[:, t], d_states = step.projected, step.states
        recurrent += step.recurrent
        if recurrent_bias is not None:
            recurrent_bias += step.recurrent_bias
    bias = d_projected.sum((0, 1))
    return LayerGradient(
        kernel=np.einsum("bti,btg->ig", inputs, d_projected),
        recurrent=recurrent,
        bias=bias if recurrent_bias is None else np.stack([bias, recurrent_bias]),
        inputs=d_projected @ direction.kernel.T,
        hidden=hidden,
    )
