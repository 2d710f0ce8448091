"""The weights of the best epoch are kept, tested and restored; and a run can end early."""

import numpy as np
import pytest

from rnn_core.nn.network import Network
from rnn_core.nn.run_files import DamagedFile, read_weights
from rnn_core.runs import checkpoints
from rnn_core.runs.store.store import WEIGHTS
from rnn_core.training.loop import Training
from rnn_core.training.protocol import BEST, Segment
from tests.conftest import each_task, one_task, tiny_spec
from tests.training.test_continue import dataset_of, in_parts, resumed
from tests.training.test_loop import RecordingListener

OTHER = {"text": {"learning_rate": 0.3}, "memory": {"source": "parity", "longest": 30}}  # otherwise the loss only falls
UP_AND_DOWN = {"epochs": 6, "learning_rate": 0.08, "schedule": "constant", "dropout": 0.3}  # so does validation loss


def spec_of(task: str, **options):
    return tiny_spec(task, **UP_AND_DOWN | OTHER.get(task, {}) | options)


def trained(spec, stop_after: float = np.inf) -> tuple[Training, RecordingListener]:
    listener, training = RecordingListener(stop_after), in_parts(spec, dataset_of(spec))
    listener.state = training.run(listener)
    return training, listener


def best_of(losses: list[float]) -> int:
    """The epoch of the lowest loss, from 1."""
    return losses.index(min(losses)) + 1


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@each_task("digits")
def test_the_best_weights_are_those_of_the_epoch_with_the_lowest_validation_loss(settings, tmp_path, task):
    spec = spec_of(task)
    training, listener = trained(spec)
    losses = [loss for _, _, _, loss in listener.epochs]
    best = best_of(losses)
    assert best < len(losses) == 6 and listener.state == "finished"
    assert listener.best_epochs == [best_of(losses[:n]) for n in range(1, 7)]
    checkpoints.save(tmp_path, listener.snapshots[-1][2], listener.states[-1])
    read = [read_weights(tmp_path / WEIGHTS, spec.model, training.dataset.model_io, best=b) for b in (True, False)]
    assert same(read[0], next(weights for _, epoch, weights in listener.snapshots if epoch == best))
    assert same(read[1], listener.snapshots[-1][2]) and not same(*read)
    assert checkpoints.best(tmp_path) == (best, pytest.approx(min(losses)))


def test_the_best_weights_are_tested_and_the_newest_stay(settings):
    spec = spec_of("digits")
    training, listener = trained(spec)
    (_, tested_epoch, values, outputs), dataset = listener.tests[0], training.dataset
    assert tested_epoch == best_of([loss for _, _, _, loss in listener.epochs]) < 6
    network = Network(spec.model, training.best.weights)
    computed = [network.classify(inputs) for inputs, _ in dataset.test()]
    np.testing.assert_allclose(np.concatenate(computed), outputs, atol=1e-4)
    training.trainer.set_weights(training.best.weights)
    means, _ = training._evaluate(dataset.test())
    assert means[0] == values["test_loss"]
    training, again = trained(spec)
    assert same(training.trainer.weights(), again.snapshots[-1][2])


@pytest.mark.slow
@one_task("text")
def test_a_run_that_is_continued_elsewhere_keeps_its_best_weights(settings, tmp_path, task):
    spec = spec_of(task)
    whole, _ = trained(spec)
    steps = whole.dataset.steps
    _, listener = trained(spec, stop_after=4 * steps + 1)
    training = resumed(dataset_of(spec), spec, tmp_path, listener)
    assert training.run(RecordingListener()) == "finished"
    assert (training.best.epoch, training.best.loss) == (whole.best.epoch, whole.best.loss)
    assert same(training.best.weights, whole.best.weights)


def test_on_other_data_the_best_weights_are_looked_for_again(settings, tmp_path):
    """Losses on different examples cannot be compared."""
    spec = spec_of("text", epochs=2)
    training, listener = trained(spec)
    dataset = dataset_of(spec)
    same_data = resumed(dataset, spec.changed(epochs=3), tmp_path, listener, Segment(training.step, 2.0))
    assert same_data.best.epoch == training.best.epoch
    dataset._ids = dataset._ids[::-1].copy()
    other = resumed(dataset, spec.changed(epochs=3), tmp_path, listener, Segment(training.step, 2.0))
    assert other.best is None
    listener = RecordingListener()
    other.run(listener)
    assert other.best.epoch == 3 and listener.best_epochs == [3]


