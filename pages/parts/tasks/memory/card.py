"""The card on Home: the example reads a sequence symbol by symbol, and its answer must survive until the end."""

from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.home.motion import card_component
from pages.parts.shell import services
from rnn_core.lessons import example
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.runs import checkpoints
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.problems import PROBLEMS, draw, vectors
from rnn_core.tasks.memory.task import TASK

_TIMESTEPS = 21  # as many tiles as fit on the card
_SEQUENCES = 3
_SEED = 4
_HTML = '<p class="symbols"></p><ul class="answers"></ul><p class="readout"></p>'
_CARD = card_component("rnn_card_memory", Path(__file__), _HTML)


def card() -> None:
    """Draw the sequences, one after the other; `data` is what card.js reads: symbols, and the probabilities after each."""
    run = example.run_of(TASK.name, services.store())
    label = f"{run.title} reads sequences; their first letter must be remembered to the end"
    _CARD(data={"sequences": _read(run.id), "answers": list(_problem(run.id).answers), "label": label})


def _problem(run_id: str):
    return PROBLEMS[services.store().runs.spec(run_id).data.source]


@st.cache_data(show_spinner=False)
def _read(run_id: str) -> list[dict]:
    network, problem = checkpoints.network(services.store(), run_id), _problem(run_id)
    drawn = draw(problem, 200, _TIMESTEPS, _SEED)
    rows = [row[np.flatnonzero(row)[0] :] for row in drawn.symbols[drawn.distances == _TIMESTEPS - problem.extra][:_SEQUENCES]]
    return [
        {
            "symbols": [problem.symbols[symbol - 1] for symbol in row],
            "shares": probabilities(predict_prefixes(network, vectors(problem, row)).logits).round(3).tolist(),
        }
        for row in rows
    ]
