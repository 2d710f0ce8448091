"""The text task: a corpus becomes ids, ids become parallel streams, and the network predicts each next character.

Ids are not one-hot encoded and have the smallest integer type, and text is processed in pieces: 20 MB of text need well
under 1 GB of memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn_core.data.normalize import can_be_seen
from rnn_core.data.split import VALIDATION_SHARE
from rnn_core.errors import UserError
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.tasks.task import Parts
from rnn_core.tasks.text.options import TextData
from rnn_core.tasks.tokenizer import UNKNOWN, Characters, code_points

FEWEST_SEQUENCES = 4  # a corpus must have at least so many sequences
FEWEST_CHARACTERS = 40  # of which some are left to validate


@dataclass(frozen=True)
class Counts:
    """Length, words and characters of a text; `characters` are sorted by `frequencies`, the most frequent first."""

    length: int
    words: int
    characters: tuple[str, ...]
    frequencies: tuple[int, ...]

    def vocabulary(self, most: int) -> Characters:
        if len(self.characters) <= most:
            return Characters(self.characters)
        return Characters((UNKNOWN, *(c for c in self.characters[: most - 1] if c != UNKNOWN)), unknown=True)

    def unknown_share(self, most: int) -> float:
        """Share of the text that becomes `unknown` with a vocabulary of `most` characters."""
        return 0.0 if len(self.characters) <= most else sum(self.frequencies[most - 1 :]) / self.length


def count(text: str) -> Counts:
    totals = np.zeros(1, np.int64)
    words, inside = 0, False
    for _, codes in code_points(text):
        counted = np.bincount(codes, minlength=len(totals))
        counted[: len(totals)] += totals
        totals = counted
        is_letter = np.zeros(len(totals), bool)
        is_letter[[c for c in np.flatnonzero(totals) if not chr(c).isspace()]] = True
        letter = is_letter[codes]
        words += int(np.count_nonzero(letter[1:] & ~letter[:-1])) + int(letter[0] and not inside)
        inside = bool(letter[-1])
    present = np.flatnonzero(totals)
    order = present[np.lexsort((present, -totals[present]))]
    return Counts(len(text), words, tuple(map(chr, order)), tuple(totals[order].tolist()))


@dataclass(frozen=True)
class Split:
    """How a corpus is split and laid out in streams, for pages and for training."""

    train: int  # characters
    validation: int
    streams: int  # at most the batch size; fewer where the corpus is short
    validation_streams: int
    steps: int  # training steps an epoch


def split(length: int, data: TextData, batch_size: int) -> Split:
    validation = int(length * VALIDATION_SHARE)
    train = length - validation
    streams = max(1, min(batch_size, train // (FEWEST_SEQUENCES * data.sequence_length)))
    validation_streams = max(1, min(batch_size, validation // (FEWEST_SEQUENCES * data.sequence_length)))
    steps = -(-((train - 1) // streams) // data.sequence_length)
    return Split(train, validation, streams, validation_streams, steps)


def shift_range(layout: Split, data: TextData) -> int:
    """How many starts an epoch can have with the same number of steps: each a character later. 0 or less: only the first."""
    fewest = layout.streams * ((layout.steps - 1) * data.sequence_length + 1)  # characters for this number of steps
    return min(data.sequence_length, layout.train - fewest)


def check_counts(counts: Counts, data: TextData) -> None:
    """Raise `UserError` for a corpus that is unsuitable for training."""
    fewest = max(FEWEST_SEQUENCES * data.sequence_length, FEWEST_CHARACTERS)
    if not counts.length:
        raise UserError("The text is empty, so there is nothing to learn. Choose a file with text in it.")
    if not any(can_be_seen(c) for c in counts.characters):
        raise UserError("The text holds only blanks, so there is nothing to learn. Choose a file with words in it.")
    if len(counts.characters) == 1:
        raise UserError(
            f"The text holds only one distinct character ({counts.characters[0]!r}), so there is nothing to predict. Choose a "
            "text with words in it."
        )
    if counts.length < fewest:
        raise UserError(
            f"The text has only {counts.length:,} characters; at least {fewest:,} are needed for {FEWEST_SEQUENCES} sequences "
            f"of {data.sequence_length}. Choose a longer text, or a shorter Sequence length."
        )


def without_unseen(text: str, vocabulary: Characters) -> str:
    """The text without characters outside the vocabulary, unless the vocabulary has an unknown character."""
    unseen = [] if vocabulary.unknown else vocabulary.unseen(text)
    return text.translate(dict.fromkeys(map(ord, unseen))) if unseen else text


Batch = tuple[np.ndarray, np.ndarray]  # inputs and targets, each (streams, timesteps)


def model_io(characters: int) -> ModelIO:
    """Input and output for a vocabulary of so many characters."""
    return ModelIO(Tokens(characters), NextToken(characters), per_timestep=True, carries_state=True)


class TextDataset:
    """A corpus in parallel streams, of which each batch continues the previous one, with carried state.

    The target of each character is the next one. There is no test set.
    """

    test_order = None

    def __init__(self, spec: Parts, text: str, vocabulary: Characters | None = None):
        """`vocabulary` is that of a trained network; characters that it cannot read are left out of the text."""
        text = without_unseen(text, vocabulary) if vocabulary else text
        counts = count(text)
        check_counts(counts, spec.data)
        self.vocabulary = vocabulary or counts.vocabulary(spec.data.vocabulary)
        self.split = split(counts.length, spec.data, spec.training.batch_size)
        self.sequence_length, self.seed = spec.data.sequence_length, spec.seed
        self._spare = shift_range(self.split, spec.data)
        self.model_io = model_io(len(self.vocabulary.tokens))
        self._ids = self.vocabulary.encode(text)

    @property
    def steps(self) -> int:
        return self.split.steps

    @property
    def batch(self) -> int:
        return self.split.streams

    @property
    def timesteps(self) -> int:
        return self.sequence_length

    @property
    def items(self) -> int:
        """Characters in a full step."""
        return self.batch * self.timesteps

    def training(self, epoch: int) -> Iterator[Batch]:
        """Batches of one epoch. Each epoch after the first starts at a random offset, which moves the cuts between sequences."""
        shift = int(np.random.default_rng([self.seed, epoch]).integers(self._spare)) if epoch and self._spare > 0 else 0
        return _windows(self._ids[shift : self.split.train], self.split.streams, self.sequence_length)

    def validation(self) -> Iterator[Batch]:
        return _windows(self._ids[self.split.train :], self.split.validation_streams, self.sequence_length)

    def test(self) -> Iterator[Batch]:
        return iter(())


def _windows(ids: np.ndarray, streams: int, timesteps: int) -> Iterator[Batch]:
    """Consecutive windows over parallel streams; the last may be shorter. Up to `streams` ids at the end are left out."""
    length = (len(ids) - 1) // streams
    inputs = ids[: streams * length].reshape(streams, length)
    targets = ids[1 : streams * length + 1].reshape(streams, length)
    for start in range(0, length, timesteps):
        yield inputs[:, start : start + timesteps], targets[:, start : start + timesteps]