@one_task("digits")
def test_a_run_ends_early_once_validation_loss_has_not_fallen(settings, tmp_path, task):
    most = 12
    _, listener = trained(spec_of(task, epochs=most))
    losses = [loss for _, _, _, loss in listener.epochs]
    patience = 2
    end = next(n for n in range(1, most + 1) if n - best_of(losses[:n]) == patience)
    spec = spec_of(task, epochs=most, patience=patience)
    training, early = trained(spec)
    assert early.state == "finished" and training.ended_early and training.epochs == end < most
    assert [loss for _, _, _, loss in early.epochs] == losses[:end]
    assert bool(early.tests) == bool(listener.tests)
    at_the_end, again = resumed(dataset_of(spec), spec, tmp_path, early), RecordingListener()
    assert at_the_end.run(again) == "finished" and not again.losses
    on = resumed(dataset_of(spec), spec, tmp_path, early, Segment(training.step, float(end)))
    on.run(again)
    assert len(again.epochs) >= 1  # a new plan has its patience again


def test_without_validation_the_newest_weights_count_as_the_best(tmp_path):
    spec = spec_of("text", epochs=2, patience=1)
    dataset = dataset_of(spec)
    dataset.validation = lambda: iter(())
    listener, training = RecordingListener(), in_parts(spec, dataset)
    assert training.run(listener) == "finished" and training.epochs == 2 and training.best is None
    assert listener.best_epochs == [None, None]
    checkpoints.save(tmp_path, listener.snapshots[-1][2], listener.states[-1])
    assert checkpoints.best(tmp_path) is None
    assert same(read_weights(tmp_path / WEIGHTS, spec.model, dataset.model_io, best=True), listener.snapshots[-1][2])


@pytest.mark.parametrize("wrong", [np.array([1.0]), np.array([np.nan, 1.0]), np.array("x")])
def test_a_best_epoch_that_is_damaged_is_said(tmp_path, wrong):
    checkpoints.save(tmp_path, {"embedding": np.zeros(3)}, {BEST: wrong})
    with pytest.raises(DamagedFile):
        checkpoints.best(tmp_path)


def test_a_run_that_uses_all_epochs_did_not_end_early(settings):
    spec = spec_of("digits", epochs=12)
    _, listener = trained(spec)
    losses = [loss for _, _, _, loss in listener.epochs]
    end = next(n for n in range(1, 13) if n - best_of(losses[:n]) == 1)
    training, _ = trained(spec_of("digits", epochs=end, patience=1))
    assert training.epochs == end and not training.ended_early


def test_a_checkpoint_without_best_weights_starts_with_its_own(settings, tmp_path):
    """As earlier versions wrote it: the first epoch after it is not the best only because it is the first."""
    spec = spec_of("text", epochs=1, recurrent_dropout=0.3)
    _, listener = trained(spec)
    state = {name: array for name, array in listener.states[-1].items() if not name.startswith(BEST)}
    checkpoints.save(tmp_path, listener.snapshots[-1][2], state)
    dataset = dataset_of(spec)
    after = in_parts(spec, dataset)
    after.restore(*checkpoints.load(tmp_path, spec.model, dataset.model_io))
    seeds = [np.array(seed) for seed in after.trainer.seed_states]
    assert after.best is None and after.run(RecordingListener()) == "finished"
    assert after.best.epoch == 1 and after.best.loss == pytest.approx(listener.epochs[0][3], abs=1e-6)
    assert all(np.array_equal(a, b) for a, b in zip(seeds, after.trainer.seed_states, strict=True))


@pytest.mark.parametrize("change", ["output.kernel", "output.bias"])
def test_best_weights_that_are_damaged_are_said_before_training_goes_on(tmp_path, change):
    spec = spec_of("text", epochs=1)
    training, listener = trained(spec)
    state = dict(listener.states[-1])
    if change == "output.kernel":
        del state[f"{BEST}.{change}"]
    else:
        state[f"{BEST}.{change}"] = np.full_like(state[f"{BEST}.{change}"], np.nan)
    checkpoints.save(tmp_path, listener.snapshots[-1][2], state)
    with pytest.raises(DamagedFile):
        checkpoints.load(tmp_path, spec.model, training.dataset.model_io)
