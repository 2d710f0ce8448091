import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnn_core.cells import CELLS
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.worker import failure_message
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.spec.training import usual_rate
from rnn_core.tasks import tokenizer
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import DigitsDataset, sequences
from rnn_core.tasks.reviews import baseline
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import ReviewsDataset
from rnn_core.tasks.text.dataset import TextDataset
from rnn_core.training import loop
from rnn_core.training.build import weights_of
from rnn_core.training.protocol import Command
from tests.conftest import TINY, tiny_spec

MODEL_IO = ModelIO(Tokens(30), NextToken(30), per_timestep=True, carries_state=True)


class RecordingListener:
    """A listener that records every call, and requests to stop after some steps."""

    def __init__(self, stop_after: float = math.inf):
        self.losses, self.epochs, self.snapshots, self.stop_after = [], [], [], stop_after
        self.values, self.summaries, self.tests, self.rates, self.states, self.best_epochs, self.rate = [], [], [], [], [], [], None

    def step(self, step, epoch, values, learning_rate):
        self.rates.append(learning_rate)
        self.losses.append(values["loss"])
        self.values.append(values)

    def epoch(self, step, epoch, values, best_epoch, outputs):
        self.epochs.append((step, epoch, values["train_loss"], values.get("val_loss")))
        self.summaries.append(values)
        self.best_epochs.append(best_epoch)

    def test_result(self, step, epoch, values, logits):
        self.tests.append((step, epoch, values, logits))

    def snapshot(self, step, epoch, weights, state):
        self.snapshots.append((step, epoch, weights))
        self.states.append(state)

    def command(self):
        return Command("stop" if len(self.losses) >= self.stop_after else None, self.rate)


def run(listener=None, text=TINY, **options) -> RecordingListener:
    spec = tiny_spec(**options)
    listener = listener or RecordingListener()
    listener.state = loop.Training(spec, TextDataset(spec, text)).run(listener)
    return listener


@pytest.mark.parametrize("cell", CELLS)
def test_a_real_training_learns(cell):
    listener = run(cell=cell, units=32, epochs=8, learning_rate=0.01)
    assert listener.state == "finished"
    guessing_loss = math.log(len(set(TINY)))
    assert listener.losses[0] == pytest.approx(guessing_loss, abs=0.3)
    assert listener.epochs[-1][3] < 0.5 * guessing_loss
    assert [epoch for _, epoch, _, _ in listener.epochs] == list(range(1, 9))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{}, {"cell": "lstm", "layers": 2}, {"dropout": 0.3, "recurrent_dropout": 0.2, "optimizer": "rmsprop"}]
)
def test_the_same_seed_gives_the_same_losses_and_another_one_does_not(options):
    first, again, other = (run(seed=seed, epochs=1, **options) for seed in (1, 1, 2))
    assert first.losses == again.losses and first.epochs == again.epochs
    assert first.losses[0] != other.losses[0]


@pytest.mark.parametrize("cell", CELLS)
def test_state_is_carried_from_batch_to_batch_while_training(cell):
    """With a learning rate of almost nothing the losses must be those of one pass over the whole streams."""
    listener = run(cell=cell, epochs=1, optimizer="sgd", learning_rate=1e-6, clip_norm=1e-3)
    spec = tiny_spec(cell=cell)
    dataset = TextDataset(spec, TINY)
    batches = list(dataset.training(0))
    network = Network(spec.model, listener.snapshots[0][2])
    logits, _ = network.run(np.concatenate([inputs for inputs, _ in batches], axis=1))
    carried = cut_by_batch(nats(logits, np.concatenate([targets for _, targets in batches], axis=1)), batches)
    fresh = [nats(network.run(inputs)[0], targets).mean() for inputs, targets in batches]
    np.testing.assert_allclose(listener.losses, carried, atol=1e-5)
    assert np.abs(np.array(fresh) - carried)[1:].max() > 1e-4  # the test can tell the two apart


def nats(logits, targets):
    logits = logits - logits.max(-1, keepdims=True)
    return np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, targets[..., None].astype(int), -1)[..., 0]


def cut_by_batch(losses, batches):
    edges = np.cumsum([inputs.shape[1] for inputs, _ in batches])[:-1]
    return [part.mean() for part in np.split(losses, edges, axis=1)]


