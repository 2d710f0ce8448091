"""Results of classification: probabilities, the confusion matrix, the most confident mistakes."""

import numpy as np

from rnn_core.cells.cell import sigmoid, softmax


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Logits (n, outputs) -> probabilities (n, classes), summing to 1. One output is the log-odds of the second of two classes."""
    if logits.shape[-1] == 1:
        second = sigmoid(logits.astype(np.float64))
        return np.concatenate([1 - second, second], axis=-1)
    return softmax(logits)


def logits_fit_labels(logits: np.ndarray, labels: np.ndarray, accuracy: float) -> bool:
    """Whether logits belong to labels, by the accuracy measured in the test: the data may have changed since then."""
    correct = probabilities(logits).argmax(-1) == np.asarray(labels) if len(logits) == len(labels) else np.zeros(1)
    return abs(float(correct.mean()) - accuracy) < 0.002


def confusion(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts (classes, classes): rows are true classes, columns predicted ones."""
    predicted = probabilities(logits)
    counts = np.zeros((predicted.shape[-1],) * 2, int)
    np.add.at(counts, (np.asarray(labels, int), predicted.argmax(-1)), 1)
    return counts


def examples_in_cell(logits: np.ndarray, labels: np.ndarray, true: int, predicted: int) -> np.ndarray:
    """Indices of the examples in one cell of the confusion matrix, the most confident predictions first."""
    predictions = probabilities(logits)
    inside = np.flatnonzero((np.asarray(labels) == true) & (predictions.argmax(-1) == predicted))
    return inside[np.argsort(-predictions[inside, predicted], kind="stable")]


def mistakes(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Indices of all wrong predictions, the most confident first."""
    predictions = probabilities(logits)
    wrong = np.flatnonzero(predictions.argmax(-1) != np.asarray(labels))
    return wrong[np.argsort(-predictions[wrong].max(-1), kind="stable")]
