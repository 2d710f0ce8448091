"""Pictures that are changed while a network is tried, and drawings that show no digit."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits.dataset import order, sequences
from rnn_core.tasks.digits.drawings import NO_DIGITS, drawing
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.trial import Change, settled, share_right, shifted

PICTURE = np.arange(1, 26, dtype=np.uint8).reshape(5, 5)


def test_a_shift_moves_to_the_right_and_loses_what_leaves_the_picture():
    assert shifted(PICTURE[None], 2)[0].tolist() == np.pad(PICTURE, ((0, 0), (2, 0)))[:, :5].tolist()
    assert shifted(PICTURE, 0).tolist() == PICTURE.tolist() and shifted(PICTURE, 0) is not PICTURE


@pytest.mark.parametrize("reading", ["rows", "columns", "pixels"])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("change", [Change(), Change(2), Change(0, True), Change(1, True)], ids=str)
def test_the_picture_on_show_is_read_from_its_beginning(reading, backwards, shuffled, change):
    """In the picture on show, the timesteps lie side by side, from the top (left), or from the bottom (right) if read backwards."""
    data = DigitsData(reading=reading, backwards=backwards, shuffled=shuffled)
    inputs = change.inputs(PICTURE[None], data, 1)
    as_read = change.as_read(PICTURE, data)
    np.testing.assert_array_equal(sequences(as_read[None], DigitsData(reading=reading, backwards=backwards), 1), inputs)
    assert as_read.dtype == PICTURE.dtype and (change or shuffled or (as_read == PICTURE).all())


def test_the_other_order_is_the_shuffle_of_training_or_undoes_it():
    trained, shuffled = DigitsData(), DigitsData(shuffled=True)
    np.testing.assert_array_equal(Change(0, True).as_read(PICTURE, trained), PICTURE[order(shuffled, 5)])
    np.testing.assert_array_equal(Change(0, True).as_read(PICTURE, shuffled), PICTURE)


@pytest.mark.parametrize("best, first", [([1, 1, 1], 0), ([0, 1, 1], 1), ([1, 0, 1], 2), ([0, 1, 0, 2], 3), ([5], 0)])
def test_an_answer_is_settled_where_it_changes_no_more(best, first):
    assert settled(np.eye(10)[best]) == first


@dataclass
class Constant:
    answer: int

    def classify(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(10)[[self.answer] * len(inputs)]


def test_the_share_right_is_that_of_the_labels():
    assert share_right(Constant(3), np.zeros((4, 5, 5)), np.array([3, 1, 3, 3])) == 0.75


@pytest.mark.parametrize("name", NO_DIGITS)
@pytest.mark.parametrize("side", [28, 8])
def test_a_drawing_that_is_no_digit_is_taken_for_one(name, side):
    gray = drawing(name, 112)
    assert gray.shape == (112, 112) and gray.dtype == np.float32 and gray.min() >= 0 and gray.max() == 1
    if NO_DIGITS[name]():
        assert gray.min() == 0 and picture.digit(gray, side).any()
    else:
        assert (gray == 1).all()


def test_the_smiley_keeps_its_eyes_in_a_small_picture():
    small = picture.digit(drawing("Smiley", 112), 28)
    _, parts = ndimage.label(small > small.max() / 2)
    assert parts == 4  # the face, two eyes, the mouth
