import numpy as np

from rnn_core.tasks.classification import confusion, examples_in_cell, logits_fit_labels, mistakes, probabilities

LOGITS = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.6, 0.1], [0.05, 0.9, 0.05]]))
LABELS = np.array([0, 1, 0, 2])


def test_probabilities_are_those_of_softmax_and_of_the_sigmoid():
    np.testing.assert_allclose(probabilities(LOGITS), np.exp(LOGITS))
    np.testing.assert_allclose(probabilities(np.array([[0.0], [np.log(3)]])), [[0.5, 0.5], [0.25, 0.75]])
    assert np.isfinite(probabilities(np.array([[1e4, -1e4], [-1e4, 1e4]]))).all()


def test_the_confusion_matrix_counts_what_it_was_against_what_was_said():
    assert confusion(LOGITS, LABELS).tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_mistakes_begin_with_the_surest():
    assert mistakes(LOGITS, LABELS).tolist() == [3, 2]
    assert examples_in_cell(LOGITS, LABELS, 0, 1).tolist() == [2] and examples_in_cell(LOGITS, LABELS, 2, 0).tolist() == []


def test_answers_to_other_examples_are_found_out():
    assert logits_fit_labels(LOGITS, LABELS, 0.5)
    assert not logits_fit_labels(LOGITS, LABELS[::-1], 0.5) and not logits_fit_labels(LOGITS, LABELS[:3], 0.5)
