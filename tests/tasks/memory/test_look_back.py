"""Where a memory looks back to: networks that are known to read one symbol, and the limit of what is tried."""

import numpy as np
import pytest

from rnn_core.lessons import example
from rnn_core.nn.network import Network
from rnn_core.runs import checkpoints
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory import look_back
from rnn_core.tasks.memory.look_back import influence
from rnn_core.tasks.memory.problems import PROBLEMS, vectors

PARITY = PROBLEMS["parity"]


def last_symbol_network() -> Network:
    """A SimpleRNN without memory: its answer is the symbol that it reads last."""
    weights = {
        "layer0.kernel": 3 * np.eye(2, dtype=np.float32), "layer0.recurrent": np.zeros((2, 2), np.float32),
        "layer0.bias": np.zeros(2, np.float32), "output.kernel": 9 * np.eye(2, dtype=np.float32), "output.bias": np.zeros(2, np.float32),
    }  # fmt: skip
    return Network(ModelSpec(layers=(LayerSpec(cell="rnn", units=2),)), weights)


def test_a_network_without_memory_looks_at_the_last_symbol_alone():
    moved = influence(last_symbol_network(), PARITY, np.array([0, 1, 2, 2, 1], np.uint8))
    assert moved[:4] == pytest.approx([0, 0, 0, 0], abs=1e-6) and moved[4] > 0.99  # the first is a blank


def test_the_change_is_the_largest_distance_over_the_others_of_its_kind(store, settings):
    example.install(store)
    network, problem = checkpoints.network(store, example.run_of("memory", store).id), PROBLEMS["first"]
    symbols = np.array([3, 9, 10, 9, 9, 10], np.uint8)
    moved = influence(network, problem, symbols)
    before = probabilities(network.classify(vectors(problem, symbols[None])))[0]
    for t in range(len(symbols)):
        distances = []
        for other in range(1, 9) if t == 0 else (9, 10):  # letters, then x and y
            changed = symbols.copy()
            changed[t] = other
            distances.append(np.abs(probabilities(network.classify(vectors(problem, changed[None])))[0] - before).sum() / 2)
        assert moved[t] == pytest.approx(max(distances), abs=1e-5)
    assert moved[0] > 0.9 and moved[1:].max() < 0.1  # it has learnt to remember the first, whatever comes after it


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_symbol_has_others_that_may_stand_for_it(name):
    problem = PROBLEMS[name]
    assert sum(problem.kinds) == len(problem.symbols)
    for symbol in range(1, len(problem.symbols) + 1):
        assert all(symbol in problem.others(other) for other in problem.others(symbol)) and symbol not in problem.others(symbol)
    with pytest.raises(ValueError):
        problem.others(len(problem.symbols) + 1)


def test_of_a_long_sequence_some_timesteps_are_tried(monkeypatch):
    monkeypatch.setattr(look_back, "_MOST_PRODUCTS", (8 + 60 * 2) * 100 * 10)  # ten readings of 100 timesteps
    moved = influence(last_symbol_network(), PARITY, np.ones(100, np.uint8))
    assert np.isfinite(moved).sum() == 10 and np.isfinite(moved[[0, -1]]).all() and moved[-1] > 0.99
