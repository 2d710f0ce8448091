"""Memory problems: each answer is found again from the symbols by another way."""

import re

import numpy as np
import pytest

from rnn_core.tasks.memory.dataset import MemoryDataset, by_distance, sequences
from rnn_core.tasks.memory.problems import PROBLEMS, draw, vectors
from tests.conftest import tiny_spec


def _first(symbols: list[str]) -> str:
    return symbols[0]


def _copy(symbols: list[str]) -> str:
    return symbols[int(symbols[-1][0]) - 1]


def _add(symbols: list[str]) -> str:
    return str(sum(int(symbol[0]) for symbol in symbols if symbol.endswith("*")))


def _parity(symbols: list[str]) -> str:
    return ("even", "odd")[symbols.count("1") % 2]


def _brackets(symbols: list[str]) -> str:
    text, before = "".join(symbols), None
    while text != before:
        text, before = re.sub(r"\(\)|\[\]", "", text), text
    return "wrong" if text else "balanced"


SOLUTIONS = {"first": _first, "copy": _copy, "add": _add, "parity": _parity, "brackets": _brackets}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_answer_follows_from_its_symbols(name):
    problem = PROBLEMS[name]
    drawn = draw(problem, 600, longest=30, seed=3)
    assert drawn.symbols.shape == (600, problem.length(30))
    assert set(drawn.distances) == set(range(problem.shortest, 31))
    for row, answer, distance in zip(drawn.symbols, drawn.answers, drawn.distances, strict=True):
        read = row[np.flatnonzero(row)[0] :]
        assert (read > 0).all()  # blanks come before the sequence, never inside
        used = distance - distance % 2 if name == "brackets" else distance
        assert len(read) == used + problem.extra
        assert problem.answers[answer] == SOLUTIONS[name]([problem.symbols[symbol - 1] for symbol in read])


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_answer_can_be_guessed(name):
    """The most frequent answer is not much more frequent than chance; sums are triangular."""
    problem = PROBLEMS[name]
    shares = np.bincount(draw(problem, 4000, 20, seed=5).answers, minlength=len(problem.answers)) / 4000
    assert shares.max() < (0.24 if name == "add" else 1.15 / len(problem.answers)) and shares.min() > 0


@pytest.mark.parametrize("name", PROBLEMS)
def test_training_and_test_are_drawn_apart_and_the_same_for_every_run(name):
    train, test = sequences(name, 20)
    again = sequences.__wrapped__(name, 20)
    assert np.array_equal(train.symbols, again[0].symbols) and np.array_equal(test.answers, again[1].answers)
    assert not np.array_equal(train.symbols[:100], test.symbols[:100])


def test_a_symbol_is_a_one_in_its_place_and_a_blank_is_zeros():
    problem = PROBLEMS["parity"]
    assert vectors(problem, np.array([[0, 1, 2]])).tolist() == [[[0, 0], [1, 0], [0, 1]]]


def test_accuracy_by_distance_counts_the_sequences_that_validate():
    dataset = MemoryDataset(tiny_spec("memory", longest=7, examples=0))
    answers = np.concatenate([targets for _, targets in dataset.validation()])
    logits = np.eye(dataset.model_io.output.classes)[answers]
    distances = dataset.distances[dataset.held_out]
    logits[distances == 3] = 0.0  # all the same: the first answer is predicted
    shares = by_distance(dataset, logits)
    assert list(shares) == [str(n) for n in range(1, 8)]
    assert shares.pop("3") == pytest.approx((answers[distances == 3] == 0).mean()) and set(shares.values()) == {1.0}


def test_distances_of_long_sequences_are_grouped():
    dataset = MemoryDataset(tiny_spec("memory", longest=40, examples=0))
    shares = by_distance(dataset, np.zeros((len(dataset.held_out), dataset.model_io.output.classes)))
    assert list(shares)[:2] == ["1 to 4", "5 to 8"] and list(shares)[-1] == "37 to 40" and len(shares) == 10
