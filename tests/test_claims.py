"""What help texts claim about networks and data, computed. Claims about Keras are in tests/training/test_older_courses.py."""

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS
from rnn_core.nn.untrained import LARGE, SMALL, differences
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.model import LayerSpec
from rnn_core.spec.training import OPTIMIZERS, usual_rate
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import timesteps_without_ink
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.task import task_names
from rnn_core.tasks.text import corpora, dataset
from tests.conftest import shared_datasets

UNITS = 8


def weights(cell: str) -> int:
    """Numbers in the matrices of a layer: of its input and of its hidden state."""
    return 2 * UNITS * len(CELLS[cell].gates) * UNITS


def after(cell: str, activation: str, size: float) -> tuple[np.ndarray, dict]:
    """The hidden state and the gates after a timestep with inputs of this size."""
    record, random = CELLS[cell], np.random.default_rng(1)
    columns = len(record.gates) * UNITS
    projected = random.normal(0, size, (4, columns))
    states = tuple(np.ones((4, UNITS)) for _ in record.states)
    recurrent_bias = np.zeros(columns) if record.biases == 2 else None
    (hidden, *_), gates = record.step(projected, states, np.zeros((UNITS, columns)), recurrent_bias, ACTIVATIONS[activation])
    return hidden, gates


def test_a_simple_rnn_has_two_weight_matrices_and_a_gru_a_quarter_fewer_weights_than_an_lstm():
    assert [name for name in CELLS["rnn"].weights if name != "bias"] == ["kernel", "recurrent"]
    assert weights("gru") == 0.75 * weights("lstm")


@pytest.mark.parametrize("cell", CELLS)
def test_tanh_keeps_the_hidden_state_between_minus_1_and_1_and_relu_does_not(cell):
    assert np.abs(after(cell, "tanh", 100.0)[0]).max() <= 1.0
    assert after(cell, "relu", 100.0)[0].max() > 10.0


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gates_stay_sigmoid_whatever_the_activation(cell, activation):
    _, gates = after(cell, activation, 100.0)
    for name in set(gates) - {"candidate"}:
        assert 0.0 <= gates[name].min() < 0.1 and 0.9 < gates[name].max() <= 1.0


def test_forgetting_is_no_property_of_an_untrained_simple_rnn():
    """It depends on its inputs: small ones leave the recurrent product nearly linear, and its matrix is orthogonal."""
    rnn, lstm = ([differences(CELLS[cell], seed, SMALL, 20)[-1] for seed in range(3)] for cell in ("rnn", "lstm"))
    assert min(rnn) > 0.5 > 0.1 > max(lstm)
    assert max(differences(CELLS["rnn"], seed, LARGE, 20)[-1] for seed in range(3)) < 0.05


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_has_a_usual_learning_rate(optimizer):
    option = options_of("text")["learning_rate"]
    assert option.low < usual_rate(optimizer) < option.high
    assert RunSpec.from_options(optimizer=optimizer, learning_rate=usual_rate(optimizer))
    assert optimizer != "adam" or usual_rate(optimizer) == option.default


SAME_BUT = [  # (task, preset, another one, what alone differs)
    ("text", "quick", "forgetful", {"cell"}),
    ("digits", "course", "course-tanh", {"activation"}),
    ("digits", "forgetful", "gates", {"cell"}),
    ("reviews", "unmasked", "masked", {"masking"}),
    ("series", "sine-rnn", "sine-lstm", {"cell"}),
]


@pytest.mark.parametrize("task, one, other, differing", SAME_BUT)
def test_presets_to_compare_differ_in_one_thing(task, one, other, differing):
    first, second = spec_of(task, one), spec_of(task, other)
    assert {name for name, value in first.flat().items() if second.flat()[name] != value} == differing
    layers = [[vars(layer) for layer in spec.model.layers] for spec in (first, second)]
    assert len(layers[0]) == len(layers[1]) and first.model.dense == second.model.dense
    for a, b in zip(*layers, strict=True):
        assert {name for name in LayerSpec.__dataclass_fields__ if a[name] != b[name]} <= differing


def test_tiny_shakespeare_has_some_200_000_words(monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(shared_datasets()))
    words = dataset.count(corpora.load("shakespeare", "auto", settings_of.load()).text).words
    assert 200_000 <= words <= 205_000


def test_the_ink_of_mnist_ends_a_hundred_pixels_before_the_end_and_that_of_small_digits_does_not(monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(shared_datasets()))
    settings, data = settings_of.load(), DigitsData(reading="pixels")
    mnist, small = (np.median(timesteps_without_ink(digits.load(n, settings).train[::30], data)) for n in ("mnist", "digits-8x8"))
    assert 95 <= mnist <= 110 and small <= 5


def test_a_help_says_what_it_is_in_a_few_sentences():
    for task in task_names():
        for name, option in options_of(task).items():
            assert len(option.help) < 500 and len(option.older) < 500, name
