"""A training that is stopped and continued gives the losses of an uninterrupted one, bit for bit."""

import functools
import math

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.runs import checkpoints
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text.dataset import TextDataset
from rnn_core.training.execution import Execution
from rnn_core.training.loop import Training
from rnn_core.training.protocol import Segment
from rnn_core.training.trainer import Trainers
from tests.conftest import TINY, each_task, tiny_spec
from tests.training.test_loop import RecordingListener

LAYERS = {"cell": "lstm", "layers": 2, "dropout": 0.3, "recurrent_dropout": 0.2}


def dataset_of(spec):
    """The dataset that a worker would train on; for text, TINY."""
    if spec.task == "text":
        return TextDataset(spec, TINY)
    return task_of(spec.task).dataset(spec, None, settings_of.load(), False)


_TRAINERS = Trainers()  # compiling takes most of the time; a training that has been left is not used again


def in_parts(spec, dataset, segment: Segment | None = None) -> Training:
    """A training that computes each batch in two parts, with the own gradient."""
    return Training(spec, dataset, segment, trainer=_TRAINERS.get(spec, dataset.model_io, Execution(2, True)))


def resumed(dataset, spec, folder, listener: RecordingListener, segment: Segment | None = None) -> Training:
    """A training that continues from the last snapshot on disk, as in another process."""
    checkpoints.save(folder, listener.snapshots[-1][2], listener.states[-1])
    fresh = in_parts(spec, dataset, segment)
    assert checkpoints.execution(folder) == fresh.trainer.execution
    fresh.restore(*checkpoints.load(folder, spec.model, dataset.model_io))
    assert fresh.step == checkpoints.position(folder)[0]
    return fresh


def train_with_breaks(make_dataset, spec, folder, after: list[int]) -> RecordingListener:
    """Train with a break after each of these steps."""
    listener, training = RecordingListener(), in_parts(spec, make_dataset(spec))
    for stop in [*after, math.inf]:
        listener.stop_after = stop
        outcome = training.run(listener)
        if stop < math.inf:
            assert outcome == "stop" and len(listener.losses) == stop
            training = resumed(make_dataset(spec), spec, folder, listener)
    assert outcome == "finished"
    return listener


@functools.cache
def uninterrupted(task: str) -> RecordingListener:
    """The task trained for two epochs with LAYERS, without a break."""
    return train_with_breaks(dataset_of, tiny_spec(task, **LAYERS), None, [])


@pytest.fixture(scope="module")
def two_epochs() -> RecordingListener:
    """Trained without a break."""
    return train_with_breaks(dataset_of, tiny_spec(epochs=2), None, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "after", "length"),
    [
        ({}, [1, 20, 32, 64], 4520),  # the last step of an epoch reads fewer timesteps
        ({"optimizer": "rmsprop"}, [20], None),
        ({"optimizer": "sgd", "learning_rate": 1.0}, [20], None),
    ],
    ids=str,
)
def test_text_goes_on_within_an_epoch_and_between_epochs(options, after, length, tmp_path):
    """An epoch has 32 steps."""
    spec = tiny_spec(epochs=3, **options)
    reference, interrupted = (
        train_with_breaks(lambda spec: TextDataset(spec, TINY[:length]), spec, tmp_path, stops) for stops in ([], after)
    )
    assert (
        interrupted.losses == reference.losses and interrupted.rates == reference.rates and interrupted.epochs == reference.epochs
    )
    for name, array in reference.snapshots[-1][2].items():
        np.testing.assert_array_equal(interrupted.snapshots[-1][2][name], array)


@pytest.mark.slow
@each_task()
def test_every_task_goes_on_with_the_same_masks_in_the_same_order_and_is_tested_alike(task, tmp_path):
    """Dropout between layers and within the cells, and carried state: all of them are restored, bit for bit."""
    spec = tiny_spec(task, **LAYERS)
    reference, interrupted = uninterrupted(task), train_with_breaks(dataset_of, spec, tmp_path, [4, 32])
    assert interrupted.losses == reference.losses and interrupted.rates == reference.rates
    assert interrupted.epochs == reference.epochs and interrupted.summaries == reference.summaries
    for name, array in reference.snapshots[-1][2].items():
        np.testing.assert_array_equal(interrupted.snapshots[-1][2][name], array)
    assert len(interrupted.tests) == len(reference.tests) == (task != "text")
    for (_, _, values, logits), (_, _, expected, whole_logits) in zip(interrupted.tests, reference.tests, strict=True):
        assert values == expected
        np.testing.assert_array_equal(logits, whole_logits)


