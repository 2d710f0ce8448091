"""What lights the cells on the network's cards while an input is read: some units of each layer at each timestep."""

import base64

import numpy as np

from rnn_core.nn.network import Network

_CELLS = 16  # of a card
_LEVELS = 127  # of a number in a byte


def lights(network: Network, inputs: np.ndarray, first: int = 0) -> dict:
    """Hidden states (forward) of one input, ids (time,) or vectors (time, features), as the function `light` of kept.js reads them.

    They begin with timestep `first`. Of each layer, up to 16 units, evenly spread; 1 is the largest value of the layer.
    """
    layers = []
    for forward, *_ in network.trace(inputs[None]):
        hidden = next(iter(forward.states.values()))[0, first:]
        units = np.linspace(0, hidden.shape[1] - 1, _CELLS).round().astype(int)
        shown = hidden[:, units]
        layers.append(shown / max(float(np.abs(shown).max(initial=0)), 1e-6))
    packed = (np.stack(layers, 1) * _LEVELS).round().astype(np.int8)  # (time, layers, cells)
    return {"data": base64.b64encode(packed.tobytes()).decode(), "layers": len(layers), "cells": _CELLS}
