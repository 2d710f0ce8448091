"""The strip "Why recurrence?": an example network unrolled over a word, with the numbers that it carries from step to step."""

from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.home.motion import moving_component
from pages.parts.shell import services
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import visible
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.task import all_tasks

_WORD = "clas"  # what is read of "class"
_UNITS = 8  # of the hidden state on show: those that change most
_LIKELIEST = 3  # next characters
_HTML = """
<div class="strip">
  <svg role="group" aria-label="A recurrent network, unrolled over time"></svg>
  <p class="read"></p>
</div>
"""
_STRIP = moving_component("rnn_unrolled", Path(__file__), _HTML)


@showing_errors
def unrolled_strip() -> None:
    """Draw the strip. `data` is what unrolled.js reads: `steps` with the `input`, the `state` after it, and what is likeliest next, as
    `next` and `shares`; and `units`, the size of the hidden state. Without an example that writes, nothing is drawn."""
    task = next((task for task in all_tasks() if task.generates and task.example), None)
    if task is None:
        return
    _STRIP(data=_steps(example.run_of(task.name, services.store()).id))


@st.cache_data(show_spinner=False)
def _steps(run_id: str) -> dict:
    network, tokenizer = checkpoints.network(services.store(), run_id), checkpoints.tokenizer(services.store(), run_id)
    states = network.hidden(tokenizer.encode(_WORD)[None])[0]
    shares = probabilities(network.logits(states))
    changes = np.abs(np.diff(states, axis=0)).sum(0)
    shown = np.sort(np.argsort(-changes, kind="stable")[:_UNITS])
    steps = []
    for character, state, share in zip(_WORD, states, shares, strict=True):
        likeliest = np.argsort(-share, kind="stable")[:_LIKELIEST]
        steps.append(
            {
                "input": visible(character), "state": state[shown].round(2).tolist(),
                "next": [visible(tokenizer.tokens[i]) for i in likeliest], "shares": share[likeliest].round(3).tolist(),
            }
        )  # fmt: skip
    return {"steps": steps, "units": states.shape[1]}