class InValidation(RecordingListener):
    """Leaves after the first batch of the first validation."""

    asked = 0

    def command(self):
        self.asked += 1
        self.stop_after = len(self.losses) if self.asked == 34 else math.inf  # 1 before, 32 steps, then validation
        return super().command()


@pytest.mark.slow
@pytest.mark.parametrize(("task", "elsewhere"), [("text", False), ("digits", True)])
def test_leaving_during_validation_measures_it_again_with_the_same_masks_afterwards(tmp_path, task, elsewhere):
    spec = tiny_spec(task, **LAYERS)
    reference, listener, dataset = uninterrupted(task), InValidation(), dataset_of(spec)
    training = in_parts(spec, dataset)
    assert training.run(listener) == "stop" and len(listener.losses) == 32 and listener.epochs == []
    assert (resumed(dataset, spec, tmp_path, listener) if elsewhere else training).run(listener) == "finished"
    assert listener.losses == reference.losses and listener.epochs == reference.epochs and listener.summaries == reference.summaries


def test_on_other_data_an_epoch_that_only_lacked_its_validation_is_over(tmp_path):
    spec, listener = tiny_spec(epochs=2), InValidation()
    training = in_parts(spec, dataset_of(spec))
    assert training.run(listener) == "stop" and training.batches == training.dataset.steps
    other = TextDataset(spec, TINY[::-1], training.dataset.vocabulary)
    on_other_data = resumed(other, spec, tmp_path, listener, Segment(training.step, 1.0))
    assert (on_other_data.epochs, on_other_data.batches) == (1, 0)
    on_same_data = resumed(dataset_of(spec), spec, tmp_path, listener)
    assert (on_same_data.epochs, on_same_data.batches) == (0, training.dataset.steps)


def test_in_memory_it_goes_on_where_it_stood(two_epochs):
    spec = tiny_spec(epochs=2)
    listener, training = RecordingListener(stop_after=10), in_parts(spec, dataset_of(spec))
    training.run(listener)
    listener.stop_after = math.inf
    assert training.run(listener) == "finished" and listener.losses == two_epochs.losses


@pytest.mark.slow
def test_a_new_learning_rate_counts_from_the_next_step_and_the_schedule_bends_it(two_epochs):
    spec = tiny_spec(epochs=2)

    class ChangedRate(RecordingListener):
        def step(self, *values):
            super().step(*values)
            self.rate = 0.001 if len(self.losses) >= 32 else None

    changed = ChangedRate()
    in_parts(spec, dataset_of(spec)).run(changed)
    assert changed.rates[:32] == two_epochs.rates[:32]
    np.testing.assert_allclose(changed.rates[32:], np.array(two_epochs.rates[32:]) / 4)


@pytest.mark.slow
def test_more_epochs_go_on_with_what_the_optimizer_remembers(tmp_path):
    """A second segment: the schedule starts again, and the first loss is as low as the last one was."""
    spec = tiny_spec(epochs=3, units=32)
    listener, dataset = RecordingListener(), dataset_of(spec)
    training = in_parts(spec, dataset)
    training.run(listener)
    longer = spec.changed(epochs=5, learning_rate=0.001)
    step, epoch = training.step, training.epoch
    second = resumed(dataset, longer, tmp_path, listener, Segment(step, epoch))
    assert second.run(listener) == "finished"
    assert len(listener.losses) == 5 * dataset.steps and [n for _, n, _, _ in listener.epochs] == [1, 2, 3, 4, 5]
    assert listener.rates[step] == 0.001 and listener.rates[-1] < 0.001 / 40
    assert (
        abs(listener.losses[step] - listener.losses[step - dataset.steps]) < 0.3 and listener.epochs[-1][3] < listener.epochs[2][3]
    )


def test_another_text_begins_with_an_epoch_of_its_own(tmp_path):
    spec = tiny_spec(epochs=4)
    listener, dataset = RecordingListener(stop_after=40), dataset_of(spec)
    training = in_parts(spec, dataset)
    training.run(listener)
    other = TextDataset(spec, TINY[::-1] + "ß", dataset.vocabulary)  # the same characters, in another order, and an unknown one
    assert len(other.vocabulary.tokens) == len(dataset.vocabulary.tokens) and other.split == dataset.split
    listener.stop_after = math.inf
    second = resumed(other, spec, tmp_path, listener, Segment(40, 2.0))
    assert (second.epochs, second.batches) == (2, 0)
    assert second.run(listener) == "finished"
    assert [(step, epoch) for step, epoch, _, _ in listener.epochs] == [(32, 1), (72, 3), (104, 4)]
