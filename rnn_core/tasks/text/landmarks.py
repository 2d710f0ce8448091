"""Losses of three simple predictions of the next character, to compare a network with.

All are mean cross-entropies on the validation part of a text, in nats per character.
"""

import math
from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks import tokenizer
from rnn_core.tasks.task import Parts
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import count, split, without_unseen
from rnn_core.tasks.text.options import TextData
from rnn_core.tasks.tokenizer import Characters

GUESSING, LETTERS, PAIRS = "guessing", "letter frequencies", "pairs of letters"
_MOST_DISTINCT = 1000  # characters; a table of pairs has the square of them
_MOST_READ = 5_000_000  # characters: the last of the training part and the first of the validation part


def landmarks(text: str, vocabulary: Characters, data: TextData) -> dict[str, float]:
    """Losses by name: of equal probabilities, of the characters' frequencies in the training part, and of their frequencies after
    each character. The last is left out for texts with very many distinct characters. Every count starts at 1 (Laplace)."""
    size = len(vocabulary.tokens)
    losses = {GUESSING: math.log(size)}
    edge = split(len(text), data, 1).train
    before, after = (
        vocabulary.encode(part).astype(np.int64)
        for part in (text[max(0, edge - _MOST_READ) : edge], text[edge : edge + _MOST_READ])
    )
    if len(after) < 2:
        return losses
    letters = np.bincount(before, minlength=size) + 1.0
    losses[LETTERS] = float(-np.log(letters / letters.sum())[after].mean())
    if size <= _MOST_DISTINCT:
        pairs = np.bincount(before[:-1] * size + before[1:], minlength=size * size).reshape(size, size) + 1.0
        share = pairs / pairs.sum(1, keepdims=True)
        losses[PAIRS] = float(-np.log(share[after[:-1], after[1:]]).mean())
    return losses


def of_run(spec: Parts, folder: Path, settings: Settings) -> dict[str, float]:
    """The landmarks of the text that a run is trained on: its first one, or another on which it was continued. Raises `UserError`
    where the text is gone."""
    text = corpora.load(spec.data.source, spec.data.encoding, settings, folder).text
    if not (folder / tokenizer.VOCABULARY).exists():  # the run has not started
        return landmarks(text, count(text).vocabulary(spec.data.vocabulary), spec.data)
    vocabulary, _ = tokenizer.read(folder)
    return landmarks(without_unseen(text, vocabulary), vocabulary, spec.data)
