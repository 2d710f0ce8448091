"""Scores of reviews by a trained network: of whole reviews, after each word, and without each word."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.nn.run_files import DamagedFile
from rnn_core.tasks import tokenizer
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.reviews.dataset import as_read, last_words, padded
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.tokenizer import Words

_AT_ONCE = 64  # reviews per batch: leaving out each of 100 words takes a BiLSTM 64 13 ms; 11 ms at 128 or 256


class ReviewScorer:
    """Scores are probabilities of the second class, such as `positive`, with padding and length as in training.

    The score of a review with only unknown words is NaN.
    """

    def __init__(
        self,
        network: Network,
        words: Words,
        data: ReviewsData,
        trained: bool = True,
        names: Sequence[str] = ("negative", "positive"),
    ):
        """`trained` is False for weights before the first step; `names` are those of the two classes."""
        self.network, self.words, self.data, self.trained, self.names = network, words, data, trained, names

    @classmethod
    def of_run(cls, network: Network, data: ReviewsData, folder: Path, trained: bool) -> "ReviewScorer":
        """The scorer of a run, with the vocabulary in its folder. Raises `DamagedFile`."""
        words, fields = tokenizer.read(folder)
        try:
            first, second = fields["names"]
        except (KeyError, TypeError, ValueError):
            raise DamagedFile(folder / tokenizer.VOCABULARY, "it does not name two classes") from None
        return cls(network, words, data, trained, (first, second))

    def known(self, words: list[str]) -> np.ndarray:
        """Which words of a review are read and in the vocabulary, (words,)."""
        read = last_words(words, self.data)
        return np.array([False] * (len(words) - len(read)) + [word in self.words.ids for word in read], bool)

    def as_read(self, words: list[str]) -> np.ndarray:
        """What the network reads of one review: ids (time,)."""
        return as_read(self.words.encode(last_words(words, self.data)), self.data)

    def scores(self, reviews: list[list[str]]) -> np.ndarray:
        """Scores (reviews,) of reviews as lists of words, of which the last `length` are read."""
        batches = [self._batch(reviews[i : i + _AT_ONCE]) for i in range(0, len(reviews), _AT_ONCE)]
        scores = np.concatenate(batches) if batches else np.empty(0)
        return np.where([self.known(review).any() for review in reviews], scores, np.nan)

    def _batch(self, reviews: list[list[str]]) -> np.ndarray:
        ids = [self.words.encode(last_words(review, self.data)) for review in reviews]
        if not self.data.masking:
            return _second_class(self.network.classify(padded(ids, self.data, self.data.length)))
        lengths = np.array([len(i) for i in ids])
        rows = np.zeros((len(ids), lengths.max()), np.int32)
        for row, i in zip(rows, ids, strict=True):
            row[: len(i)] = i
        return _second_class(self.network.classify(rows, lengths))

    def prefix_predictions(self, words: list[str]) -> PrefixPredictions:
        """Predictions after each word of one review, of which the last `length` are read."""
        ids = self.words.encode(last_words(words, self.data))
        if self.data.masking:
            return predict_prefixes(self.network, ids)
        if self.data.padding == "before":
            return predict_prefixes(self.network, ids, padding_before=self.data.length - len(ids))
        return predict_prefixes(self.network, ids, padding_after=self.data.length)

    def running_scores(self, words: list[str], predictions: PrefixPredictions) -> np.ndarray:
        """The score after each word that is read, interpolated between predictions; NaN before the first known word."""
        scores = np.interp(np.arange(1, predictions.timesteps[-1] + 1), predictions.timesteps, _second_class(predictions.logits))
        return np.where(np.cumsum(self.known(words)[-len(scores) :]) > 0, scores, np.nan)

    def leave_one_out(self, words: list[str], first: int = 0) -> np.ndarray:
        """Scores (words - first,) of the review without each of its words, from word `first` on."""
        return self.scores([words[:i] + words[i + 1 :] for i in range(first, len(words))])


def _second_class(logits: np.ndarray) -> np.ndarray:
    return probabilities(logits)[:, 1]
