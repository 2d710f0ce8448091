"""Predictions for prefixes: the output of a trained network if the input ended after each timestep."""

from dataclasses import dataclass

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.nn.network import Network

# Seconds, fitted to `python -m benchmarks.trace` on two cores of a Zen 5 server.
_BUDGET = 0.035  # for all prefixes of one input
_TIMESTEP = 20e-6  # of a layer in one direction, for any number of prefixes in a batch
_PRODUCT = 1 / 45e9
_ACTIVATION = 60  # the activation of one gate takes as long as so many products


@dataclass(frozen=True)
class PrefixPredictions:
    timesteps: np.ndarray  # (points,): lengths of the prefixes, from 1 to the whole input
    logits: np.ndarray  # (points, outputs)


def predict_prefixes(network: Network, inputs: np.ndarray, padding_after: int = 0, padding_before: int = 0) -> PrefixPredictions:
    """Predictions for the prefixes of one input, ids (time,) or vectors (time, features).

    Without masking a network also reads padding: `padding_before` timesteps before the input, or behind each prefix as many as
    fill it up to `padding_after` timesteps. A bidirectional network and padding behind need a pass for every prefix. Where all
    prefixes would take longer than `_BUDGET`, only some are predicted, evenly spread.
    """
    time = len(inputs)
    if padding_before:
        inputs = np.concatenate([np.zeros(padding_before, inputs.dtype), inputs])
    if not padding_after and not any(len(directions) == 2 for directions in network.layers):
        logits = logits_of_prefixes(network, network.hidden(inputs[None])[0])
        return PrefixPredictions(np.arange(1, time + 1), logits[padding_before:])
    pass_seconds, point_seconds = _cost(network, max(len(inputs), padding_after))
    max_points = max(2, int((_BUDGET - pass_seconds) / point_seconds))
    timesteps = np.unique(np.linspace(1, time, min(time, max_points)).round().astype(int))
    if padding_after:
        prefixes = np.zeros((len(timesteps), max(padding_after, time)), inputs.dtype)
        for row, end in zip(prefixes, timesteps, strict=True):
            row[:end] = inputs[:end]
        return PrefixPredictions(timesteps, network.classify(prefixes))
    prefixes = np.broadcast_to(inputs, (len(timesteps), *inputs.shape))
    return PrefixPredictions(timesteps, network.classify(prefixes, timesteps + padding_before))


def logits_of_prefixes(network: Network, x: np.ndarray) -> np.ndarray:
    """Logits (time, outputs) of all prefixes from the last layer's hidden states (time, units); only where it reads in one direction."""
    match network.spec.pooling:
        case "last":
            pass
        case "mean":
            x = np.cumsum(x, axis=0) / np.arange(1, len(x) + 1)[:, None]
        case "max":
            x = np.maximum.accumulate(x, axis=0)
        case unknown:
            raise ValueError(f"Unknown pooling {unknown!r}")
    return network.logits(x)


def _cost(network: Network, time: int) -> tuple[float, float]:
    """Seconds of a pass over `time` timesteps, and of each prefix in it, which has half as many on average."""
    directions, products = 0, 0.0
    for i, sides in enumerate(network.layers):
        directions += len(sides)
        for d in sides:
            width = d.kernel.shape[0] if i else 0  # all prefixes share the first layer's input products
            products += len(CELLS[d.spec.cell].gates) * d.spec.units * (width + d.spec.units + _ACTIVATION)
    return directions * time * _TIMESTEP, products * _PRODUCT * time / 2
