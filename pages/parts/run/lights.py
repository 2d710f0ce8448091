"""What lights the cells on the network's cards while an input is read: some units of each layer at each timestep."""

import base64
import hashlib

import numpy as np
import streamlit as st

from pages.parts.run.weights import network_of
from pages.parts.shell import session
from pages.parts.shell.component import component
from rnn_core.nn.network import Network
from rnn_core.runs.checkpoints import Weights
from rnn_core.spec.summary import layer_name

_CELLS = 16  # of a card
_LEVELS = 127  # of a number in a byte
_PLAYER = component("rnn_lights", __file__, "<i hidden></i>", css=())


def lights(network: Network, inputs: np.ndarray, first: int = 0) -> dict:
    """Hidden states (forward) of one input, ids (time,) or vectors (time, features), as the function `light` of kept.js reads them.

    They begin with timestep `first`; `layers` are the names of the layers. Of each layer, up to 16 units, evenly spread; 1 is the largest value of the layer.
    """
    layers = []
    for forward, *_ in network.trace(inputs[None]):
        hidden = next(iter(forward.states.values()))[0, first:]
        units = np.linspace(0, hidden.shape[1] - 1, _CELLS).round().astype(int)
        shown = hidden[:, units]
        layers.append(shown / max(float(np.abs(shown).max(initial=0)), 1e-6))
    packed = (np.stack(layers, 1) * _LEVELS).round().astype(np.int8)  # (time, layers, cells)
    return {
        "data": base64.b64encode(packed.tobytes()).decode(), "timesteps": len(packed), "cells": _CELLS,
        "layers": [layer_name(layer) for layer in network.spec.layers],
    }  # fmt: skip


@st.cache_data(max_entries=64, show_spinner=False)
def lights_of(run_id: str, weights: Weights, inputs: np.ndarray) -> dict:
    """The lights of a run's network; cached, so a tick computes nothing again."""
    return lights(network_of(run_id, weights), inputs)


def light_up(run_id: str, weights: Weights, inputs: np.ndarray) -> None:
    """Light the cells of the network's cards as it reads an input, once: other weights that read the same do not light them again."""
    packed = lights_of(run_id, weights, inputs)
    read = hashlib.sha256(repr(inputs.shape).encode() + inputs.tobytes()).hexdigest()[:16]
    _PLAYER(key=session.LIGHTS(run_id).name, data={"read": read, "lights": packed}, height="content", width="content")
