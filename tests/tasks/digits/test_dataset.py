import numpy as np

from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits.dataset import DigitsDataset, order, sequences, timesteps_without_ink
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.sources import Digits, Format
from rnn_core.tasks.examples import cut

PICTURE = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)


def read(**data) -> list:
    return sequences(PICTURE, DigitsData(**data), brightest=1)[0].tolist()


def test_a_picture_is_read_by_rows_columns_or_pixels():
    assert read() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert read(reading="columns") == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    assert read(reading="pixels") == [[i] for i in range(9)]


def test_backwards_is_the_same_from_the_end():
    for reading in ("rows", "columns", "pixels"):
        assert read(reading=reading, backwards=True) == read(reading=reading)[::-1]


def test_shuffled_has_the_same_rows_in_a_fixed_other_order():
    big = np.random.default_rng(1).integers(0, 255, (2, 28, 28)).astype(np.uint8)
    plain, mixed = sequences(big, DigitsData(), 255), sequences(big, DigitsData(shuffled=True), 255)
    places = order(DigitsData(shuffled=True), 28)
    assert sorted(places) == list(range(28)) and list(places) != list(range(28))
    np.testing.assert_array_equal(mixed, plain[:, places])
    np.testing.assert_array_equal(order(DigitsData(shuffled=True, backwards=True), 28), places[::-1])


def test_timesteps_without_ink_are_counted_from_the_end():
    pictures = np.zeros((3, 3, 3), np.uint8)
    pictures[0, 2, 2] = pictures[1, 0, 1] = 200
    assert timesteps_without_ink(pictures, DigitsData()).tolist() == [0, 2, 3]
    assert timesteps_without_ink(pictures, DigitsData(reading="columns")).tolist() == [0, 1, 3]
    assert timesteps_without_ink(pictures, DigitsData(reading="pixels")).tolist() == [0, 7, 9]
    assert timesteps_without_ink(pictures, DigitsData(reading="pixels", backwards=True)).tolist() == [8, 1, 9]


def digits(count: int) -> Digits:
    labels = (np.arange(count) % 10).astype(np.uint8)
    pictures = np.broadcast_to(labels[:, None, None], (count, 8, 8))
    return Digits(pictures, labels, pictures[:30], labels[:30], Format(8, 16))


def test_every_epoch_reads_other_batches_of_the_same_pictures_and_never_those_that_validate():
    task = DigitsDataset(RunSpec.from_options("digits", batch_size=32), digits(200))
    assert (len(task.train), len(task.held_out), task.steps) == (180, 20, 5)
    assert not set(task.train) & set(task.held_out)
    first, second = (np.concatenate([y for _, y in task.training(epoch)]) for epoch in (0, 1))
    assert len(first) == 160 and first.tolist() != second.tolist()
    for x, y in task.training(0):
        assert x.shape == (32, 8, 8) and x.dtype == np.float32
        np.testing.assert_allclose(x[:, 0, 0] * 16, y)
    assert sum(len(y) for _, y in task.validation()) == 20 and sum(len(y) for _, y in task.test()) == 30


def test_fewer_examples_leave_validation_as_it_is():
    all_of_them, some = cut(1000), cut(1000, 50)
    np.testing.assert_array_equal(all_of_them[1], some[1])
    np.testing.assert_array_equal(all_of_them[0][:50], some[0])
    assert [len(part) for part in cut(19)] == [19, 0]


def test_fewer_pictures_than_a_batch_are_one_batch():
    task = DigitsDataset(RunSpec.from_options("digits", batch_size=500, examples=40), digits(200))
    assert (task.batch, task.steps) == (40, 1) and next(task.training(0))[0].shape == (40, 8, 8)
