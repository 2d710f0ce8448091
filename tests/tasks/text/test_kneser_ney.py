"""Interpolated Kneser-Ney beside a hand-computed example and the definition, written down slowly."""

from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest

from rnn_core.tasks.text.kneser_ney import KneserNey


def as_defined(ids: list[int], vocabulary: int, order: int) -> Callable[[int, tuple[int, ...]], float]:
    """The probability of a token after a context, as Chen and Goodman (1999) define it."""
    counts = {order: Counter(tuple(ids[i : i + order]) for i in range(len(ids) - order + 1))}
    for n in range(1, order):
        before = defaultdict(set)
        for i in range(len(ids) - n):
            before[tuple(ids[i + 1 : i + n + 1])].add(ids[i])
        counts[n] = Counter({ngram: len(contexts) for ngram, contexts in before.items()})
    discounts = {}
    for n, counted in counts.items():
        once, twice = (sum(count == k for count in counted.values()) for k in (1, 2))
        discounts[n] = once / (once + 2 * twice) if once and twice else 0.5

    def probability(token: int, context: tuple[int, ...]) -> float:
        n = len(context) + 1
        lower = probability(token, context[1:]) if context else 1 / vocabulary
        following = {ngram[-1]: count for ngram, count in counts[n].items() if ngram[:-1] == context}
        if not following:
            return lower
        total, taken = sum(following.values()), sum(min(count, discounts[n]) for count in following.values())
        return (max(following.get(token, 0) - discounts[n], 0) + taken * lower) / total

    return probability


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_it_is_what_the_definition_says(order):
    random = np.random.default_rng(order)
    ids, new = random.integers(0, 4, 300), random.integers(0, 6, 80)  # two tokens that training never had
    defined, model = as_defined(ids.tolist(), 6, order), KneserNey(ids, 6, order)
    expected = [defined(int(new[i]), tuple(new[max(0, i - order + 1) : i].tolist())) for i in range(len(new))]
    assert model.probabilities(new) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("context", [[], [0], [1, 2], [3, 1, 0, 2, 2], [5, 5, 5, 5], [0, 5, 1, 2]])
def test_probabilities_sum_to_1_after_any_context(context):
    model = KneserNey(np.random.default_rng(0).integers(0, 5, 500), 6)
    total = sum(model.probabilities(np.array([*context, token]))[-1] for token in range(6))
    assert total == pytest.approx(1, rel=1e-12)


def test_an_example_by_hand():
    """Pairs of 0 1 0 1 0 2: `01` twice, `10` twice, `02` once: discount 1/5. Each token follows one other: 1/3 each, below."""
    model = KneserNey(np.array([0, 1, 0, 1, 0, 2]), 3, order=2)
    after_0 = [model.probabilities(np.array([0, token]))[1] for token in range(3)]
    assert after_0 == pytest.approx([0.4 / 9, 1.8 / 3 + 0.4 / 9, 0.8 / 3 + 0.4 / 9])


def test_a_longer_context_helps_where_it_decides():
    ids = np.array([0, 1, 0, 2] * 500)
    losses = [KneserNey(ids, 3, order).loss(ids) for order in (1, 2, 3)]
    assert losses[0] > losses[1] > 0.3 and losses[2] < 0.01


def test_many_tokens_and_a_text_shorter_than_the_order():
    assert np.isfinite(KneserNey(np.arange(50_000), 50_000).loss(np.arange(100)))
    assert KneserNey(np.array([1, 0]), 2).probabilities(np.array([0, 1, 1])) == pytest.approx([0.75, 0.25, 0.125])
