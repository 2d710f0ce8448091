"""The training loop: it steps, measures, and tells a listener. It knows nothing of stores, pages or processes."""

import math
import time
from collections import deque
from typing import Protocol

import numpy as np
import tensorflow as tf

from rnn_core.problem import Problem
from rnn_core.spec import RunSpec
from rnn_core.tasks.text import TextTask
from rnn_core.training.build import build, optimizer, weights_of

SNAPSHOT_SECONDS = 20.0  # within a long epoch, weights and a sample leave at least this often
_EXPLODED = 3.0  # times the loss of pure guessing
_USUAL_RATE = {"adam": 0.004, "rmsprop": 0.002, "sgd": 1.0}  # what works here for most networks
_WINDOW = 20  # steps over which an explosion is judged


class Diverged(Problem):
    """The loss is not a number any more, or far worse than guessing."""


class Listener(Protocol):
    def step(self, step: int, epoch: float, loss: float) -> None:
        """After every step: `epoch` counts what has been read, `loss` is the batch's mean in nats."""

    def epoch(self, step: int, epoch: int, train_loss: float, val_loss: float) -> None:
        """After every epoch: means over the whole epoch and over the whole validation part, in nats."""

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray]) -> None:
        """Before the first step, after every epoch, and every SNAPSHOT_SECONDS within a long one."""

    def stop_wanted(self) -> bool:
        """Asked between steps; must be quick."""


class _Stopped(Exception):
    pass


class Trainer:
    """Holds the model, its optimizer and the two compiled functions. XLA is off: on a CPU it slows recurrent layers."""

    def __init__(self, spec: RunSpec, classes: int, steps: int):
        tf.config.experimental.enable_op_determinism()  # same spec, same seed, same losses; measured to cost nothing here
        self.built = build(spec.model, classes, spec.seed)
        self.optimizer = optimizer(spec.training, steps)
        self.optimizer.build(self.built.carrying.trainable_variables)
        self.train_step = tf.function(self._train_step, jit_compile=False, reduce_retracing=True)
        self.measure = tf.function(self._measure, jit_compile=False, reduce_retracing=True)

    def zeros(self, batch: int) -> list[tf.Tensor]:
        return [tf.zeros((batch, units)) for units in self.built.state_units]

    def _loss(self, inputs, targets, states, training: bool):
        logits, *states = self.built.carrying([tf.cast(inputs, tf.int32), *states], training=training)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(targets, tf.int32), logits), states

    def _train_step(self, inputs, targets, states):
        """One step of truncated BPTT: the states come in as constants, so errors do not travel past this batch."""
        with tf.GradientTape() as tape:
            losses, states = self._loss(inputs, targets, states, training=True)
            loss = tf.reduce_mean(losses)
        variables = self.built.carrying.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, states

    def _measure(self, inputs, targets, states):
        losses, states = self._loss(inputs, targets, states, training=False)
        return tf.reduce_sum(losses), states


def train(spec: RunSpec, task: TextTask, listener: Listener) -> str:
    """Train to the end (`finished`) or until the listener wants to stop (`stopped`). Raises `Diverged`."""
    trainer = Trainer(spec, len(task.vocabulary), task.steps * spec.training.epochs)
    guessing = math.log(len(task.vocabulary))
    recent: deque[float] = deque(maxlen=_WINDOW)
    step, epoch = 0, 0.0
    snapshot_due = time.monotonic() + SNAPSHOT_SECONDS

    def snapshot():
        nonlocal snapshot_due
        listener.snapshot(step, epoch, weights_of(trainer.built.plain))
        snapshot_due = time.monotonic() + SNAPSHOT_SECONDS

    snapshot()
    try:
        for number in range(spec.training.epochs):
            total = characters = 0.0
            states = trainer.zeros(task.split.streams)
            for i, (inputs, targets) in enumerate(task.training(number), 1):
                loss, states = trainer.train_step(inputs, targets, states)
                loss = float(loss)
                step, epoch = step + 1, number + i / task.steps
                listener.step(step, epoch, loss)
                total, characters = total + loss * inputs.size, characters + inputs.size
                recent.append(loss)
                _check(recent, guessing, step, spec)
                if listener.stop_wanted():
                    raise _Stopped
                if time.monotonic() > snapshot_due and i < task.steps:
                    snapshot()
            epoch = float(number + 1)
            val_loss = _validate(trainer, task.validation(), task.split.validation_streams, listener)
            _check(deque([val_loss]), guessing, step, spec)
            listener.epoch(step, number + 1, total / characters, val_loss)
            snapshot()
    except _Stopped:
        snapshot()
        return "stopped"
    return "finished"


def _validate(trainer: Trainer, batches, streams: int, listener: Listener) -> float:
    """Mean loss in nats over the whole validation part, with carried state."""
    states, total, count = trainer.zeros(streams), 0.0, 0
    for inputs, targets in batches:
        loss, states = trainer.measure(inputs, targets, states)
        total, count = total + float(loss), count + inputs.size
        if listener.stop_wanted():
            raise _Stopped
    return total / count


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
