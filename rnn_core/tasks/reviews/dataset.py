"""The reviews task: a review is read word by word, and the network predicts how likely it is positive."""

from collections.abc import Iterator

import numpy as np

from rnn_core.errors import UserError
from rnn_core.spec.model_io import Binary, ModelIO, Tokens
from rnn_core.tasks.examples import ExamplesDataset
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.reviews.sources import Part, Reviews
from rnn_core.tasks.task import Parts
from rnn_core.tasks.tokenizer import Words

_AT_ONCE = 128  # reviews per batch of validation and test
POOL = 50  # batches among which reviews are sorted by length
_ROUND = 25  # timesteps; lengths of batches are rounded up to this, so TensorFlow compiles few of them


def vocabulary(reviews: Reviews, data: ReviewsData) -> Words:
    return Words(tuple(reviews.words[: kept_words(reviews, data)]))


def kept_words(reviews: Reviews, data: ReviewsData) -> int:
    """Number of words in the vocabulary."""
    return min(reviews.known_words, data.vocabulary - Words.FIRST)


def model_io(words: int, data: ReviewsData) -> ModelIO:
    """Input and output for a vocabulary of so many words."""
    return ModelIO(Tokens(words + Words.FIRST, data.masking), Binary(), None if data.masking else data.length)


def last_words(words: list[str], data: ReviewsData) -> list[str]:
    """The words of a review that are read: the last `length` ones."""
    return words[-data.length :]


def padded(reviews: list[np.ndarray], data: ReviewsData, length: int) -> np.ndarray:
    """Ids of several reviews -> (reviews, length) int32, with padding before or after."""
    x = np.full((len(reviews), length), Words.EMPTY, np.int32)
    for row, ids in zip(x, reviews, strict=True):
        ids = ids[-length:]
        if data.padding == "before":
            row[length - len(ids) :] = ids
        else:
            row[: len(ids)] = ids
    return x


def as_read(ids: np.ndarray, data: ReviewsData) -> np.ndarray:
    """What a network reads of one review: its ids (time,), with padding where it was trained without masking."""
    return ids if data.masking else padded([ids], data, data.length)[0]


def unknown_share(reviews: Reviews, data: ReviewsData) -> float:
    """Share of the words in training reviews that become `unknown`."""
    return float(np.mean(reviews.train.ranks > kept_words(reviews, data))) if len(reviews.train.ranks) else 0.0


def mean_length(reviews: Reviews, data: ReviewsData) -> float:
    """Mean number of timesteps per training review; without masking, padding counts."""
    return float(np.clip(np.diff(reviews.train.starts), 1, data.length).mean()) if data.masking else float(data.length)


class EncodedReviews:
    """Ids of the reviews of a part, cut to `length`. `table` is the id of each rank; without it, ids follow the ranks."""

    def __init__(self, part: Part, reviews: Reviews, data: ReviewsData, table: np.ndarray | None = None):
        self.part, self.data, self.kept_words, self.table = part, data, kept_words(reviews, data), table
        self.lengths = np.clip(np.diff(part.starts), 1, data.length)

    def ids(self, i: int) -> np.ndarray:
        """Ids of one review (words,); of an empty one, one unknown word, since a network needs at least one timestep."""
        ranks = self.part.review(i)[-self.data.length :]
        if not len(ranks):
            return np.array([Words.unknown_id], np.int32)
        if self.table is not None:
            return self.table[ranks]
        return np.where(ranks <= self.kept_words, ranks + np.uint32(Words.FIRST - 1), Words.unknown_id).astype(np.int32)

    def batch(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ids (reviews, timesteps) int32 and labels (reviews,). With masking, batches are only as long as needed."""
        longest = self.data.length
        if self.data.masking:
            longest = min(longest, -(-int(self.lengths[indices].max()) // _ROUND) * _ROUND)
        return padded([self.ids(i) for i in indices], self.data, longest), np.asarray(self.part.labels[indices])


class ReviewsDataset(ExamplesDataset):
    """Reviews as ids in batches."""

    def __init__(self, spec: Parts, reviews: Reviews, words: Words | None = None):
        """`words` is the vocabulary of a run that continues; another version of this program may have built it."""
        super().__init__(spec, len(reviews.train), reviews.train.groups, np.asarray(reviews.train.labels))
        if not len(self.train):
            raise UserError("There are no reviews to train on. Use at least four sentences.")
        if len(classes := np.unique(reviews.train.labels[self.train])) < 2:
            raise UserError(
                f"All of the {len(self.train):,} reviews to train on have the label {reviews.names[classes[0]]!r}, so there is nothing to tell "
                "apart. Choose more training examples."
            )
        self.reviews = reviews
        words_of_data = vocabulary(reviews, spec.data)
        self.vocabulary = words or words_of_data
        self.model_io = model_io(len(self.vocabulary.words), spec.data)
        table = None
        if self.vocabulary.words != words_of_data.words:
            table = np.array([Words.EMPTY, *(self.vocabulary.ids.get(word, Words.unknown_id) for word in reviews.words)], np.int32)
        self.encoded_train, self.encoded_test = (
            EncodedReviews(part, reviews, spec.data, table) for part in (reviews.train, reviews.test)
        )

    @property
    def timesteps(self) -> float:
        """Mean length of batches."""
        return mean_length(self.reviews, self.spec.data)

    def training(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Ids (batch, timesteps) and labels (batch,), in a new order each epoch.

        With masking, reviews of similar length are in one batch: there is less padding, and results are the same.
        """
        random = np.random.default_rng([self.spec.seed, epoch])
        order = random.permutation(self.train)[: self.steps * self.batch]
        if self.spec.data.masking:
            pools = np.split(order, range(POOL * self.batch, len(order), POOL * self.batch))
            order = np.concatenate([pool[np.argsort(self.encoded_train.lengths[pool], kind="stable")] for pool in pools])
        batches = order.reshape(self.steps, self.batch)
        for indices in random.permutation(batches):
            yield self.encoded_train.batch(indices)

    def validation(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield from self._in_pieces(
            self.encoded_train, self.held_out[np.argsort(self.encoded_train.lengths[self.held_out], kind="stable")]
        )

    @property
    def test_order(self) -> np.ndarray:
        """Indices of test reviews in the order of `test`: the short ones first."""
        return np.argsort(self.encoded_test.lengths, kind="stable")

    def test(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield from self._in_pieces(self.encoded_test, self.test_order)

    @staticmethod
    def _in_pieces(encoded: EncodedReviews, indices: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(indices), _AT_ONCE):
            yield encoded.batch(indices[start : start + _AT_ONCE])
