import numpy as np

from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.text.look_back import DISTANCES, changed_shares

TOKENS = 6


def network(recurrence: float) -> Network:
    """A SimpleRNN of which the recurrent weights are `recurrence` times random ones."""
    random = np.random.default_rng(1)

    def some(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    spec = RunSpec.from_options("text", cell="rnn", units=8, embedding=5)
    weights = {
        "embedding": some(TOKENS, 5), "layer0.kernel": some(5, 8), "layer0.recurrent": recurrence * some(8, 8) / 3, "layer0.bias": some(8),
        "output.kernel": some(8, TOKENS), "output.bias": some(TOKENS),
    }  # fmt: skip
    return Network(spec.model, weights)


def test_a_network_without_recurrence_looks_at_the_last_character_alone():
    ids = np.random.default_rng(2).integers(0, TOKENS, 5000)
    shares = changed_shares(network(0.0), ids)
    assert tuple(shares) == DISTANCES and shares.pop(1) > 0.3 and set(shares.values()) == {0.0}


def test_with_recurrence_it_looks_further_and_less_the_further():
    ids = np.random.default_rng(2).integers(0, TOKENS, 5000)
    shares = changed_shares(network(1.0), ids)
    assert shares[1] > shares[2] > shares[5] > 0 == shares[40]
    assert shares == changed_shares(network(1.0), ids) != changed_shares(network(1.0), ids, seed=2)


def test_short_and_monotonous_texts():
    assert changed_shares(network(1.0), np.zeros(60, int)) == {}
    assert list(changed_shares(network(1.0), np.arange(70) % TOKENS)) == [1, 2, 3, 4, 5, 6, 8]
    assert changed_shares(network(1.0), np.zeros(300, int)) == {}  # there is no other character
