"""Networks of runs, and one input's way through them; cached until the run has newer weights or something else is read."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from pages.parts.inside.content import Facts, facts_of
from pages.parts.run.weights import network_of
from rnn_core.nn.inside import Inside, look_inside
from rnn_core.nn.network import Network
from rnn_core.runs.checkpoints import Weights


@st.cache_resource(max_entries=4, show_spinner=False)
def inside_of(run_id: str, weights: Weights, inputs: np.ndarray, _progress: Callable[[float, str], None]) -> Inside:
    """Do not change the arrays: all sessions share them."""
    return look_inside(network_of(run_id, weights), inputs, _progress)


@st.cache_resource(max_entries=16, show_spinner=False)
def facts(run_id: str, weights: Weights, read: str, layer: int, side: int, wanted: tuple[int, ...], _inside: Inside) -> Facts:
    """`read` is the id of the input, `wanted` are units to be drawn."""
    return facts_of(network_of(run_id, weights), _inside, layer, side, wanted)


def products(network: Network, timesteps: int) -> float:
    """Multiplications of one pass."""
    return timesteps * float(sum(d.kernel.size + d.recurrent.size for directions in network.layers for d in directions))
