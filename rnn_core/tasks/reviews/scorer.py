"""Reading reviews with a trained network: the score of a text, after each of its words, and without each of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.nn.run_files import DamagedFile
from rnn_core.tasks import tokenizer
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.reviews.dataset import last_words, padded
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.tokenizer import Words

_AT_ONCE = 64  # texts read side by side: leaving out each of 100 words takes a BiLSTM 64 13 ms; 11 ms at 128 or 256


class ReviewScorer:
    """Scores are the probability of the second class, such as `positive`, read the way the network was trained.

    What the network says to unknown words alone is no evidence: such a score is NaN.
    """

    def __init__(
        self,
        network: Network,
        words: Words,
        data: ReviewsData,
        trained: bool = True,
        names: Sequence[str] = ("negative", "positive"),
    ):
        """`trained` is False of weights from before the first step; `names` are those of the two classes."""
        self.network, self.words, self.data, self.trained, self.names = network, words, data, trained, names

    @classmethod
    def of_run(cls, network: Network, data: ReviewsData, folder: Path, trained: bool) -> "ReviewScorer":
        """With the words that a run keeps in its folder. Raises `DamagedFile`."""
        words, fields = tokenizer.read(folder)
        try:
            first, second = fields["names"]
        except (KeyError, TypeError, ValueError):
            raise DamagedFile(folder / tokenizer.VOCABULARY, "it does not name two classes") from None
        return cls(network, words, data, trained, (first, second))

    def known(self, words: list[str]) -> np.ndarray:
        """Which of a review's words are read and known, shape (words,)."""
        read = last_words(words, self.data)
        return np.array([False] * (len(words) - len(read)) + [word in self.words.ids for word in read], bool)

    def scores(self, reviews: list[list[str]]) -> np.ndarray:
        """One score a review (its words, of which the last `length` are read), shape (reviews,)."""
        batches = [self._batch(reviews[i : i + _AT_ONCE]) for i in range(0, len(reviews), _AT_ONCE)]
        scores = np.concatenate(batches) if batches else np.empty(0)
        return np.where([self.known(review).any() for review in reviews], scores, np.nan)

    def _batch(self, reviews: list[list[str]]) -> np.ndarray:
        ids = [self.words.encode(last_words(review, self.data)) for review in reviews]
        if not self.data.masking:
            return _second(self.network.classify(padded(ids, self.data, self.data.length)))
        lengths = np.array([len(i) for i in ids])
        rows = np.zeros((len(ids), lengths.max()), np.int32)
        for row, i in zip(rows, ids, strict=True):
            row[: len(i)] = i
        return _second(self.network.classify(rows, lengths))

    def prefix_predictions(self, words: list[str]) -> PrefixPredictions:
        """The answers after the words of one review, of which the last `length` are read."""
        ids = self.words.encode(last_words(words, self.data))
        empty = 0 if self.data.masking else self.data.length
        before = self.data.padding == "before"
        return predict_prefixes(
            self.network, ids, padding_before=empty - len(ids) if empty and before else 0, padding_after=0 if before else empty
        )

    def running_scores(self, words: list[str], read: PrefixPredictions) -> np.ndarray:
        """The score after each word that is read; straight lines between those that `read` has, NaN before the first known word."""
        scores = np.interp(np.arange(1, read.timesteps[-1] + 1), read.timesteps, _second(read.logits))
        return np.where(np.cumsum(self.known(words)[-len(scores) :]) > 0, scores, np.nan)

    def leave_one_out(self, words: list[str], first: int = 0) -> np.ndarray:
        """The score of the review without its word `first`, without the next, ..., shape (words - first,)."""
        return self.scores([words[:i] + words[i + 1 :] for i in range(first, len(words))])


def _second(logits: np.ndarray) -> np.ndarray:
    return probabilities(logits)[:, 1]
