"""What a memory answers after each timestep of a sequence, and which of them it looks back to."""

import numpy as np
import streamlit as st

from pages.parts.run.weights import network_of
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.look_back import influence
from rnn_core.tasks.memory.problems import PROBLEMS, vectors


@st.cache_data(max_entries=64, show_spinner=False)
def answers(run_id: str, weights: Weights, source: str, symbols: np.ndarray) -> tuple[list[int], np.ndarray]:
    """Timesteps, and the probabilities (timesteps, answers) of symbols (timesteps,); cached, so a tick computes nothing again."""
    prefixes = predict_prefixes(network_of(run_id, weights), vectors(PROBLEMS[source], symbols))
    return prefixes.timesteps.tolist(), probabilities(prefixes.logits)


@st.cache_data(max_entries=64, show_spinner=False)
def looked_back(run_id: str, weights: Weights, source: str, symbols: np.ndarray) -> np.ndarray:
    """How much the answer depends on each of the symbols (timesteps,), from 0 to 1; NaN where that was not measured."""
    return influence(network_of(run_id, weights), PROBLEMS[source], symbols)
