"""Where the gradient goes: that of the loss at the last timestep, by the states of each earlier timestep.

The loss at the last timestep alone is taken: with a loss at every timestep, none of them is far from one, and nothing seems to vanish.
A network that reads the mean or the maximum of its states is measured as if it read only the last one, for the same reason. As in
validation, nothing is dropped out.
"""

from dataclasses import dataclass

import numpy as np

from rnn_core.cells.cell import ACTIVATIONS, softmax
from rnn_core.nn.gradient import Pass, backward, forward
from rnn_core.nn.network import Network
from rnn_core.spec.model_io import Binary, ModelIO, Tokens, Values

MOST_POINTS = 100  # of a curve


@dataclass(frozen=True)
class Curve:
    """Of one state of one layer, forward direction: how large its gradient is at earlier timesteps."""

    layer: int
    state: str  # its name in the cell's record
    back: tuple[int, ...]  # timesteps before the last one, from 0
    relative: tuple[float, ...]  # norm of the gradient relative to that at the last timestep: the median over the batch


def curves(network: Network, inputs: np.ndarray, targets: np.ndarray, model_io: ModelIO) -> list[Curve]:
    """The curves of every layer for a batch, which must not be empty: ids (batch, time) or vectors (batch, time, features).

    Rows of which the loss has no gradient at all are left out; if there are no others, there are no curves.
    """
    mask = inputs != 0 if isinstance(model_io.input, Tokens) and model_io.input.masked else np.ones(inputs.shape[:2], bool)
    with np.errstate(over="ignore", invalid="ignore"):  # an exploding gradient may be infinite
        states = _gradients(network, inputs, targets, model_io, mask)
    return [
        curve
        for i, layer in enumerate(states)
        for name, gradient in layer.items()
        if (curve := _curve(i, name, np.linalg.norm(gradient.astype(np.float64), axis=-1), mask))
    ]


def _gradients(
    network: Network, inputs: np.ndarray, targets: np.ndarray, model_io: ModelIO, mask: np.ndarray
) -> list[dict[str, np.ndarray]]:
    """For each layer, the gradient (batch, time, units) by each state of its forward direction."""
    x, passes = network.vectors(inputs), []
    given = None if mask.all() else mask
    for directions in network.layers:
        passes.append([forward(d, *_flipped(side, x, given)) for side, d in enumerate(directions)])
        x = _concatenated(passes[-1])
    rows, (first, last) = np.arange(len(inputs)), _ends(mask)
    sides = passes[-1]
    places = [last, mask.shape[1] - 1 - first][: len(sides)]  # where each direction ends, in the order in which it reads
    read = np.concatenate([side.outputs[rows, place] for side, place in zip(sides, places, strict=True)], axis=-1)
    flowing = _head_gradient(network, read, targets[rows, last] if model_io.per_timestep else targets, model_io)
    d_sides, states = [], []
    for side, place, part in zip(sides, places, np.split(flowing, len(places), axis=-1), strict=True):
        d_sides.append(np.zeros((*mask.shape, side.direction.spec.units), np.float32))
        d_sides[-1][rows, place] = part
    for i in reversed(range(len(passes))):
        gradients = [backward(side, d_side) for side, d_side in zip(passes[i], d_sides, strict=True)]
        states.append(gradients[0].states)
        if i:
            flowing = sum(_flipped(side, gradient.inputs)[0] for side, gradient in enumerate(gradients))
            parts = np.split(flowing, len(passes[i - 1]), axis=-1)
            d_sides = [_flipped(side, part)[0] for side, part in enumerate(parts)]
    return states[::-1]


def _flipped(side: int, *arrays: np.ndarray | None) -> list[np.ndarray | None]:
    """Arrays (batch, time, ...) in the order in which a direction reads: the second one, 1, from the end."""
    return [array[:, ::-1] if side and array is not None else array for array in arrays]


def _concatenated(passes: list[Pass]) -> np.ndarray:
    return np.concatenate([_flipped(side, read.outputs)[0] for side, read in enumerate(passes)], axis=-1)


def _ends(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last timestep (batch,) of each row."""
    return mask.argmax(1), mask.shape[1] - 1 - mask[:, ::-1].argmax(1)


def _head_gradient(network: Network, hidden: np.ndarray, targets: np.ndarray, model_io: ModelIO) -> np.ndarray:
    """Derivatives of each row's loss by `hidden` (batch, units), which the dense layers read, up to a factor of the row."""
    results = [hidden]
    for kernel, bias, function in network.dense:
        results.append(function(results[-1] @ kernel + bias))
    kernel, bias = network.output
    flowing = _loss_gradient(results[-1] @ kernel + bias, targets, model_io)
    flowing = flowing.astype(np.float32) @ kernel.T
    for (kernel, _, _), dense, result in zip(network.dense[::-1], network.spec.dense[::-1], results[:0:-1], strict=True):
        flowing = flowing * ACTIVATIONS[dense.activation].slope(result) @ kernel.T
    return flowing


def _loss_gradient(outputs: np.ndarray, targets: np.ndarray, model_io: ModelIO) -> np.ndarray:
    """Derivatives of each row's loss by the outputs (batch, units), divided by their norm: then none is too small for float32."""
    outputs, kind = outputs.astype(np.float64), model_io.output
    if isinstance(kind, Values):
        error = outputs - targets.reshape(outputs.shape)
        gradient = np.clip(error, -1, 1) if kind.huber else error
    elif isinstance(kind, Binary):
        sign = np.where(targets.reshape(outputs.shape) > 0, 1.0, -1.0)
        gradient = -sign / (1 + np.exp(np.minimum(sign * outputs, 700)))
    else:
        gradient, at = softmax(outputs), (np.arange(len(outputs)), targets.astype(int))
        gradient[at] = 0
        gradient[at] = -gradient.sum(-1)  # 1 - p, without its rounding
    norm = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return np.divide(gradient, norm, out=np.zeros_like(gradient), where=norm > 0)


def _curve(layer: int, state: str, norms: np.ndarray, mask: np.ndarray) -> Curve | None:
    """`norms` (batch, time) of the gradient. None without a finite one. Timesteps that more than half of the rows do not have are left out."""
    _, last = _ends(mask)
    ends = norms[np.arange(len(norms)), last]
    usable = np.isfinite(ends) & (ends > 0)
    if not usable.any():
        return None
    norms, mask, last, ends = norms[usable], mask[usable], last[usable], ends[usable]
    longest = int(np.median(mask.sum(1)))
    back = np.unique(np.linspace(0, longest - 1, min(longest, MOST_POINTS)).round().astype(int))
    places = last[:, None] - back
    relative = np.where(places >= 0, np.take_along_axis(norms, np.maximum(places, 0), 1) / ends[:, None], np.nan)
    median = np.nanmedian(np.where(np.take_along_axis(mask, np.maximum(places, 0), 1), relative, np.nan), 0)
    known = np.isfinite(median)
    return Curve(layer, state, tuple(back[known].tolist()), tuple(float(f"{value:.5g}") for value in median[known]))


def multiplications(network: Network, timesteps: int) -> float:
    """Of one row, about: forward, and twice as many backward."""
    return 3.0 * timesteps * sum(side.kernel.size + side.recurrent.size for layer in network.layers for side in layer)
