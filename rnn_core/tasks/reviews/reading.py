"""What a network reads in one review: the score after each word, and how much each word matters."""

from dataclasses import dataclass

import numpy as np

from rnn_core.tasks.reviews.scorer import ReviewScorer

_PRODUCTS = 10_000_000_000  # for all reviews without one word; about half a second of a core


@dataclass(frozen=True)
class Reading:
    """Arrays (words,) of one review. Scores are probabilities of the second class."""

    known: np.ndarray  # bool: whether the word is in the vocabulary
    scores: np.ndarray  # if the review ended after the word; NaN before the first known word
    without: np.ndarray  # of the review without the word; NaN where the word is unknown, no other is known, or it was not tried
    points: int  # how many of `scores` were computed; the others are interpolated
    tried: int  # of so many words, the last ones, `without` was computed

    @property
    def score(self) -> float:
        """The score of the review; NaN where no word is known."""
        return float(self.scores[-1]) if len(self.scores) else float("nan")

    @property
    def importance(self) -> np.ndarray:
        """How much higher the log-odds are with the word than without it (words,).

        Log-odds, because a score near 0 or 1 is saturated: it hardly moves, whatever a single word does.
        """
        return log_odds(self.score) - log_odds(self.without)


def log_odds(score: np.ndarray | float) -> np.ndarray:
    """ln(p / (1 - p)) of scores, finite for 0 and 1."""
    score = np.clip(score, 1e-12, 1 - 1e-12)
    return np.log(score / (1 - score))


def read(scorer: ReviewScorer, words: list[str]) -> Reading:
    """The reading of a review of at most `length` words."""
    known, empty = scorer.known(words), np.full(len(words), np.nan)
    if not known.any():
        return Reading(known, empty, empty, 0, 0)
    predictions = scorer.prefix_predictions(words)
    tried = min(len(words), max(1, _PRODUCTS // (len(words) * _products(scorer))))
    without = np.concatenate([empty[tried:], scorer.leave_one_out(words, len(words) - tried)])
    without[~known] = np.nan
    return Reading(known, scorer.running_scores(words, predictions), without, len(predictions.timesteps), tried)


def _products(scorer: ReviewScorer) -> int:
    """Multiplications per timestep."""
    return sum(d.kernel.size + d.recurrent.size for directions in scorer.network.layers for d in directions)
