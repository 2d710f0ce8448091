"""An n-gram model with interpolated Kneser-Ney smoothing: how likely a token is after the few before it, from counts alone.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1999), with one discount for each order,
n1 / (n1 + 2 n2), and equal probabilities under the lowest. The highest order counts n-grams; a lower one counts in how many different contexts
each n-gram follows.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Order:
    """The n-grams of one length. A context is the index of the n-gram without its last token among those one shorter."""

    codes: np.ndarray  # (n-grams,) context * vocabulary + token, sorted
    counts: np.ndarray  # (n-grams,)
    totals: np.ndarray  # (contexts,) sum of the counts that follow each context
    discounted: np.ndarray  # (contexts,) what is taken from those counts, for the lower orders
    discount: float


class KneserNey:
    def __init__(self, ids: np.ndarray, vocabulary: int, order: int = 5):
        """Count ids (tokens,) from 0 to `vocabulary` - 1. Takes about 60 bytes of memory for each token."""
        self._size, self._orders, order = vocabulary, [], min(order, len(ids))
        ids = np.asarray(ids).astype(np.int64)
        codes, first, counts, indices = [], [], [], []
        context = np.zeros(len(ids), np.int64)  # of the n-gram that ends at each place
        for n in range(1, order + 1):
            code = context[n - 1 :] * vocabulary + ids[n - 1 :]
            unique, at, index, count = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
            codes.append(unique), first.append(at + n - 1), counts.append(count)
            context = np.full(len(ids), -1, np.int64)
            context[n - 1 :] = index
            indices.append(context.astype(np.int32 if len(unique) < 2**31 else np.int64))
            context = np.concatenate([[-1], context[:-1]])
        for n in range(order):
            last = n == order - 1
            count = counts[n] if last else np.bincount(indices[n][first[n + 1]], minlength=len(codes[n]))
            self._orders.append(self._smoothed(codes[n], count, len(codes[n - 1]) if n else 1))

    def _smoothed(self, codes: np.ndarray, counts: np.ndarray, contexts: int) -> _Order:
        once, twice = (int((counts == n).sum()) for n in (1, 2))
        discount = once / (once + 2 * twice) if once and twice else 0.5
        of = codes // self._size
        totals = np.bincount(of, weights=counts, minlength=contexts)
        taken = np.bincount(of, weights=np.minimum(counts, discount), minlength=contexts)
        return _Order(codes, counts, totals, taken, discount)

    def probabilities(self, ids: np.ndarray) -> np.ndarray:
        """Of each of these ids (tokens,) after those before it: (tokens,)."""
        ids = np.asarray(ids).astype(np.int64)
        probability = np.full(len(ids), 1 / self._size)
        context = np.zeros(len(ids), np.int64)  # -1: it was never counted, or there are too few ids before
        for order in self._orders:
            code = context * self._size + ids
            place = np.minimum(np.searchsorted(order.codes, code), len(order.codes) - 1)
            known = (context >= 0) & (order.codes[place] == code)
            total, taken = (np.where(context >= 0, table[context], 0.0) for table in (order.totals, order.discounted))
            kept = np.where(known, np.maximum(order.counts[place] - order.discount, 0.0), 0.0)
            probability = np.where(total > 0, (kept + taken * probability) / np.maximum(total, 1e-300), probability)
            context = np.concatenate([[-1], np.where(known, place, -1)[:-1]])
        return probability

    def loss(self, ids: np.ndarray) -> float:
        """Mean cross-entropy of these ids after the first, in nats."""
        return float(-np.log(self.probabilities(ids)[1:]).mean())