def test_validation_loss_is_measured_over_the_whole_tail_with_carried_state():
    listener = run(epochs=1)
    spec = tiny_spec()
    dataset = TextDataset(spec, TINY)
    batches = list(dataset.validation())
    inputs, targets = (np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
    logits, _ = Network(spec.model, listener.snapshots[-1][2]).run(inputs)
    assert listener.epochs[0][3] == pytest.approx(nats(logits, targets).mean(), abs=1e-4)


@pytest.mark.parametrize("length", [80, 256, 300])
def test_short_texts_count_their_epochs_right(length):
    listener = run(text=TINY[:length], epochs=4)
    dataset = TextDataset(tiny_spec(), TINY[:length])
    assert [(step, epoch) for step, epoch, _, _ in listener.epochs] == [(dataset.steps * n, n) for n in (1, 2, 3, 4)]
    assert listener.snapshots[-1][1] == 4.0


def test_one_graph_serves_the_shorter_batch_at_an_epochs_end(monkeypatch):
    built = []
    forward = loop.Trainer._forward

    def spied(trainer, inputs, targets, states, training):
        built.append(training)
        return forward(trainer, inputs, targets, states, training)

    monkeypatch.setattr(loop.Trainer, "_forward", spied)
    spec = tiny_spec(epochs=2)
    lengths = {inputs.shape[1] for epoch in (0, 1) for inputs, _ in TextDataset(spec, TINY[:4520]).training(epoch)}
    assert len(lengths) == 3
    assert run(text=TINY[:4520], epochs=2).state == "finished"
    assert built == [True, False]


def test_stopping_keeps_what_was_learnt():
    listener = run(RecordingListener(stop_after=5), epochs=50)
    assert listener.state == "stop" and len(listener.losses) == 5
    step, epoch, weights = listener.snapshots[-1]
    assert step == 5 and 0 < epoch < 1
    assert any(np.abs(weights[name] - listener.snapshots[0][2][name]).max() > 0 for name in weights)


def test_snapshots_are_made_before_the_first_step_after_each_epoch_and_within_long_ones(monkeypatch):
    monkeypatch.setattr(loop, "_FIRST_SNAPSHOT", math.inf)  # also on a slow machine none is due within an epoch
    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", math.inf)
    assert [(s, e) for s, e, _ in run(epochs=3).snapshots] == [(0, 0.0), (32, 1.0), (64, 2.0), (96, 3.0)]
    monkeypatch.setattr(loop, "_FIRST_SNAPSHOT", 0.0)
    monkeypatch.setattr(loop, "_SNAPSHOT_SHARE", math.inf)
    assert len(run(epochs=1).snapshots) > 10


@pytest.mark.parametrize("options, message", [
    ({"optimizer": "sgd", "learning_rate": 100.0, "clip_norm": 0.0, "cell": "rnn", "activation": "relu"}, "no longer a number|exploded"),
    ({"learning_rate": 5.0}, "exploded"),
])  # fmt: skip
def test_a_loss_that_explodes_stops_with_an_explanation_and_a_suggestion(options, message):
    listener = RecordingListener()
    with pytest.raises(loop.Diverged, match=message) as raised:
        run(listener, epochs=50, schedule="constant", **options)
    usual = usual_rate(options.get("optimizer", "adam"))
    tanh = "Activation tanh, and " if options.get("activation") == "relu" else ""
    assert f"Try {tanh}a learning rate of {usual:g} instead of {options['learning_rate']:g}" in str(raised.value)
    assert len(listener.losses) >= 1  # the steps before it were reported


@pytest.mark.slow
def test_a_network_that_explodes_leaves_a_snapshot_from_which_one_can_go_on(monkeypatch):
    monkeypatch.setattr(loop, "_FIRST_SNAPSHOT", 0.0)  # it is due after every step, also the first, which takes long
    monkeypatch.setattr(loop, "_SNAPSHOT_SHARE", math.inf)
    listener = RecordingListener()
    with pytest.raises(loop.Diverged):
        run(listener, epochs=50, schedule="constant", learning_rate=5.0)
    weights = listener.snapshots[-1][2]
    spec = tiny_spec(epochs=4)
    after = loop.Training(spec, TextDataset(spec, TINY))
    after.restore(weights, listener.states[-1])
    assert after.run(listener) == "finished"
    assert listener.epochs[-1][2] < listener.losses[0]


def test_cosine_decay_ends_near_zero_and_constant_does_not():
    rates = run(epochs=3).rates
    assert rates[0] == 0.004 and rates[48] == pytest.approx(0.004 * 0.51) and 0.004 / 50 < rates[-1] < 0.004 / 45


def test_gradients_are_clipped_to_the_norm():
    assert loop.Trainer(tiny_spec(clip_norm=0.5), MODEL_IO).optimizer.global_clipnorm == 0.5
    assert loop.Trainer(tiny_spec(clip_norm=0.0), MODEL_IO).optimizer.global_clipnorm is None


def test_a_model_saved_for_keras_matches_the_numpy_network(tmp_path):
    from rnn_core.runs import checkpoints
    from rnn_core.training.save import save

    spec = tiny_spec(layers=2, cell="lstm", dropout=0.2)
    dataset = TextDataset(spec, TINY)
    weights = weights_of(loop.Trainer(spec, dataset.model_io).built.plain)
    checkpoints.save(tmp_path, weights)
    tokenizer.save(tmp_path, dataset.vocabulary)
    save(spec, tmp_path / checkpoints.WEIGHTS, tmp_path / "m.keras")
    message = keras.models.load_model(tmp_path / "m.keras").predict(np.array([[1, 2, 3]]), verbose=0)
    ours, _ = Network(spec.model, weights).run(np.array([[1, 2, 3]]))
    np.testing.assert_allclose(message, ours, atol=1e-5)


# Tasks that read whole inputs


def classify(task: str, settings, listener=None, **options):
    small = {"units": 16, "epochs": 3, "batch_size": 32, "learning_rate": 0.01, "schedule": "constant"}
    source = {"digits": "digits-8x8", "reviews": "review-language"}[task]
    spec = RunSpec.from_options(task, **{**small, "source": source, **options})
    module, make_dataset = {"digits": (digits, DigitsDataset), "reviews": (reviews, ReviewsDataset)}[task]
    dataset, listener = make_dataset(spec, module.load(spec.data.source, settings)), listener or RecordingListener()
    listener.state = loop.Training(spec, dataset).run(listener)
    return spec, dataset, listener


def test_digits_are_learnt_and_tested_once_at_the_end(settings):
    spec, dataset, listener = classify("digits", settings, epochs=5)
    assert listener.losses[0] == pytest.approx(math.log(10), abs=0.4)
    assert [values["train_accuracy"] for values in listener.summaries] == sorted(
        values["train_accuracy"] for values in listener.summaries
    )
    assert listener.summaries[-1]["val_accuracy"] > 0.8 and len(listener.values) == 5 * dataset.steps
    ((step, epoch, values, logits),) = listener.tests
    assert (step, epoch) == (5 * dataset.steps, 5) and logits.shape == (360, 10)
    labels = dataset.digits.test_labels
    assert values["test_accuracy"] == pytest.approx((logits.argmax(-1) == labels).mean()) and values["test_accuracy"] > 0.8
    x = sequences(dataset.digits.test, spec.data, 16)
    np.testing.assert_allclose(Network(spec.model, listener.snapshots[-1][2]).classify(x), logits, atol=1e-4)


@pytest.mark.slow
def test_a_recurrent_network_learns_what_counting_cannot(settings):
    _, dataset, listener = classify("reviews", settings, units=32, embedding=32, epochs=3, learning_rate=0.005)
    results = baseline.test_accuracies(dataset, _in_test_order(dataset, listener.tests[0][3]))
    assert results["order_accuracy"] > 0.95 and results["counting_order_accuracy"] < 0.55


def _in_test_order(dataset, logits):
    ordered = np.empty_like(logits)
    ordered[dataset.test_order] = logits
    return ordered


def test_a_masked_test_matches_the_numpy_network(settings):
    options = {"cell": "lstm", "bidirectional": True, "pooling": "max", "examples": 300, "epochs": 1}
    spec, dataset, listener = classify("reviews", settings, **options)
    network, expected = Network(spec.model, listener.snapshots[-1][2]), listener.tests[0][3]
    for row, i in list(enumerate(dataset.test_order))[::97]:
        np.testing.assert_allclose(network.classify(dataset.encoded_test.ids(i)[None])[0], expected[row], atol=1e-4)


def test_without_anything_set_aside_there_is_no_validation_and_no_test(settings):
    _, dataset, listener = classify("reviews", settings, source="four-sentences", batch_size=4, epochs=2)
    assert dataset.steps == 1 and listener.state == "finished"
    assert [set(values) for values in listener.summaries] == [{"train_loss", "train_accuracy"}] * 2
    assert listener.tests == []


def test_four_sentences_are_memorised(settings):
    _, _, listener = classify("reviews", settings, source="four-sentences", cell="rnn", units=128, embedding=100, batch_size=4, epochs=30,
                         learning_rate=0.001)  # fmt: skip
    assert listener.summaries[-1]["train_accuracy"] == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("task", ["digits", "reviews"])
def test_whole_readings_are_the_same_for_the_same_seed(settings, task):
    options = {"examples": 200, "epochs": 1, "dropout": 0.3}
    first, again, other = (classify(task, settings, seed=seed, **options)[2] for seed in (1, 1, 2))
    assert first.losses == again.losses and first.tests[0][2] == again.tests[0][2] and first.losses != other.losses


def test_a_run_that_is_stopped_is_not_tested(settings):
    _, _, listener = classify("digits", settings, RecordingListener(stop_after=3))
    assert listener.state == "stop" and listener.tests == [] and len(listener.losses) == 3


@pytest.mark.slow
def test_snapshots_come_often_at_first(settings, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    class Slow(RecordingListener):
        def step(self, *values):
            super().step(*values)
            clock[0] += 1.0  # a step takes a second

    _, _, listener = classify("digits", settings, Slow(), epochs=2, batch_size=8)
    gaps = np.diff([step for step, _, _ in listener.snapshots])
    assert gaps[0] <= 3 and max(gaps[:4]) <= 10 and max(gaps) <= loop.SNAPSHOT_SECONDS + 1


def test_memory_that_was_refused_while_a_step_was_traced_is_called_so():
    @tf.function
    def step(x):
        raise MemoryError("nothing left")

    with pytest.raises(Exception) as raised:
        step(tf.constant(1.0))
    assert failure_message(raised.value).startswith("Training ran out of memory")
