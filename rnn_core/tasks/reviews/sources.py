"""Labelled reviews: IMDB as published by Keras, a bundled small review language, or users' own sentences.

Every review is a sequence of word ranks; rank 1 is the most frequent word of the training part.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnn_core.data import array_cache, download, labelled, uploads
from rnn_core.data.source import Source, pick
from rnn_core.data.split import set_aside
from rnn_core.errors import UserError
from rnn_core.settings import Settings
from rnn_core.tasks.reviews import review_language

OWN_REVIEWS = "reviews.json"  # a run's copy of uploaded reviews, in its folder
FEWEST_TO_TEST = 30  # fewer sentences have no test set; with so many, enough are left to validate
_LARGE_UPLOAD = 2_000_000  # bytes; larger uploads are converted in another process and cached on disk
_OWN_VERSION = "1"  # of the conversion of sentences; another version converts them again
_TEST_SHARE = 10  # every tenth of users' own sentences is in the test set
LONGEST_WORD = 60  # characters; longer words are cut
WORD = re.compile(
    r"[^\s!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~«»„“”…–—]+"
)  # without Keras' filter characters and the quotes and dashes of other languages
_IMDB = {"x_train": ((25_000,), "O"), "y_train": ((25_000,), "iu"), "x_test": ((25_000,), "O"), "y_test": ((25_000,), "iu")}


FOUR_SENTENCES = labelled.LabelledTexts(
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
    hard: np.ndarray | None = None  # bool (reviews,): whether word order decides, if known
    groups: np.ndarray | None = None  # int (reviews,): equal for reviews that no cut may separate; None for published data

    def __len__(self) -> int:
        return len(self.labels)

    def review(self, i: int) -> np.ndarray:
        return self.ranks[self.starts[i] : self.starts[i + 1]]


@dataclass(frozen=True)
class Reviews:
    train: Part
    test: Part  # empty if there are too few reviews
    packed_words: np.ndarray  # uint8: all words in order of rank, as lines in UTF-8
    known_words: int  # largest rank in a vocabulary: number of words in the training part, or in IMDB's word index
    names: tuple[str, str] = ("negative", "positive")
    near_duplicates: int = 0  # number of own sentences with the words of an earlier one
    contradictions: int = 0  # number of own sentences with the words of one with the other label

    @cached_property
    def words(self) -> list[str]:
        """All words in order of rank; about 8 MB for IMDB."""
        return bytes(self.packed_words).decode().split("\n")


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation, split as in Keras' IMDB data."""
    return [word[:LONGEST_WORD] for word in WORD.findall(text.lower().replace("’", "'"))]


def sources(settings: Settings) -> dict[str, Source]:
    """All sets of reviews by name, the best first."""
    remotes = (download.IMDB, download.IMDB_WORDS)
    local = download.local_files(remotes, settings)
    origin, read = "50,000 film reviews, as published by Keras.", None
    if local:
        paths, own = local
        origin = f"{origin} Read from {paths[0].name} in your data folder (RNN_DATA_DIR)." if own else origin
        read = lambda settings: _imdb(paths, own, settings)  # noqa: E731
    return {
        "imdb": Source("imdb", "IMDB film reviews", origin, read, remotes),
        "review-language": Source(
            "review-language",
            "Little review language",
            "10,000 short reviews from a grammar that comes with this program. In most of them word order decides.",
            _review_language,
        ),
        "four-sentences": Source(
            "four-sentences",
            "Four sentences",
            "Enough to see a network memorise, and far too few to learn what words mean.",
            lambda _: from_labelled(FOUR_SENTENCES),
        ),
    }


