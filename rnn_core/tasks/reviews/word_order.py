"""Whether a network uses the order of words: reviews as they are, and with their words shuffled."""

from dataclasses import dataclass

import numpy as np

from rnn_core.tasks.reviews.dataset import last_words
from rnn_core.tasks.reviews.scorer import ReviewScorer
from rnn_core.tasks.reviews.sources import Reviews

REVIEWS = 300  # a few tenths of a second with 200 words each
_SEED = 1  # the same reviews and the same shuffles for every network


@dataclass(frozen=True)
class ShuffledTest:
    reviews: int  # how many were scored; those without a known word are not
    accuracy: float
    shuffled_accuracy: float  # of the same reviews, after their words were shuffled
    same: float  # share of reviews with the same prediction


def shuffled_test(scorer: ReviewScorer, reviews: Reviews, count: int = REVIEWS) -> ShuffledTest | None:
    """Score random test reviews as they are and shuffled; None where there is no test review with a known word.

    Only words that the network reads are shuffled, so both versions have the same words.
    """
    random = np.random.default_rng(_SEED)
    chosen = random.permutation(len(reviews.test))[:count]
    texts = [last_words([reviews.words[rank - 1] for rank in reviews.test.review(i)], scorer.data) for i in chosen]
    scores = scorer.scores(texts)
    shuffled = scorer.scores([[words[i] for i in random.permutation(len(words))] for words in texts])
    scored = ~np.isnan(scores)
    if not scored.any():
        return None
    labels = np.asarray(reviews.test.labels)[chosen][scored]
    before, after = scores[scored] > 0.5, shuffled[scored] > 0.5
    right, shuffled_right = (float((verdicts == labels).mean()) for verdicts in (before, after))
    return ShuffledTest(int(scored.sum()), right, shuffled_right, float((before == after).mean()))
