"""Labelled reviews: IMDB as Keras publishes it, a small language of our own, or sentences that people bring.

Whatever the origin, a review is a row of word ranks: 1 is the most frequent word of the training part.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from rnn_core.data import download, flat, labelled, review_language, uploads
from rnn_core.data.source import Source, pick
from rnn_core.problem import Problem
from rnn_core.settings import Settings

OWN_REVIEWS = "reviews.json"  # a run's copy of uploaded reviews, in its own folder
FEWEST_TO_TEST = 30  # of fewer sentences none is set aside; of so many, enough are left to validate with
_TEST_SHARE = 10  # of people's own sentences, every tenth is for the test
_LONGEST_WORD = 60  # characters
_WORD = re.compile(r"[^\s!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~«»„“”…–—]+")  # Keras' filter, and quotes and dashes of other languages
_IMDB = {"x_train": ((25_000,), "O"), "y_train": ((25_000,), "iu"), "x_test": ((25_000,), "O"), "y_test": ((25_000,), "iu")}


FOUR_SENTENCES = labelled.Labelled(
    ("what a wonderful film", "i loved every minute of it", "a dull and empty story", "i nearly fell asleep"),
    (1, 1, 0, 0),
    ("negative", "positive"),
)


@dataclass(frozen=True)
class Part:
    """`ranks` of all reviews, one after the other; review i is `ranks[starts[i] : starts[i + 1]]`. Labels are 0 or 1."""

    ranks: np.ndarray  # uint32 (words,)
    starts: np.ndarray  # int64 (reviews + 1,)
    labels: np.ndarray  # uint8 (reviews,)
    hard: np.ndarray | None = None  # bool (reviews,): where word order decides, if that is known

    def __len__(self) -> int:
        return len(self.labels)

    def review(self, i: int) -> np.ndarray:
        return self.ranks[self.starts[i] : self.starts[i + 1]]


@dataclass(frozen=True)
class Reviews:
    train: Part
    test: Part  # empty where there are too few to set some aside
    packed_words: np.ndarray  # uint8: all words in order of rank, as UTF-8, a line each
    known: int  # ranks up to this one may be in a vocabulary: the words of the training part, or of IMDB's own index
    names: tuple[str, str] = ("negative", "positive")

    @cached_property
    def words(self) -> list[str]:
        """In order of rank; IMDB's take some 8 MB."""
        return bytes(self.packed_words).decode().split("\n")


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation, split as Keras split IMDB's reviews."""
    return [word[:_LONGEST_WORD] for word in _WORD.findall(text.lower().replace("’", "'"))]


def sources(settings: Settings) -> dict[str, Source]:
    """Every set of reviews by name, the best first."""
    remotes = (download.IMDB, download.IMDB_WORDS)
    here = download.found(remotes, settings)
    origin, read = "50,000 film reviews, as Keras publishes them.", None
    if here:
        paths, own = here
        origin = f"{origin} Read from {paths[0].name} in your data folder (RNN_DATA_DIR)." if own else origin
        read = lambda settings: _imdb(paths, own, settings)  # noqa: E731
    return {
        "imdb": Source("imdb", "IMDB film reviews", origin, read, remotes),
        "review-language": Source(
            "review-language",
            "Little review language",
            "10,000 short reviews from a grammar that comes with this program. In most of them the order of words decides.",
            _little,
        ),
        "four-sentences": Source(
            "four-sentences",
            "Four sentences",
            "Enough to see a network learn by heart, and far too few to learn what words mean.",
            lambda _: from_labelled(FOUR_SENTENCES),
        ),
    }


def load(name: str, settings: Settings, folder: Path | None = None) -> Reviews:
    """`folder` is the run's own, where uploaded sentences are kept. Raises `Problem` where the data is not here."""
    if uploads.is_upload(name):
        return from_labelled(labelled.from_bytes(uploads.read(name, settings, folder and folder / OWN_REVIEWS)))
    return pick(sources(settings), name, "Reviews").read(settings)