def load(name: str, settings: Settings, folder: Path | None = None) -> Reviews:
    """Reviews by name; `folder` is that of a run, with its copy of uploads. Raises `UserError` if the data is not available."""
    if uploads.is_upload(name):
        path = uploads.find(name, settings, folder and folder / OWN_REVIEWS)
        if path.stat().st_size < _LARGE_UPLOAD:
            return from_labelled(labelled.from_bytes(path.read_bytes()))
        return _of_arrays(array_cache.load_or_build(name, [path], _convert_own, settings, version=_OWN_VERSION))
    return pick(sources(settings), name, "Reviews").read(settings)


def from_labelled(own: labelled.LabelledTexts) -> Reviews:
    """Users' own sentences. Every tenth is in the test set, unless fewer than FEWEST_TO_TEST are different.

    Sentences with the same words, in any case and punctuation, are the same for a network, so all are in one part.
    """
    rows, words = _numbered(own.texts)
    numbers: dict[bytes, int] = {}
    groups = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows])
    labels = np.array(own.labels, np.uint8)
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    test, train = set_aside(order, _TEST_SHARE, groups, labels) if len(numbers) >= FEWEST_TO_TEST else (order[:0], order)
    parts = [
        NumberedReviews([rows[i] for i in part], labels[part], groups=np.unique(groups[part], return_inverse=True)[1])
        for part in (train, test)
    ]
    contradictions = np.intersect1d(groups[labels == 0], groups[labels == 1])
    return _ranked(*parts, words, own.names, len(rows) - len(numbers), int(np.isin(groups, contradictions).sum()))


def repeat_notes(reviews: Reviews) -> list[str]:
    """Notes about near-duplicates among users' own sentences, and about those with different labels."""
    notes = []
    if reviews.near_duplicates:
        notes.append(
            f"{reviews.near_duplicates:,} of the sentences repeat the words of another one; only case, punctuation or blanks differ. Such sentences "
            "stay together in training, validation or test."
        )
    if reviews.contradictions:
        notes.append(
            f"{reviews.contradictions:,} sentences have the words of one with the other label. They are the same for the network, so some "
            "predictions must be wrong. Correct their labels."
        )
    return notes


def from_texts(train: tuple, test: tuple, names: tuple[str, str] = ("negative", "positive")) -> Reviews:
    """Each part is (texts, labels, hard or None), and may end with groups."""
    rows, words = _numbered([*train[0], *test[0]])
    cut = len(train[0])
    return _ranked(NumberedReviews(rows[:cut], *train[1:]), NumberedReviews(rows[cut:], *test[1:]), words, names)


class NumberedReviews(NamedTuple):
    """Reviews as arrays of word numbers (words,), with the other fields of `Part`."""

    rows: Sequence[np.ndarray]
    labels: Sequence[int]
    hard: Sequence[bool] | None = None
    groups: Sequence[int] | None = None


def _numbered(texts: Iterable[str]) -> tuple[list[np.ndarray], list[str]]:
    """The words of each text as numbers, and all words in the order of their numbers: of first occurrence."""
    numbers: dict[str, int] = {}
    rows = [np.array([numbers.setdefault(word, len(numbers)) for word in words_of(text)], np.uint32) for text in texts]
    return rows, list(numbers)


def _ranked(
    train: NumberedReviews,
    test: NumberedReviews,
    words: list[str],
    names: tuple[str, str],
    near_duplicates: int = 0,
    contradictions: int = 0,
) -> Reviews:
    """From word numbers to ranks by frequency in the training part; words that occur only in the test come last."""
    if not words:
        raise UserError("These sentences have no words, only punctuation or blanks. Type words.")
    counts = np.bincount(np.concatenate([np.empty(0, np.uint32), *train.rows]), minlength=len(words)).tolist()
    order = sorted(range(len(words)), key=lambda number: (-counts[number], words[number]))
    ranks = np.empty(len(words), np.uint32)
    ranks[order] = np.arange(1, len(words) + 1)
    parts = [_part(part._replace(rows=[ranks[row] for row in part.rows])) for part in (train, test)]
    return Reviews(
        *parts, _packed([words[number] for number in order]), len(words) - counts.count(0), names, near_duplicates, contradictions
    )


