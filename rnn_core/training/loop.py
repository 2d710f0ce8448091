"""The training loop: it steps, measures, and tells a listener. It knows nothing of stores, pages or processes."""

import math
import time
from collections import deque
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import tensorflow as tf

from rnn_core.problem import Problem
from rnn_core.spec import RunSpec
from rnn_core.tasks.shape import Shape
from rnn_core.training.build import build, optimizer, weights_of

SNAPSHOT_SECONDS = 20.0  # within a long epoch, weights and a sample leave at least this often
_FIRST_SNAPSHOT = 2.0  # seconds; from then on ever more rarely, so that the first minute can be seen in play
_EXPLODED = 3.0  # times the loss of pure guessing
_USUAL_RATE = {"adam": 0.004, "rmsprop": 0.002, "sgd": 1.0}  # what works here for most networks
_WINDOW = 20  # steps over which an explosion is judged

Batches = Iterator[tuple[np.ndarray, np.ndarray]]  # inputs and targets


class Task(Protocol):
    """What the loop needs to know of a task. One that predicts at every step has no test."""

    shape: Shape
    steps: int  # an epoch

    def training(self, epoch: int) -> Batches: ...
    def validation(self) -> Batches:
        """None at all where there is too little data to set some aside."""

    def test(self) -> Batches: ...


class Diverged(Problem):
    """The loss is not a number any more, or far worse than guessing."""


class Listener(Protocol):
    def step(self, step: int, epoch: float, values: dict[str, float]) -> None:
        """After every step: `epoch` counts what has been read; `loss` is the batch's mean in nats, `accuracy` a share."""

    def epoch(self, step: int, epoch: int, values: dict[str, float]) -> None:
        """After every epoch: `train_loss` and `val_loss`, with `train_accuracy` and `val_accuracy` where classes are told apart."""

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray]) -> None:
        """Before the first step, after every epoch, and every SNAPSHOT_SECONDS within a long one."""

    def tested(self, step: int, epoch: int, values: dict[str, float], logits: np.ndarray) -> None:
        """Once at the end, if there is a test: `test_loss`, `test_accuracy`, and the logits in the order of `Task.test`."""

    def stop_wanted(self) -> bool:
        """Asked between steps; must be quick."""


class _Stopped(Exception):
    pass


class Trainer:
    """Holds the model, its optimizer and the two compiled functions. XLA is off: on a CPU it slows recurrent layers."""

    def __init__(self, spec: RunSpec, shape: Shape, steps: int):
        tf.config.experimental.enable_op_determinism()  # same spec, same seed, same losses; measured to cost nothing here
        self.shape = shape
        self.built = build(spec.model, shape, spec.seed)
        self.optimizer = optimizer(spec.training, steps)
        self.optimizer.build(self.built.carrying.trainable_variables)
        self.train_step = tf.function(self._train_step, jit_compile=False, reduce_retracing=True)
        self.measure = tf.function(self._measure, jit_compile=False, reduce_retracing=True)

    def zeros(self, batch: int) -> list[tf.Tensor]:
        return [tf.zeros((batch, units)) for units in self.built.state_units]

    def _forward(self, inputs, targets, states, training: bool):
        """Losses in nats, which predictions were right (as 0 and 1; not for text, where nobody asks), logits, states."""
        inputs = tf.cast(inputs, tf.float32 if self.shape.tokens is None else tf.int32)
        logits, *states = _as_list(self.built.carrying([inputs, *states] if states else inputs, training=training))
        targets = tf.cast(targets, tf.int32)
        if self.shape.outputs == 1:
            logit = logits[..., 0]
            losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(targets, tf.float32), logit)
            guesses = tf.cast(logit > 0, tf.int32)
        else:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
            guesses = targets if self.shape.every_step else tf.argmax(logits, -1, tf.int32)
        return losses, tf.cast(guesses == targets, tf.float32), logits, states

    def _train_step(self, inputs, targets, states):
        """One step of (truncated) BPTT: the states come in as constants, so errors do not travel past this batch."""
        with tf.GradientTape() as tape:
            losses, right, _, states = self._forward(inputs, targets, states, training=True)
            loss = tf.reduce_mean(losses)
        variables = self.built.carrying.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return tf.stack([loss, tf.reduce_mean(right)]), states

    def _measure(self, inputs, targets, states):
        losses, right, logits, states = self._forward(inputs, targets, states, training=False)
        return tf.stack([tf.reduce_sum(losses), tf.reduce_sum(right)]), logits, states


