"""The training loop: it trains, measures, and calls a listener. The loop knows nothing of stores, pages or processes."""

import math
import time
import zlib
from collections import deque
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.spec.metrics import CLIPPED, GRADIENT_NORM
from rnn_core.spec.training import COSINE_END, TrainingSpec, safer
from rnn_core.training.protocol import BEST, EXPLODED, FINISHED, NOT_A_NUMBER, SNAPSHOT_SECONDS, Batches, Dataset, Listener, Segment
from rnn_core.training.tf_import import tf
from rnn_core.training.trainer import Trainer

_FIRST_SNAPSHOT = 2.0  # seconds until the first snapshot, for people who try the network in its first minute ...
_SNAPSHOT_GROWTH = 1.5  # ... and how much longer each interval is than the one before, up to SNAPSHOT_SECONDS
_SNAPSHOT_SHARE = 0.1  # of the training time, at most, for snapshots of huge networks
_EXPLOSION_FACTOR = 3.0  # a loss so many times that of pure guessing has exploded
_WINDOW = 20  # steps whose mean loss is compared with that of pure guessing


class Diverged(UserError):
    """The loss is no longer a number, or it is far worse than pure guessing."""


class _Leave(Exception):
    """The listener requests to leave; the argument is its reason."""


@dataclass(frozen=True)
class Best:
    """The weights after the epoch with the lowest validation loss."""

    epoch: int
    loss: float
    weights: dict[str, np.ndarray]


def learning_rate(training: TrainingSpec, progress: float) -> float:
    """The learning rate after the share `progress` of a segment: constant, or half a cosine (Loshchilov & Hutter 2017, no restarts)."""
    if training.schedule == "constant":
        return training.learning_rate
    return training.learning_rate * (COSINE_END + (1 - COSINE_END) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2)


