"""Networks of several runs at once, for the same input answered by all."""

import streamlit as st

from pages.parts.shell import services
from rnn_core.nn.network import Network
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights


@st.cache_resource(max_entries=10, show_spinner=False)
def network_of(run_id: str, weights: Weights) -> Network:
    """Cached until the run has newer weights. Raises `UserError`."""
    return checkpoints.network(services.store(), run_id, weights.best)
