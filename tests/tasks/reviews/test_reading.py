"""What a network reads in one review, and what becomes of reviews whose words are shuffled; with networks of random weights."""

from types import SimpleNamespace

import numpy as np
import pytest

from rnn_core.nn.network import Network
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.tasks.reviews import reading
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.reviews.reading import log_odds, read
from rnn_core.tasks.reviews.scorer import ReviewScorer
from rnn_core.tasks.reviews.sources import from_texts
from rnn_core.tasks.reviews.word_order import shuffled_test
from rnn_core.tasks.tokenizer import Words

WORDS = Words(tuple("abcdefghi"))


def scorer(seed: int = 3) -> ReviewScorer:
    random = np.random.default_rng(seed)
    shapes = {
        "embedding": (11, 7), "layer0.kernel": (7, 18), "layer0.recurrent": (6, 18), "layer0.bias": (2, 18),
        "output.kernel": (6, 1), "output.bias": (1,),
    }  # fmt: skip
    weights = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return ReviewScorer(Network(ModelSpec((LayerSpec("gru", 6),), 7), weights), WORDS, ReviewsData(length=20))


def test_a_reading_has_a_score_for_each_beginning_and_without_each_word():
    words, of = list("abzcd"), scorer()
    found = read(of, words)
    assert found.known.tolist() == [True, True, False, True, True] and (found.points, found.tried) == (5, 5)
    for i in range(5):
        assert found.scores[i] == pytest.approx(of.scores([words[: i + 1]])[0], abs=1e-6)
    assert found.score == found.scores[-1]
    assert np.isnan(found.without).tolist() == [False, False, True, False, False]  # an unknown word claims nothing
    assert found.without[1] == pytest.approx(of.scores([list("azcd")])[0], abs=1e-6)


def test_importance_is_a_difference_of_log_odds():
    found = read(scorer(), list("abcd"))
    for score, without, importance in zip([found.score] * 4, found.without, found.importance, strict=True):
        assert importance == pytest.approx(np.log(score / (1 - score)) - np.log(without / (1 - without)), abs=1e-6)
    assert log_odds(0.5) == 0 and np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert log_odds(0.9999) - log_odds(0.999) > 2 > 0.001  # where percentages hardly differ


@pytest.mark.parametrize("words", [[], ["z"], ["z", "y"]])
def test_nothing_is_read_where_no_word_is_known(words):
    found = read(scorer(), words)
    assert np.isnan(found.score) and np.isnan(found.scores).all() and np.isnan(found.importance).all()


def test_a_word_without_which_nothing_is_known_has_no_importance():
    assert np.isnan(read(scorer(), list("zaz")).importance).all()


def test_of_a_costly_review_the_last_words_are_left_out(monkeypatch):
    of, words = scorer(), list("abcdef")
    whole = read(of, words)
    monkeypatch.setattr(reading, "_PRODUCTS", 2 * len(words) * (7 * 18 + 6 * 18))
    found = read(of, words)
    assert found.tried == 2 and np.isnan(found.without).tolist() == [True] * 4 + [False] * 2
    np.testing.assert_allclose(found.without[4:], whole.without[4:], atol=1e-6)


def reviews(texts: list[str], labels: list[int]):
    return from_texts((["good bad a b c"], [1], None), (texts, labels, None))


class _FirstWordDecides:
    """A network that uses order, or one that counts: `of` gets the words that the score is 0.9 for."""

    data = ReviewsData(length=6)

    def __init__(self, of):
        self.of = of

    def scores(self, texts):
        return np.array([np.nan if not words else 0.9 if self.of(words) else 0.1 for words in texts])


TEXTS = ["good a b c bad", "bad a b c good"] * 40


def test_shuffling_costs_a_network_that_uses_order():
    found = shuffled_test(_FirstWordDecides(lambda words: words[0] == "good"), reviews(TEXTS, [1, 0] * 40), 60)
    assert found.reviews == 60 and found.accuracy == 1.0
    assert found.shuffled_accuracy < 0.8 and found.same < 0.8  # "good" seldom stays first


def test_shuffling_costs_a_network_that_counts_nothing():
    found = shuffled_test(_FirstWordDecides(lambda words: "good" in words), reviews(TEXTS, [1, 0] * 40), 60)
    assert found.accuracy == found.shuffled_accuracy and found.same == 1.0


def test_only_words_that_are_read_are_shuffled():
    seen = []
    of = _FirstWordDecides(lambda words: True)
    of.scores = lambda texts: seen.extend(texts) or np.full(len(texts), 0.9)
    shuffled_test(of, reviews(["a a a a b b b c c c"], [1]))
    assert [sorted(words) for words in seen] == [["b", "b", "b", "c", "c", "c"]] * 2


def test_reviews_without_a_known_word_are_not_scored():
    loaded = reviews(["a", "..."], [1, 0])
    assert shuffled_test(_FirstWordDecides(lambda words: True), loaded).reviews == 1
    none = SimpleNamespace(data=ReviewsData(), scores=lambda texts: np.full(len(texts), np.nan))
    assert shuffled_test(none, loaded) is None and shuffled_test(none, reviews([], [])) is None
