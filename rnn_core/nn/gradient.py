"""The gradient of one direction of a recurrent layer, by backpropagation through time."""

from dataclasses import dataclass

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, Timestep
from rnn_core.nn.network import Direction


@dataclass(frozen=True)
class LayerGradient:
    """Derivatives of the loss by the weights of a layer, in their shapes, and by its inputs and states."""

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    inputs: np.ndarray  # (batch, time, inputs)
    states: dict[str, np.ndarray]  # by name, each (batch, time, units): by the state after each timestep, all later ways included


@dataclass(frozen=True)
class Pass:
    """What a direction computed for inputs (batch, time, inputs), read forwards, and what its gradient needs.

    Where `mask` (batch, time) is False, a row has no timestep there: its states stay as they were, as with Keras' masks.
    """

    direction: Direction
    inputs: np.ndarray
    mask: np.ndarray | None
    timesteps: list[Timestep]

    @property
    def outputs(self) -> np.ndarray:
        """(batch, time, units)"""
        return np.stack([timestep.after[0] for timestep in self.timesteps], 1)


def forward(direction: Direction, inputs: np.ndarray, mask: np.ndarray | None = None) -> Pass:
    """Read inputs (batch, time, inputs) from zero states."""
    activation, states, timesteps = ACTIVATIONS[direction.spec.activation], direction.zero_states(len(inputs)), []
    projected = inputs @ direction.kernel + direction.bias
    for t in range(inputs.shape[1]):
        after, gates = direction.step(projected[:, t], states)
        if mask is not None:
            after = _where(mask[:, t], after, states)
        timesteps.append(Timestep(states, after, gates, direction.recurrent, direction.recurrent_bias, activation))
        states = after
    return Pass(direction, inputs, mask, timesteps)


def backward(read: Pass, d_outputs: np.ndarray) -> LayerGradient:
    """The gradient from the derivatives of the loss by the outputs (batch, time, units)."""
    direction, inputs, mask = read.direction, read.inputs, read.mask
    cell = CELLS[direction.spec.cell]
    d_projected = np.empty((*inputs.shape[:2], direction.kernel.shape[1]), np.float32)
    states = {name: np.empty_like(d_outputs) for name in cell.states}
    recurrent = np.zeros_like(direction.recurrent)
    recurrent_bias = None if direction.recurrent_bias is None else np.zeros_like(direction.recurrent_bias)
    d_states = nothing = direction.zero_states(len(inputs))
    for t in reversed(range(len(read.timesteps))):
        timestep, d_after = read.timesteps[t], (d_states[0] + d_outputs[:, t], *d_states[1:])
        for name, derivative in zip(cell.states, cell.total(timestep, d_after), strict=True):
            states[name][:, t] = derivative
        if mask is None:
            step = cell.gradient(timestep, d_after)
            d_states, d_projected[:, t] = step.states, step.projected
        else:
            present = mask[:, t]
            step = cell.gradient(timestep, _where(present, d_after, nothing))
            d_states, d_projected[:, t] = _where(present, step.states, d_after), step.projected
        recurrent += step.recurrent
        if recurrent_bias is not None:
            recurrent_bias += step.recurrent_bias
    bias = d_projected.sum((0, 1))
    return LayerGradient(
        kernel=inputs.reshape(-1, inputs.shape[-1]).T @ d_projected.reshape(-1, d_projected.shape[-1]),
        recurrent=recurrent,
        bias=bias if recurrent_bias is None else np.stack([bias, recurrent_bias]),
        inputs=d_projected @ direction.kernel.T,
        states=states,
    )


def _where(present: np.ndarray, arrays: tuple[np.ndarray, ...], otherwise: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """The first arrays in the rows that are `present` (batch,), the second ones in the others."""
    return tuple(np.where(present[:, None], a, b) for a, b in zip(arrays, otherwise, strict=True))


def layer_gradient(direction: Direction, inputs: np.ndarray, d_outputs: np.ndarray) -> LayerGradient:
    """The gradient for inputs (batch, time, inputs), read forwards; `d_outputs` are the derivatives by the outputs (batch, time, units)."""
    return backward(forward(direction, inputs), d_outputs)