def _as_list(outputs) -> list:
    return outputs if isinstance(outputs, list) else [outputs]


def train(spec: RunSpec, task: Task, listener: Listener) -> str:
    """Train to the end (`finished`) or until the listener wants to stop (`stopped`). Raises `Diverged`."""
    shape = task.shape
    trainer = Trainer(spec, shape, task.steps * spec.training.epochs)
    names = ("loss",) if shape.every_step else ("loss", "accuracy")
    guessing = math.log(shape.classes)
    recent: deque[float] = deque(maxlen=_WINDOW)
    step, epoch = 0, 0.0
    began = time.monotonic()
    snapshot_due = 0.0

    def snapshot():
        nonlocal snapshot_due
        listener.snapshot(step, epoch, weights_of(trainer.built.plain))
        now = time.monotonic()
        snapshot_due = now + min(SNAPSHOT_SECONDS, _FIRST_SNAPSHOT + (now - began) / 2)

    snapshot()
    try:
        for number in range(spec.training.epochs):
            totals, read, states = np.zeros(2), 0, None
            for i, (inputs, targets) in enumerate(task.training(number), 1):
                states = trainer.zeros(len(inputs)) if states is None else states
                means, states = trainer.train_step(inputs, targets, states)
                means = means.numpy()
                step, epoch = step + 1, number + i / task.steps
                listener.step(step, epoch, dict(zip(names, means.tolist(), strict=False)))
                totals, read = totals + means.astype(float) * targets.size, read + targets.size
                recent.append(float(means[0]))
                _check(recent, guessing, step, spec)
                if listener.stop_wanted():
                    raise _Stopped
                if time.monotonic() > snapshot_due and i < task.steps:
                    snapshot()
            epoch = float(number + 1)
            values = {f"train_{name}": value for name, value in zip(names, (totals / read).tolist(), strict=False)}
            means, _ = _measured(trainer, task.validation(), listener)
            if means is not None:
                _check(deque([means[0]]), guessing, step, spec)
                values |= {f"val_{name}": value for name, value in zip(names, means, strict=False)}
            listener.epoch(step, number + 1, values)
            snapshot()
        if not shape.every_step:
            means, logits = _measured(trainer, task.test(), listener)
            if means is not None:
                listener.tested(step, number + 1, {"test_loss": means[0], "test_accuracy": means[1]}, logits)
    except _Stopped:
        snapshot()
        return "stopped"
    return "finished"


def _measured(trainer: Trainer, batches: Batches, listener: Listener) -> tuple[list[float] | None, np.ndarray | None]:
    """Mean loss in nats and share of right answers over all batches, with carried state; and the logits, if one an input."""
    states, totals, count, kept = None, np.zeros(2), 0, []
    for inputs, targets in batches:
        states = trainer.zeros(len(inputs)) if states is None else states
        sums, logits, states = trainer.measure(inputs, targets, states)
        totals, count = totals + sums.numpy(), count + targets.size
        if not trainer.shape.every_step:
            kept.append(logits.numpy())
        if listener.stop_wanted():
            raise _Stopped
    return ((totals / count).tolist() if count else None), (np.concatenate(kept) if kept else None)


def _check(recent: deque, guessing: float, step: int, spec: RunSpec) -> None:
    rate, usual = spec.training.learning_rate, _USUAL_RATE[spec.training.optimizer]
    better = usual if rate > usual else rate / 10
    advice = f"Try a learning rate of {better:g} instead of {rate:g}"
    advice += "." if 0 < spec.training.clip_norm <= 1 else ", and Gradient clipping of 1."
    if not math.isfinite(recent[-1]):
        raise Diverged(
            f"At step {step:,} the loss was not a number any more: the weights had grown beyond what a computer can hold.", advice
        )
    if len(recent) == recent.maxlen and sum(recent) / len(recent) > _EXPLODED * max(guessing, 1.0):
        raise Diverged(
            f"At step {step:,} the loss had exploded: {sum(recent) / len(recent):.1f} nats, where pure guessing gives "
            f"{guessing:.1f}. The steps downhill are so large that they jump over the valley.", advice
        )  # fmt: skip