def from_labelled(own: labelled.Labelled) -> Reviews:
    """People's own sentences. Every tenth is set aside for the test, unless there are fewer than FEWEST_TO_TEST."""
    order = np.random.default_rng(len(own.texts)).permutation(len(own.texts))
    tests = len(order) // _TEST_SHARE if len(order) >= FEWEST_TO_TEST else 0
    texts, labels = ([column[i] for i in order] for column in (own.texts, own.labels))
    return from_texts((texts[tests:], labels[tests:], None), (texts[:tests], labels[:tests], None), own.names)


def from_texts(train: tuple, test: tuple, names: tuple[str, str] = ("negative", "positive")) -> Reviews:
    """Each part is (texts, labels, hard or None)."""
    counts = Counter(word for text in train[0] for word in words_of(text))
    words = sorted(counts, key=lambda word: (-counts[word], word))
    known = len(words)
    words += sorted({word for text in test[0] for word in words_of(text)} - counts.keys())
    if not words:
        raise Problem("There is no word in these sentences, only punctuation or blanks. Type words.")
    ranks = {word: rank for rank, word in enumerate(words, 1)}
    parts = [_part(([ranks[w] for w in words_of(text)] for text in texts), labels, hard) for texts, labels, hard in (train, test)]
    return Reviews(*parts, _packed(words), known, names)


def _part(reviews: Iterable[Sequence[int]], labels, hard=None) -> Part:
    reviews = [np.asarray(review, np.uint32) for review in reviews]
    starts = np.concatenate([[0], np.cumsum([len(review) for review in reviews], dtype=np.int64)]).astype(np.int64)
    ranks = np.concatenate([np.empty(0, np.uint32), *reviews])
    return Part(ranks, starts, np.asarray(labels, np.uint8), None if hard is None else np.asarray(hard, bool))


def _packed(words: list[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def _little(settings: Settings) -> Reviews:
    return _of_arrays(flat.kept("review-language", [Path(review_language.__file__)], _convert_little, settings))


def _convert_little(_) -> flat.Arrays:
    train, test = ((r.texts, r.labels, r.hard) for r in (review_language.training(), review_language.test()))
    return _arrays(from_texts(train, test))


def _imdb(paths: list[Path], own: bool, settings: Settings) -> Reviews:
    return _of_arrays(flat.kept("imdb", paths, _convert_imdb, settings, own))


def _convert_imdb(paths: list[Path], own: bool) -> flat.Arrays:
    # The file holds pickled lists, and reading a pickle runs what is in it: only Keras' own file, or one that the
    # person who runs this program put into RNN_DATA_DIR.
    if not own and not download.is_published(paths[0], download.IMDB):
        raise Problem(f"{paths[0]} is not the published file any more (its SHA-256 differs). Delete it, and download it again.")
    arrays = flat.read_npz(paths[0], pickled=True)
    try:
        index = json.loads(paths[1].read_text(encoding="utf-8"))
        words = sorted(index, key=index.get)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise Problem(f"{paths[1].name} cannot be read ({error}). It must be the file that Keras publishes; replace it.") from None
    flat.check(arrays, _IMDB, paths[0])
    parts = [_part(arrays[f"x_{side}"], arrays[f"y_{side}"]) for side in ("train", "test")]
    if max(part.ranks.max() for part in parts) > len(words):
        raise Problem(
            f"{paths[0].name} names words that {paths[1].name} does not have. Replace both with those that Keras publishes."
        )
    return _arrays(Reviews(*parts, _packed(words), len(words)))


def _arrays(reviews: Reviews) -> flat.Arrays:
    arrays = {"words": reviews.packed_words, "known": np.array(reviews.known)}
    for side, part in (("train", reviews.train), ("test", reviews.test)):
        arrays |= {f"{side}_ranks": part.ranks, f"{side}_starts": part.starts, f"{side}_labels": part.labels}
        arrays |= {} if part.hard is None else {f"{side}_hard": part.hard}
    return arrays


def _of_arrays(arrays: flat.Arrays) -> Reviews:
    parts = [
        Part(*(arrays[f"{side}_{name}"] for name in ("ranks", "starts", "labels")), arrays.get(f"{side}_hard"))
        for side in ("train", "test")
    ]
    return Reviews(*parts, arrays["words"], int(arrays["known"]))
