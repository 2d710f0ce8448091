"""The card on Home: the example reads two reviews that turn, and colours them word by word."""

from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.home.motion import card_component
from pages.parts.shell import services
from pages.parts.tasks.reviews.run_data import scorer_of
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.reviews import sources

_REVIEWS = (
    "the start is dull but the acting is excellent and the ending is wonderful",
    "a great cast and a promising start but the story is a boring waste of time",
)
_HTML = """
<p class="words"></p>
<div class="scale"><i class="needle"></i></div>
<p class="ends"><span class="negative"></span><b></b><span class="positive"></span></p>
"""
_CARD = card_component("rnn_card_reviews", Path(__file__), _HTML)


def card() -> None:
    """Draw the reviews, one after the other; `data` is what card.js reads: words and the score after each, and the two classes."""
    run = example.run_of("reviews", services.store())
    _CARD(data={**_scores(run.id), "label": f"{run.title} reads a review word by word; its score changes with every word"})


@st.cache_data(show_spinner=False)
def _scores(run_id: str) -> dict:
    scorer = scorer_of(run_id, Weights(checkpoints.version(services.store(), run_id), best=True))
    reviews = []
    for words in map(sources.words_of, _REVIEWS):
        scores = scorer.running_scores(words, scorer.prefix_predictions(words))
        reviews.append({"words": words, "scores": np.nan_to_num(scores, nan=0.5).round(3).tolist()})
    return {"reviews": reviews, "names": list(scorer.names)}
