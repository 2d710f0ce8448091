import numpy as np
import pytest
from threadpoolctl import threadpool_info

from rnn_core.cells import CELLS
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.sampler import Sampling, Writer, probabilities
from rnn_core.tasks.tokenizer import Characters

LOGITS = np.array([2.0, 1.0, 0.5, -1.0, -3.0])


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def writer(characters="abcdefgh\n", unknown=False, cell="gru", layers=1) -> Writer:
    spec = RunSpec.from_options(cell=cell, units=6, embedding=4, layers=layers).model
    random, width, weights = np.random.default_rng(0), 4, {}
    gates, classes = len(CELLS[cell].gates), len(characters)
    weights["embedding"] = random.normal(size=(classes, 4))
    for i in range(layers):
        weights[f"layer{i}.kernel"] = random.normal(size=(width, 6 * gates))
        weights[f"layer{i}.recurrent"] = random.normal(size=(6, 6 * gates))
        weights[f"layer{i}.bias"] = random.normal(size=(2, 6 * gates) if cell == "gru" else 6 * gates)
        width = 6
    weights |= {"output.kernel": random.normal(size=(6, classes)), "output.bias": np.zeros(classes)}
    return Writer(Network(spec, {k: v.astype(np.float32) for k, v in weights.items()}), Characters(tuple(characters), unknown))


def test_products_stay_on_one_core():
    threads = [pool["num_threads"] for pool in threadpool_info() if "numpy" in pool["filepath"] and pool["user_api"] == "blas"]
    if not threads:
        pytest.skip("NumPy computes here with a library whose threads cannot be counted")
    assert threads == [1]


def test_temperature_one_is_softmax_and_a_low_one_takes_the_likeliest():
    np.testing.assert_allclose(probabilities(LOGITS, Sampling(1.0)), softmax(LOGITS))
    np.testing.assert_allclose(probabilities(LOGITS, Sampling(0.5)), softmax(LOGITS / 0.5))
    assert probabilities(LOGITS * 10, Sampling(0.1))[0] == pytest.approx(1.0)


def test_top_k_keeps_k_and_their_proportions():
    limited = probabilities(LOGITS, Sampling(1.0, top_k=2))
    np.testing.assert_allclose(limited, [*softmax(LOGITS[:2]), 0, 0, 0])
    np.testing.assert_array_equal(probabilities(LOGITS, Sampling(2.0, top_k=1)), [1, 0, 0, 0, 0])


def test_top_p_keeps_the_fewest_that_reach_it():
    p = softmax(LOGITS)
    limited = probabilities(LOGITS, Sampling(1.0, top_p=0.85))
    assert p[:2].sum() < 0.85 < p[:3].sum()
    np.testing.assert_allclose(limited, [*(p[:3] / p[:3].sum()), 0, 0])
    assert (probabilities(LOGITS, Sampling(1.0, top_p=0.05)) > 0).sum() == 1


def test_cuts_hold_for_ties_and_for_whole_batches():
    flat = np.zeros((3, 10))
    assert ((probabilities(flat, Sampling(1.0, top_k=4)) > 0).sum(-1) == 4).all()
    assert ((probabilities(flat, Sampling(1.0, top_p=0.55)) > 0).sum(-1) == 6).all()


@pytest.mark.parametrize(
    "change", [{"temperature": 0.0}, {"temperature": 3}, {"top_k": -1}, {"top_p": 0}, {"length": 0}, {"seed": 1.5}]
)
def test_impossible_sampling_is_a_problem(change):
    with pytest.raises(UserError, match="must be"):
        Sampling(**change)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("sampling", [Sampling(length=40), Sampling(0.5, top_k=3, length=40), Sampling(1.3, top_p=0.9, length=40)])
def test_writing_is_drawing_from_the_network_step_by_step(cell, layers, sampling):
    """The fast loop against a simple one, which runs the network on the whole text for each character."""
    made = writer(cell=cell, layers=layers)
    random = np.random.default_rng(sampling.seed)
    so_far = "ab"
    draws = random.random(40)
    for draw in draws:
        logits, _ = made.network.run(made.tokenizer.encode(so_far)[None])
        p = probabilities(logits[0, -1], sampling)
        so_far += made.tokenizer.tokens[int(np.searchsorted(np.cumsum(p), draw, "right"))]
    assert "".join(made.write("ab", sampling, piece=40)) == so_far[2:]


def test_the_same_seed_writes_the_same_and_the_piece_size_does_not_matter():
    made = writer()
    texts = {"".join(made.write("a", Sampling(length=200), piece=piece)) for piece in (1, 7, 64, 500)}
    assert len(texts) == 1 and len(texts.pop()) == 200
    assert "".join(made.write("a", Sampling(length=200, seed=2))) != "".join(made.write("a", Sampling(length=200)))


def test_unknown_is_never_written_and_unseen_characters_are_skipped():
    made = writer("\ufffdabc\n", unknown=True)
    text = "".join(made.write("", Sampling(2.0, length=2000)))
    assert set(text) == set("abc\n")
    assert made.tokenizer.unseen("xaXy\ufffd") == ["x", "X", "y", "\ufffd"]
    np.testing.assert_array_equal(made.read("xaXb")[0], made.read("ab")[0])


@pytest.mark.parametrize("cell", CELLS)
def test_reading_on_is_reading_the_whole(cell):
    made = writer("\ufffdabcdefg\n", unknown=True, cell=cell, layers=2)
    logits, states = made.read("abc")
    after = made.read_on("dab", states)
    np.testing.assert_allclose(after[-1], made.read("abcdab")[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after[0], made.read("abcd")[0], rtol=1e-5, atol=1e-6)
    assert (after[:, 0] == -np.inf).all() and logits[0] == -np.inf  # unknown is never written


def test_a_network_whose_states_exploded_says_so():
    made = writer(cell="rnn")
    made.network.output = made.network.output[0] * np.float32(np.inf), made.network.output[1]
    with np.errstate(invalid="ignore"), pytest.raises(UserError, match="cannot write: its numbers"):
        list(made.write("a", Sampling(length=5)))


def test_a_prompt_without_anything_known_begins_a_line():
    made = writer()
    np.testing.assert_array_equal(made.read("XYZ")[0], made.read("\n")[0])
    assert len("".join(writer("xyz").write("", Sampling(length=9)))) == 9  # a vocabulary without line ends
