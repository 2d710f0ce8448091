"""Kinds of words, by which the map of the embedding is coloured: how the network scores each word alone."""

from collections.abc import Sequence

import numpy as np

from pages.parts.tasks.reviews.run_data import scorer_of
from rnn_core.runs.checkpoints import Weights

_UNDECIDED = (0.4, 0.6)  # scores between the two classes


def token_kinds(run_id: str, weights: Weights, tokens: Sequence[str]) -> tuple[dict[str, str], list[int]]:
    scorer = scorer_of(run_id, weights)
    scores = scorer.scores([[token] for token in tokens])
    kinds = np.where(np.isnan(scores), 1, np.digitize(scores, _UNDECIDED))  # the unknown word has no score
    return {
        f"alone: {scorer.names[0]}": "negative",
        "in between": "neutral",
        f"alone: {scorer.names[1]}": "positive",
    }, kinds.tolist()
