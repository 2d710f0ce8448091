"""What counting words can do, on the very words that the network reads: logistic regression beside a recurrent network.

It knows how often each word stands in a review, and nothing of their order.
"""

import warnings
from collections.abc import Callable

import numpy as np

from rnn_core.tasks.reviews.dataset import EncodedReviews, ReviewsDataset

_STRENGTHS = (0.01, 0.1, 1.0)  # inverse regularisation; the one that validates best is taken
_MOST_ROUNDS = 200


def test_accuracies(
    dataset: ReviewsDataset, logits: np.ndarray, stop_wanted: Callable[[], bool] = lambda: False
) -> dict[str, float]:
    """Test accuracies: of counting, and of both where order decides, if the data knows where that is. Logits (reviews, 1).

    Takes some seconds for IMDB; nothing is found if somebody wants to stop meanwhile.
    """
    test = dataset.reviews.test
    network = (logits[:, 0] > 0) == np.asarray(test.labels)
    answers = _answers(dataset, stop_wanted)
    if answers is None:
        return {}
    counting = answers == np.asarray(test.labels)
    accuracies = {"counting_accuracy": float(counting.mean())}
    if test.hard is not None:
        accuracies |= {
            "order_accuracy": float(network[test.hard].mean()),
            "counting_order_accuracy": float(counting[test.hard].mean()),
        }
    return accuracies


def _answers(dataset: ReviewsDataset, stop_wanted: Callable[[], bool]) -> np.ndarray | None:
    """Labels (reviews,) that counting gives the test reviews."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression  # takes a second, and is needed once at the end of a run

    labels, train = np.asarray(dataset.reviews.train.labels), dataset.encoded_train
    tokens = dataset.model_io.input.vocabulary
    x, held_out = _counts(train, dataset.train, tokens), _counts(train, dataset.held_out, tokens)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # ten times the rounds move IMDB's accuracy by less than 0.1 point
        models = []
        for strength in _STRENGTHS:
            if stop_wanted():
                return None
            models.append(LogisticRegression(C=strength, max_iter=_MOST_ROUNDS).fit(x, labels[dataset.train]))
    best = max(models, key=lambda model: model.score(held_out, labels[dataset.held_out]))
    return best.predict(_counts(dataset.encoded_test, np.arange(len(dataset.reviews.test)), tokens))


def _counts(encoded: EncodedReviews, indices: np.ndarray, tokens: int):
    """How often each id stands in each review: a sparse matrix (reviews, tokens)."""
    from scipy.sparse import csr_matrix

    ids = [encoded.ids(i) for i in indices]
    starts = np.concatenate([[0], np.cumsum([len(review) for review in ids])])
    flat = np.concatenate(ids)
    counts = csr_matrix((np.ones(len(flat)), flat, starts), (len(indices), tokens))
    counts.sum_duplicates()
    return counts