class Training:
    """One run's training and its position.

    Training can stop between any two steps and continue, here or from a snapshot in another process: the losses are, bit for bit,
    those of an uninterrupted training. `segment` is where the present plan starts.
    """

    def __init__(
        self,
        spec: RunSpec,
        dataset: Dataset,
        segment: Segment | None = None,
        test_at_end: bool = True,
        trainer: Trainer | None = None,
    ):
        """With `test_at_end`, the test set is used at the end, if there is one. `trainer` is at the spec's start."""
        self.dataset, self.segment, self.plan, self.test_at_end = dataset, segment or Segment(), spec.training, test_at_end
        self.trainer = trainer or Trainer(spec, dataset.model_io)
        self._uses_relu = any(layer.activation == "relu" for layer in spec.model.layers)
        self.names = dataset.model_io.output.metrics
        self.step = self.epochs = self.batches = 0  # steps and whole epochs trained; batches of the present epoch
        self.carried: list | None = None
        self.recent_losses: deque[float] = deque(maxlen=_WINDOW)
        self.learning_rate: float | None = None  # of the last step: the plan's learning rate, scaled by the schedule
        self.snapshot_seconds = _FIRST_SNAPSHOT
        self.best: Best | None = None
        self._without_best = False  # it continues from a checkpoint of an earlier version, which kept no best weights
        self._begin_epoch()

    @property
    def epoch(self) -> float:
        """Epochs trained, with a fraction."""
        return self.epochs + self.batches / self.dataset.steps

    @property
    def ended_early(self) -> bool:
        """Whether validation loss has not fallen for so many epochs that the run ends here, before its last epoch."""
        if not self.plan.patience or self.best is None or self.epochs >= self.plan.epochs:
            return False
        return self.epochs - max(self.best.epoch, int(self.segment.epoch)) >= self.plan.patience

    def _begin_epoch(self) -> None:
        self.batches, self.carried = 0, None
        self.sums, self.predictions = np.zeros(len(self.names)), 0  # of this epoch's metrics

    # Position

    def state(self) -> dict[str, np.ndarray]:
        """The arrays that are needed, besides the weights, to continue from here."""
        carried = {f"carried{i}": np.array(state) for i, state in enumerate(self.carried or ())}
        position = np.array([self.step, self.epochs, self.batches, self.predictions], np.int64)
        progress = {
            "position": position,
            "epoch": np.array(self.epoch),
            "sums": self.sums,
            "recent": np.array(self.recent_losses),
            "execution": self.trainer.execution.to_array(),
            "validation": np.array(self._validation_checksum),
        }
        return {**self.trainer.state(), **carried, **progress, **self._best_state()}

    def _best_state(self) -> dict[str, np.ndarray]:
        if self.best is None:
            return {}
        return {
            BEST: np.array([self.best.epoch, self.best.loss]),
            **{f"{BEST}.{name}": array for name, array in self.best.weights.items()},
        }

    def _restored_best(self, state: dict[str, np.ndarray]) -> Best | None:
        if BEST not in state:
            return None
        prefix = f"{BEST}."
        weights = {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
        return Best(int(state[BEST][0]), float(state[BEST][1]), weights)

    @cached_property
    def _validation_checksum(self) -> int:
        """Of the examples that validation reads: losses can be compared where it is the same."""
        checksum = 0
        for batch in self.dataset.validation():
            for array in batch:
                checksum = zlib.crc32(np.ascontiguousarray(array), checksum)
        return checksum

    def restore(self, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        """Continue from `state`; or, where a segment on other data starts at that step, from the segment's first epoch."""
        self.trainer.restore(weights, state)
        self.step, self.epochs, self.batches, self.predictions = (int(n) for n in state["position"])
        self.sums, self.recent_losses = state["sums"].copy(), deque(state["recent"].tolist(), maxlen=_WINDOW)
        states = range(len(self.trainer.built.state_units))
        self.carried = [tf.constant(state[f"carried{i}"]) for i in states] if "carried0" in state else None
        self.snapshot_seconds = SNAPSHOT_SECONDS
        on_other_data = "validation" in state and int(state["validation"]) != self._validation_checksum
        self.best = None if on_other_data else self._restored_best(state)  # losses on other data cannot be compared
        self._without_best = BEST not in state
        if self.step == self.segment.step and (on_other_data or float(state["epoch"]) != self.segment.epoch):
            self.epochs = int(self.segment.epoch)
            self._begin_epoch()

    # Training

    def run(self, listener: Listener) -> str:
        """Train to the end, or until the listener requests to leave. Returns FINISHED or the listener's reason. Raises `Diverged`."""
        self._listener, self._snapshot_due = listener, time.monotonic() + self.snapshot_seconds
        try:
            if not self.step:
                self._snapshot()
            self._apply_command()
            if self._without_best:
                self._take_present_as_best()
            while self.epochs < self.plan.epochs and not self.ended_early:
                self._epoch()
            if self.test_at_end:
                self._test()
        except _Leave as leave:
            self._snapshot()
            return str(leave)
        return FINISHED

    def _take_present_as_best(self) -> None:
        """Measure the weights after a whole epoch, without advancing dropout's random numbers."""
        if self.epochs and not self.batches:
            seeds = self._seeds()
            means, _ = self._evaluate(self.dataset.validation())
            self._set_seeds(seeds)
            self.best = Best(self.epochs, means[0], self.trainer.weights()) if means is not None else None
        self._without_best = False

    def _epoch(self) -> None:
        dataset, names = self.dataset, self.names
        for inputs, targets in islice(dataset.training(self.epochs), self.batches, None):
            means, norm = self._step(inputs, targets)
            self.step, self.batches = self.step + 1, self.batches + 1
            self.sums, self.predictions = self.sums + means.astype(float) * targets.size, self.predictions + targets.size
            self.recent_losses.append(float(means[0]))
            values = dict(zip(names, means.tolist(), strict=True)) | self._gradient_values(norm)
            self._listener.step(self.step, self.epoch, values, self.learning_rate)
            self._check_loss(self.recent_losses)
            self._apply_command()
            if time.monotonic() > self._snapshot_due and self.batches < dataset.steps and self._worth_keeping():
                self._snapshot()
        values = {f"train_{name}": value for name, value in zip(names, (self.sums / self.predictions).tolist(), strict=True)}
        means, outputs = self._evaluate(dataset.validation())
        self.epochs += 1
        if means is not None:
            self._check_loss(deque([means[0]]))
            values |= {f"val_{name}": value for name, value in zip(names, means, strict=True)}
            if self.best is None or means[0] < self.best.loss:
                self.best = Best(self.epochs, means[0], self.trainer.weights())
        self._begin_epoch()
        self._listener.epoch(self.step, self.epochs, values, self.best and self.best.epoch, outputs)
        if self._worth_keeping() or self.epochs == self.plan.epochs or self.ended_early:
            self._snapshot()

    def _gradient_values(self, norm: float) -> dict[str, float]:
        most = self.plan.clip_norm
        return {GRADIENT_NORM: norm, **({CLIPPED: float(norm > most)} if most else {})}

    def _step(self, inputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, float]:
        """Train on one batch; returns the means of its metrics, and the norm of the whole gradient before clipping."""
        steps = (self.plan.epochs - self.segment.epoch) * self.dataset.steps  # of the segment
        rate = learning_rate(self.plan, (self.step - self.segment.step) / steps)
        if rate != self.learning_rate:
            self.trainer.optimizer.learning_rate.assign(rate)
            self.learning_rate = rate
        carried = self.trainer.zero_states(len(inputs)) if self.carried is None else self.carried
        means, states = self.trainer.train_step(inputs, targets, carried)
        self.carried = states if self.dataset.model_io.carries_state else None
        *means, norm = means.numpy()
        return np.array(means), float(norm)

    def _apply_command(self) -> None:
        command = self._listener.command()
        if command.learning_rate is not None and command.learning_rate != self.plan.learning_rate:
            self.plan = replace(self.plan, learning_rate=command.learning_rate)
        if command.leave:
            raise _Leave(command.leave)

    def _worth_keeping(self) -> bool:
        """Whether a snapshot is worth keeping: an exploding network cannot be continued. The first step does not show that yet."""
        return self.step > 1 and self.recent_losses[-1] <= _EXPLOSION_FACTOR * max(self.dataset.model_io.output.guessing_loss, 1.0)

    def _snapshot(self) -> None:
        start = time.monotonic()
        self._listener.snapshot(self.step, self.epoch, self.trainer.weights(), self.state())
        now = time.monotonic()
        self._snapshot_due = now + max(self.snapshot_seconds, (now - start) / _SNAPSHOT_SHARE)
        self.snapshot_seconds = min(SNAPSHOT_SECONDS, self.snapshot_seconds * _SNAPSHOT_GROWTH)

    def _test(self) -> None:
        """Test the best weights; those of the last step come back afterwards, so that the run continues from there."""
        newest, tested_epoch = self.trainer.weights(), self.best.epoch if self.best else self.epochs
        try:
            if self.best:
                self.trainer.set_weights(self.best.weights)
            means, outputs = self._evaluate(self.dataset.test())
        finally:
            self.trainer.set_weights(newest)
        if means is not None:
            values = {f"test_{name}": value for name, value in zip(self.names, means, strict=True)}
            self._listener.test_result(self.step, tested_epoch, values, outputs)

    def _seeds(self) -> list[np.ndarray]:
        """The states of dropout's random number generators."""
        return [np.array(seed) for seed in self.trainer.seed_states]

    def _set_seeds(self, seeds: list[np.ndarray]) -> None:
        for variable, seed in zip(self.trainer.seed_states, seeds, strict=True):
            variable.assign(seed)

    def _evaluate(self, batches: Batches) -> tuple[list[float] | None, np.ndarray | None]:
        """(means of the metrics over all batches, outputs (examples, units)), carrying state as training does.

        Without a batch both are None; outputs are None, too, for predictions after each timestep. Keras advances the random numbers
        of recurrent dropout here, too, without using them: they are restored where the listener requests to leave, and the
        measurement is made again from its first batch.
        """
        seeds = self._seeds()
        model_io, carried, sums, count, logits = self.dataset.model_io, None, np.zeros(len(self.names)), 0, []
        for inputs, targets in batches:
            carried = carried if carried and model_io.carries_state else self.trainer.zero_states(len(inputs))
            batch_sums, outputs, carried = self.trainer.measure(inputs, targets, carried)
            sums, count = sums + batch_sums.numpy(), count + targets.size
            if not model_io.per_timestep:
                logits.append(outputs.numpy())
            try:
                self._apply_command()
            except _Leave:
                self._set_seeds(seeds)
                raise
        return ((sums / count).tolist() if count else None), (np.concatenate(logits) if logits else None)

    def _check_loss(self, recent_losses: deque) -> None:
        """Raise `Diverged` if the newest loss is no number, or the mean of many is far worse than pure guessing."""
        output, advice = self.dataset.model_io.output, _advice(self.plan, self._uses_relu)
        if not math.isfinite(recent_losses[-1]):
            raise Diverged(
                f"At step {self.step:,} {NOT_A_NUMBER}: numbers in the network had grown too large for the computer.",
                advice,
            )
        mean = sum(recent_losses) / len(recent_losses)
        if len(recent_losses) == recent_losses.maxlen and mean > _EXPLOSION_FACTOR * max(output.guessing_loss, 1.0):
            raise Diverged(
                f"At step {self.step:,} {EXPLODED}: {mean:.1f} {output.unit}, where pure guessing gives "
                f"{output.guessing_loss:.1f}. The updates are so large that they overshoot the minimum.",
                advice,
            )


def _advice(plan: TrainingSpec, uses_relu: bool) -> str:
    """What to try after a loss that has exploded."""
    change = safer(plan)
    changes = ["Activation tanh"] if uses_relu else []
    changes.append(f"a learning rate of {change['learning_rate']:g} instead of {plan.learning_rate:g}")
    changes += ["Gradient clipping of 1"] if "clip_norm" in change else []
    return f"Try {', and '.join(changes)}."
