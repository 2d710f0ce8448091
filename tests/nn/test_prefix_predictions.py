"""Networks that read whole inputs, against Keras to 1e-5: masked, bidirectional, stacked, every pooling; predictions of prefixes."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from rnn_core.cells import CELLS
from rnn_core.nn import prefix_predictions
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.spec.model import POOLINGS, DenseSpec, LayerSpec, ModelSpec
from rnn_core.spec.model_io import Binary, Classes, ModelIO, Tokens, Vectors
from rnn_core.tasks.reviews.dataset import padded
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.reviews.scorer import ReviewScorer
from rnn_core.tasks.tokenizer import Words
from rnn_core.training.build import build, set_weights, weights_of
from tests.conftest import slow_but
from tests.nn.test_against_keras import randomised

RANDOM = np.random.default_rng(4)
LENGTHS = [17, 1, 9, 17, 4]
REVIEWS = [RANDOM.integers(1, 11, length) for length in LENGTHS]
VECTORS = RANDOM.random((5, 17, 3)).astype(np.float32)
MASKED, UNMASKED = ModelIO(Tokens(11, masked=True), Binary()), ModelIO(Tokens(11), Binary(), 20)


def pair(spec: ModelSpec, model_io: ModelIO):
    model = randomised(build(spec, model_io, seed=1).plain)
    return model, Network(spec, weights_of(model))


def models():
    """Every cell and every pooling is among those that are not slow."""
    quick = {*zip(itertools.cycle(CELLS), POOLINGS, strict=False), *zip(CELLS, itertools.cycle(POOLINGS), strict=False)}
    for cell, pooling in itertools.product(CELLS, POOLINGS):
        for both in (False, True):
            yield pytest.param(
                ModelSpec((LayerSpec(cell, 8, bidirectional=both),), 7, pooling),
                id=f"{cell} {pooling} {both}",
                marks=[] if (cell, pooling) in quick else pytest.mark.slow,
            )
    stacked = (LayerSpec("lstm", 9, dropout=0.2, bidirectional=True), LayerSpec("gru", 6, bidirectional=True), LayerSpec("rnn", 5))
    for pooling in POOLINGS:
        yield pytest.param(ModelSpec(stacked, 7, pooling), id=f"three layers, {pooling}")
    dense = (DenseSpec(11, "relu", 0.2),)
    yield pytest.param(ModelSpec((LayerSpec("lstm", 10, activation="relu"),) * 2, 7, "last", dense), id="course model")


@pytest.mark.parametrize("padding", slow_but(["before"], ["before", "after"]))
@pytest.mark.parametrize("spec", models())
def test_masked_reviews_of_any_length(spec, padding):
    model, network = pair(spec, MASKED)
    rows = padded(REVIEWS, ReviewsData(padding=padding), 20)
    expected = np.asarray(model(rows))
    ours = network.classify(padded(REVIEWS, ReviewsData(padding="after"), 17), np.array(LENGTHS))
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", slow_but(["before"], ["before", "after"]))
@pytest.mark.parametrize("spec", models())
def test_unmasked_reviews_read_their_empty_places(spec, padding):
    model, network = pair(spec, UNMASKED)
    rows = padded(REVIEWS, ReviewsData(padding=padding), 20)
    np.testing.assert_allclose(network.classify(rows), np.asarray(model(rows)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("spec", models())
def test_vectors(spec):
    model, network = pair(spec, ModelIO(Vectors(3), Classes(10), 17))
    np.testing.assert_allclose(network.classify(VECTORS), np.asarray(model(VECTORS)), rtol=1e-5, atol=1e-5)


def test_an_unknown_pooling_raises():
    spec = ModelSpec((LayerSpec("gru", 4),), 3, "median")
    unknown = Network(spec, weights_of(build(replace(spec, pooling="last"), UNMASKED, seed=1).plain))
    rows = padded(REVIEWS, ReviewsData(), 20)
    for use in (
        lambda: build(spec, MASKED, seed=1),
        lambda: build(spec, UNMASKED, seed=1),
        lambda: unknown.classify(rows),
        lambda: predict_prefixes(unknown, rows[0]),
    ):
        with pytest.raises(ValueError, match="Unknown pooling 'median'"):
            use()


def test_weights_go_into_a_fresh_model_and_come_out_the_same():
    spec = ModelSpec((LayerSpec("lstm", 5, bidirectional=True, recurrent_dropout=0.1), LayerSpec("gru", 4)), 3)
    arrays = weights_of(randomised(build(spec, MASKED, seed=1).plain))
    assert "layer0.backward.kernel" in arrays
    fresh = build(spec, MASKED, seed=2).plain
    set_weights(fresh, arrays)
    for name, array in weights_of(fresh).items():
        np.testing.assert_array_equal(array, arrays[name])


# Predictions after each timestep


@pytest.mark.parametrize("spec", models())
def test_a_trace_of_vectors_is_a_reading_of_each_beginning(spec):
    _, network = pair(spec, ModelIO(Vectors(3), Classes(10), 17))
    read = predict_prefixes(network, VECTORS[0])
    assert read.timesteps.tolist() == list(range(1, 18))
    for t in range(1, 18):
        np.testing.assert_allclose(read.logits[t - 1], network.classify(VECTORS[:1, :t])[0], rtol=1e-5, atol=1e-5)


WORDS = Words(tuple("abcdefghi"))
TEXT = list("abcdefghijabz")


@pytest.mark.parametrize("spec", models())
@pytest.mark.parametrize("data", [ReviewsData(length=20), ReviewsData(length=20, masking=False), ReviewsData(length=20, masking=False, padding="after")],
                         ids=["masked", "empty before", "empty after"])  # fmt: skip
def test_a_review_ends_its_trace_with_its_score(spec, data):
    model, network = pair(spec, MASKED if data.masking else UNMASKED)
    scorer = ReviewScorer(network, WORDS, data)
    scores = scorer.running_scores(TEXT, scorer.prefix_predictions(TEXT))
    assert len(scores) == len(TEXT)
    assert scores[-1] == pytest.approx(scorer.scores([TEXT])[0], abs=1e-6)
    ids = scorer.words.encode(TEXT)
    logit = float(model(padded([ids], data, 20))[0, 0])
    assert scores[-1] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-5)


def test_only_the_last_words_of_a_long_review_are_read():
    _, network = pair(ModelSpec((LayerSpec("gru", 6),), 7), MASKED)
    scorer = ReviewScorer(network, WORDS, ReviewsData(length=5))
    assert scorer.scores([TEXT])[0] == scorer.scores([TEXT[-5:]])[0]
    assert len(scorer.prefix_predictions(TEXT).timesteps) == 5


def test_without_each_leaves_out_one_word_after_the_other():
    _, network = pair(ModelSpec((LayerSpec("lstm", 6, bidirectional=True),), 7), MASKED)
    scorer = ReviewScorer(network, WORDS, ReviewsData(length=20))
    worth = scorer.leave_one_out(TEXT)
    for i in range(len(TEXT)):
        assert worth[i] == pytest.approx(scorer.scores([TEXT[:i] + TEXT[i + 1 :]])[0], abs=1e-6)


def test_a_costly_trace_answers_at_fewer_points_and_still_at_the_end(monkeypatch):
    _, network = pair(ModelSpec((LayerSpec("lstm", 6, bidirectional=True),), 7), MASKED)
    scorer = ReviewScorer(network, WORDS, ReviewsData(length=20))
    whole = scorer.prefix_predictions(TEXT)
    once, each = prefix_predictions._cost(network, len(TEXT))
    monkeypatch.setattr(prefix_predictions, "_BUDGET", once + 5.5 * each)
    fewer = scorer.prefix_predictions(TEXT)
    assert fewer.timesteps.tolist() == [1, 4, 7, 10, 13]
    np.testing.assert_allclose(fewer.logits, whole.logits[fewer.timesteps - 1], atol=1e-6)


def test_order_matters_to_a_network_and_unknown_words_are_known_to_be_unknown():
    _, network = pair(ModelSpec((LayerSpec("gru", 6),), 7), MASKED)
    scorer = ReviewScorer(network, WORDS, ReviewsData(length=20))
    assert scorer.scores([list("ab")])[0] != scorer.scores([list("ba")])[0]
    assert "a" in WORDS.ids and "z" not in WORDS.ids


def test_there_is_no_score_without_a_known_word():
    _, network = pair(ModelSpec((LayerSpec("gru", 6),), 7), MASKED)
    scorer = ReviewScorer(network, WORDS, ReviewsData(length=3))
    assert np.isnan(scorer.scores([["z"], ["z", "y"], [], list("abczzz")])).all()  # the known words were cut off
    assert np.isfinite(scorer.scores([["a"], list("zzzazz"), list("za")])).all()
    words = list("abzya")
    assert scorer.known(words).tolist() == [False, False, False, False, True]
    scores = scorer.running_scores(words, scorer.prefix_predictions(words))
    assert np.isnan(scores).tolist() == [True, True, False]
    assert np.isnan(scorer.leave_one_out(list("za"))).tolist() == [False, True]