def _part(part: NumberedReviews) -> Part:
    reviews = [np.asarray(review, np.uint32) for review in part.rows]
    starts = np.concatenate([[0], np.cumsum([len(review) for review in reviews], dtype=np.int64)]).astype(np.int64)
    ranks = np.concatenate([np.empty(0, np.uint32), *reviews])
    hard = None if part.hard is None else np.asarray(part.hard, bool)
    groups = None if part.groups is None else np.asarray(part.groups)
    return Part(ranks, starts, np.asarray(part.labels, np.uint8), hard, groups)


def _packed(words: list[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def _review_language(settings: Settings) -> Reviews:
    return _of_arrays(
        array_cache.load_or_build("review-language", [Path(review_language.__file__)], _convert_review_language, settings)
    )


def _convert_review_language(_) -> array_cache.Arrays:
    train, test = ((r.texts, r.labels, r.hard, r.blocks) for r in (review_language.training(), review_language.test()))
    return _arrays(from_texts(train, test))


def _convert_own(paths: list[Path]) -> array_cache.Arrays:
    return _arrays(from_labelled(labelled.from_bytes(paths[0].read_bytes())))


def _imdb(paths: list[Path], own: bool, settings: Settings) -> Reviews:
    return _of_arrays(array_cache.load_or_build("imdb", paths, _convert_imdb, settings, own))


def _convert_imdb(paths: list[Path], own: bool) -> array_cache.Arrays:
    # The file has pickled lists, and reading a pickle runs code in it: only the file of Keras is allowed, or one that the
    # owner of this server put into RNN_DATA_DIR.
    if not own and not download.is_published(paths[0], download.IMDB):
        raise UserError(f"{paths[0]} is not the published file (its SHA-256 differs). Delete it, and download it again.")
    arrays = array_cache.read_npz(paths[0], pickled=True)
    try:
        index = json.loads(paths[1].read_text(encoding="utf-8"))
        words = sorted(index, key=index.get)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{paths[1].name} cannot be read ({error}). It must be the file that Keras publishes; replace it."
        ) from None
    array_cache.check(arrays, _IMDB, paths[0])
    parts = [_part(NumberedReviews(arrays[f"x_{side}"], arrays[f"y_{side}"])) for side in ("train", "test")]
    if max(part.ranks.max() for part in parts) > len(words):
        raise UserError(
            f"{paths[0].name} refers to words that {paths[1].name} does not have. Replace both with the files that Keras publishes."
        )
    return _arrays(Reviews(*parts, _packed(words), len(words)))


def _arrays(reviews: Reviews) -> array_cache.Arrays:
    arrays = {"words": reviews.packed_words, "known": np.array(reviews.known_words), "names": _packed([json.dumps(reviews.names)])}
    arrays["repeats"] = np.array([reviews.near_duplicates, reviews.contradictions])
    for side, part in (("train", reviews.train), ("test", reviews.test)):
        arrays |= {f"{side}_ranks": part.ranks, f"{side}_starts": part.starts, f"{side}_labels": part.labels}
        arrays |= {} if part.hard is None else {f"{side}_hard": part.hard}
        arrays |= {} if part.groups is None else {f"{side}_groups": part.groups}
    return arrays


def _of_arrays(arrays: array_cache.Arrays) -> Reviews:
    parts = [
        Part(
            *(arrays[f"{side}_{name}"] for name in ("ranks", "starts", "labels")),
            *(arrays.get(f"{side}_{name}") for name in ("hard", "groups")),
        )
        for side in ("train", "test")
    ]
    names = tuple(json.loads(bytes(arrays["names"]))) if "names" in arrays else ("negative", "positive")
    return Reviews(*parts, arrays["words"], int(arrays["known"]), names, *(int(n) for n in arrays.get("repeats", (0, 0))))
