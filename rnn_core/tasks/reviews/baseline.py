"""The bag-of-words baseline: logistic regression on the same words that the network reads.

It uses how often each word occurs in a review, but not the order of words.
"""

import warnings
from collections.abc import Callable

import numpy as np

from rnn_core.tasks.reviews.dataset import EncodedReviews, ReviewsDataset

_STRENGTHS = (0.01, 0.1, 1.0)  # inverse regularisation; the one with the best validation accuracy is used
_MAX_ITERATIONS = 200


def test_accuracies(
    dataset: ReviewsDataset, logits: np.ndarray, stop_wanted: Callable[[], bool] = lambda: False
) -> dict[str, float]:
    """Test accuracies of the baseline and, where the data mark reviews in which order decides, of baseline and network on those.

    `logits` (reviews, 1) are the network's. Takes some seconds for IMDB. Returns an empty dict if `stop_wanted` becomes true.
    """
    test = dataset.reviews.test
    network = (logits[:, 0] > 0) == np.asarray(test.labels)
    predictions = _predictions(dataset, stop_wanted)
    if predictions is None:
        return {}
    counting = predictions == np.asarray(test.labels)
    accuracies = {"counting_accuracy": float(counting.mean())}
    if test.hard is not None:
        accuracies |= {
            "order_accuracy": float(network[test.hard].mean()),
            "counting_order_accuracy": float(counting[test.hard].mean()),
        }
    return accuracies


def _predictions(dataset: ReviewsDataset, stop_wanted: Callable[[], bool]) -> np.ndarray | None:
    """Labels (reviews,) that the baseline predicts for the test reviews; None if stopped."""
    model = _best_model(dataset, stop_wanted)
    if model is None:
        return None
    tokens = dataset.model_io.input.vocabulary
    return model.predict(_counts(dataset.encoded_test, np.arange(len(dataset.reviews.test)), tokens))


def validation_accuracy(dataset: ReviewsDataset) -> float:
    """Of the baseline, whose strength is chosen by this accuracy."""
    held_out = _counts(dataset.encoded_train, dataset.held_out, dataset.model_io.input.vocabulary)
    return float(_best_model(dataset, lambda: False).score(held_out, np.asarray(dataset.reviews.train.labels)[dataset.held_out]))


def _best_model(dataset: ReviewsDataset, stop_wanted: Callable[[], bool]):
    """The logistic regression with the best validation accuracy; None if stopped."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression  # takes a second to import, and is needed only at the end of a run

    labels, train = np.asarray(dataset.reviews.train.labels), dataset.encoded_train
    tokens = dataset.model_io.input.vocabulary
    x, held_out = _counts(train, dataset.train, tokens), _counts(train, dataset.held_out, tokens)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # ten times as many iterations change IMDB's accuracy by less than 0.1 points
        models = []
        for strength in _STRENGTHS:
            if stop_wanted():
                return None
            models.append(LogisticRegression(C=strength, max_iter=_MAX_ITERATIONS).fit(x, labels[dataset.train]))
    return max(models, key=lambda model: model.score(held_out, labels[dataset.held_out]))


def _counts(encoded: EncodedReviews, indices: np.ndarray, tokens: int):
    """How often each id occurs in each review: a sparse matrix (reviews, tokens)."""
    from scipy.sparse import csr_matrix

    ids = [encoded.ids(i) for i in indices]
    starts = np.concatenate([[0], np.cumsum([len(review) for review in ids])])
    flat = np.concatenate(ids)
    counts = csr_matrix((np.ones(len(flat)), flat, starts), (len(indices), tokens))
    counts.sum_duplicates()
    return counts
