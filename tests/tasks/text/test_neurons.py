"""The neuron finder: features by hand, and networks whose units are known."""

import itertools

import numpy as np
import pytest

from rnn_core.nn.network import Network
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.tasks.text.neurons import FEATURES, followers
from rnn_core.tasks.tokenizer import Characters


@pytest.mark.parametrize(
    ("feature", "text", "values"),
    [
        ("line-break", "a\nb", [0, 1, 0]),
        ("position", "ab\ncd", [1, 2, 0, 1, 2]),
        ("indentation", "  a b\n\tc", [1, 2, 2, 2, 2, 0, 4, 4]),
        ("quotes", 'a "b" c', [0, 0, 1, 1, 0, 0, 0]),
        ("quotes", "don't 'go' it's", [0] * 6 + [1, 1, 1, 0] + [0] * 5),
        ("quotes", 'a "b\nc', [0, 0, 1, 1, 0, 0]),
        ("quotes", "“a” «b»", [1, 1, 0, 0, 1, 1, 0]),
        ("brackets", "a(b[c])d)", [0, 1, 1, 2, 2, 1, 0, 0, 0]),
        ("capital", "aB", [0, 1]),
        ("digit", "a1", [0, 1]),
        ("blank", "a b\n", [0, 1, 0, 1]),
    ],
)
def test_a_feature_is_what_its_name_says(feature, text, values):
    assert list(FEATURES[feature].values(text)) == values


def text_of(characters: str, length: int = 40_000) -> str:
    return "".join(np.random.default_rng(0).choice(list(characters), length))


def network_of(embedding: np.ndarray, recurrent: np.ndarray) -> Network:
    """A SimpleRNN whose units read their own column of the embedding, and then their own state."""
    units = embedding.shape[1]
    weights = {
        "embedding": embedding.astype(np.float32),
        "layer0.kernel": np.eye(units, dtype=np.float32),
        "layer0.recurrent": recurrent.astype(np.float32),
        "layer0.bias": np.zeros(units, np.float32),
        "output.kernel": np.zeros((units, len(embedding)), np.float32),
        "output.bias": np.zeros(len(embedding), np.float32),
    }
    return Network(ModelSpec(layers=(LayerSpec(cell="rnn", units=units),), embedding=units), weights)


def test_a_unit_that_reads_a_feature_is_found_with_its_sign():
    vocabulary = Characters(tuple("abC1 \n"))
    embedding = np.zeros((6, 4))
    embedding[3, 2] = 1.0  # unit 2 rises with digits
    embedding[:, 1] = [0, 0, -1, 0, 0, 0]  # unit 1 falls with capitals
    embedding[:, 0] = np.random.default_rng(1).normal(size=6) * 0.1
    found = followers(network_of(embedding, np.zeros((4, 4))), vocabulary, text_of("abC1 \n"))
    digit, capital = found["digit"][0], found["capital"][0]
    assert (digit.unit, digit.state) == (2, "hidden") and digit.correlation == pytest.approx(1.0, abs=1e-4)
    assert capital.unit == 1 and capital.correlation == pytest.approx(-1.0, abs=1e-4)
    assert all(abs(a.correlation) >= abs(b.correlation) for units in found.values() for a, b in itertools.pairwise(units))


def test_a_unit_that_remembers_follows_what_is_open():
    vocabulary = Characters(tuple("ab()"))
    embedding = np.zeros((4, 2))
    embedding[2:, 0] = [0.02, -0.02]  # opened, closed: the unit adds them up
    text = "".join(np.random.default_rng(2).choice(["ab(ab)", "a(b(a)b)b", "bbaabab"], 8000))
    found = followers(network_of(embedding, np.diag([1.0, 0.0])), vocabulary, text)
    assert found["brackets"][0].unit == 0 and found["brackets"][0].correlation > 0.7


def test_what_hardly_changes_is_not_ranked():
    vocabulary = Characters(tuple("ab \n"))
    found = followers(network_of(np.eye(4), np.zeros((4, 4))), vocabulary, text_of("ab \n"))
    assert "digit" not in found and "quotes" not in found and {"line-break", "blank", "position"} <= set(found)
    assert followers(network_of(np.eye(4), np.zeros((4, 4))), vocabulary, "ab \n" * 50) == {}


def test_the_correlation_is_pearsons():
    vocabulary = Characters(tuple("ab \n"))
    embedding = np.random.default_rng(3).normal(size=(4, 3))
    network, text = network_of(embedding, np.random.default_rng(4).normal(size=(3, 3)) * 0.3), text_of("ab \n", 1000)
    found = followers(network, vocabulary, text)  # two stretches of 500 characters
    states = network.hidden(np.stack([vocabulary.encode(text[:500]), vocabulary.encode(text[500:])]))[:, 50:].reshape(-1, 3)
    blank = np.array([[c in " \n" for c in text[:500]], [c in " \n" for c in text[500:]]])[:, 50:].ravel()
    for unit in found["blank"]:
        assert unit.correlation == pytest.approx(np.corrcoef(states[:, unit.unit], blank)[0, 1], abs=1e-5)
