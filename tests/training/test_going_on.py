"""A training that was left and taken up again gives the losses of one that was never interrupted, bit for bit."""

import functools
import math

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.runs import checkpoints
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import DigitsDataset
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import ReviewsDataset
from rnn_core.tasks.text.dataset import TextDataset
from rnn_core.training.loop import Training
from rnn_core.training.protocol import Segment
from tests.conftest import TINY, each_task, tiny_spec
from tests.training.test_loop import Ear

LAYERS = {"cell": "lstm", "layers": 2, "dropout": 0.3, "recurrent_dropout": 0.2}


def task_of(spec):
    """What a worker would train it on; a text is TINY."""
    if spec.task == "text":
        return TextDataset(spec, TINY)
    module, made = {"digits": (digits, DigitsDataset), "reviews": (reviews, ReviewsDataset)}[spec.task]
    return made(spec, module.load(spec.data.source, settings_of.load()))


def taken_up(task, spec, folder, ear: Ear, segment: Segment | None = None) -> Training:
    """As another process would: from what the last snapshot left on disk."""
    checkpoints.save(folder, ear.snapshots[-1][2], ear.states[-1])
    fresh = Training(spec, task, segment)
    fresh.restore(*checkpoints.load(folder, spec.model, task.model_io))
    assert fresh.step == checkpoints.position(folder)[0]
    return fresh


def cut(make_task, spec, folder, after: list[int]) -> Ear:
    """Trained with a break after so many steps each."""
    ear, training = Ear(), Training(spec, make_task(spec))
    for stop in [*after, math.inf]:
        ear.stop_after = stop
        outcome = training.run(ear)
        if stop < math.inf:
            assert outcome == "stop" and len(ear.losses) == stop
            training = taken_up(make_task(spec), spec, folder, ear)
    assert outcome == "finished"
    return ear


@functools.cache
def undisturbed(task: str) -> Ear:
    """The task trained for two epochs with LAYERS, without a break."""
    return cut(task_of, tiny_spec(task, **LAYERS), None, [])


@pytest.fixture(scope="module")
def two_epochs() -> Ear:
    """Trained without a break."""
    return cut(task_of, tiny_spec(epochs=2), None, [])


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
    whole, broken = (cut(lambda spec: TextDataset(spec, TINY[:length]), spec, tmp_path, stops) for stops in ([], after))
    assert broken.losses == whole.losses and broken.rates == whole.rates and broken.epochs == whole.epochs
    for name, array in whole.snapshots[-1][2].items():
        np.testing.assert_array_equal(broken.snapshots[-1][2][name], array)


@each_task("text")
def test_every_task_goes_on_with_the_same_masks_in_the_same_order_and_is_tested_alike(task, tmp_path):
    """Dropout between layers and within the cells, and state that is carried: all of it comes back, bit for bit."""
    spec = tiny_spec(task, **LAYERS)
    whole, broken = undisturbed(task), cut(task_of, spec, tmp_path, [4, 32])
    assert broken.losses == whole.losses and broken.rates == whole.rates
    assert broken.epochs == whole.epochs and broken.summaries == whole.summaries
    for name, array in whole.snapshots[-1][2].items():
        np.testing.assert_array_equal(broken.snapshots[-1][2][name], array)
    assert len(broken.tests) == len(whole.tests) == (task != "text")
    for (_, _, values, logits), (_, _, expected, whole_logits) in zip(broken.tests, whole.tests, strict=True):
        assert values == expected
        np.testing.assert_array_equal(logits, whole_logits)


class InValidation(Ear):
    """Leaves after the first batch of the first validation."""

    asked = 0

    def command(self):
        self.asked += 1
        self.stop_after = len(self.losses) if self.asked == 34 else math.inf  # 1 before, 32 steps, then validation
        return super().command()


@pytest.mark.slow
@each_task()
@pytest.mark.parametrize("elsewhere", [True, False])
def test_leaving_during_validation_measures_it_again_with_the_same_masks_afterwards(tmp_path, task, elsewhere):
    spec = tiny_spec(task, **LAYERS)
    whole, ear, made = undisturbed(task), InValidation(), task_of(spec)
    training = Training(spec, made)
    assert training.run(ear) == "stop" and len(ear.losses) == 32 and ear.epochs == []
    assert (taken_up(made, spec, tmp_path, ear) if elsewhere else training).run(ear) == "finished"
    assert ear.losses == whole.losses and ear.epochs == whole.epochs and ear.summaries == whole.summaries


def test_in_memory_it_goes_on_where_it_stood(two_epochs):
    spec = tiny_spec(epochs=2)
    ear, training = Ear(stop_after=10), Training(spec, task_of(spec))
    training.run(ear)
    ear.stop_after = math.inf
    assert training.run(ear) == "finished" and ear.losses == two_epochs.losses


@pytest.mark.slow
def test_a_new_learning_rate_counts_from_the_next_step_and_the_schedule_bends_it(two_epochs):
    spec = tiny_spec(epochs=2)

    class Turned(Ear):
        def step(self, *values):
            super().step(*values)
            self.rate = 0.001 if len(self.losses) >= 32 else None

    turned = Turned()
    Training(spec, task_of(spec)).run(turned)
    assert turned.rates[:32] == two_epochs.rates[:32]
    np.testing.assert_allclose(turned.rates[32:], np.array(two_epochs.rates[32:]) / 4)


def test_more_epochs_go_on_with_what_the_optimizer_remembers(tmp_path):
    """A second segment: the schedule begins anew, and the first loss is as low as the last one was."""
    spec = tiny_spec(epochs=3, units=32)
    ear, task = Ear(), task_of(spec)
    training = Training(spec, task)
    training.run(ear)
    longer = spec.changed(epochs=5, learning_rate=0.001)
    step, epoch = training.step, training.epoch
    second = taken_up(task, longer, tmp_path, ear, Segment(step, epoch))
    assert second.run(ear) == "finished"
    assert len(ear.losses) == 5 * task.steps and [n for _, n, _, _ in ear.epochs] == [1, 2, 3, 4, 5]
    assert ear.rates[step] == 0.001 and ear.rates[-1] < 0.001 / 40
    assert abs(ear.losses[step] - ear.losses[step - task.steps]) < 0.3 and ear.epochs[-1][3] < ear.epochs[2][3]


def test_another_text_begins_with_an_epoch_of_its_own(tmp_path):
    spec = tiny_spec(epochs=4)
    ear, task = Ear(stop_after=40), task_of(spec)
    training = Training(spec, task)
    training.run(ear)
    other = TextDataset(spec, TINY[::-1] + "ß", task.vocabulary)  # the same characters, in another order, and a stranger
    assert len(other.vocabulary.tokens) == len(task.vocabulary.tokens) and other.split == task.split
    ear.stop_after = math.inf
    second = taken_up(other, spec, tmp_path, ear, Segment(40, 2.0))
    assert (second.epochs, second.batches) == (2, 0)
    assert second.run(ear) == "finished"
    assert [(step, epoch) for step, epoch, _, _ in ear.epochs] == [(32, 1), (72, 3), (104, 4)]
