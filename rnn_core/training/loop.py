"""The training loop: it steps, measures, and tells a listener. It knows nothing of stores, pages or processes."""

import math
import time
from collections import deque
from dataclasses import replace
from itertools import islice

import numpy as np

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.spec.model_io import ModelIO, Output, Tokens
from rnn_core.spec.training import TrainingSpec
from rnn_core.training import losses
from rnn_core.training.build import build, optimizer, set_weights, weights_of
from rnn_core.training.protocol import FINISHED, SNAPSHOT_SECONDS, Batches, Dataset, Listener, Segment
from rnn_core.training.tf_import import tf

_FIRST_SNAPSHOT, _RARER = 2.0, 1.5  # seconds, and by how much ever longer, so that the first minute can be seen in play
_SNAPSHOT_SHARE = 0.1  # of the time, at most, goes into snapshots of huge networks
_GLIDE_END = 0.02  # of the learning rate is left at the end of cosine decay
_EXPLODED = 3.0  # times the loss of pure guessing
_USUAL_RATE = {"adam": 0.004, "rmsprop": 0.002, "sgd": 1.0}  # what works here for most networks
_WINDOW = 20  # steps over which an explosion is judged


class Diverged(UserError):
    """The loss is not a number any more, or far worse than guessing."""


class _Left(Exception):
    """Somebody requests to leave; the argument says why."""


class Trainer:
    """Holds the model, its optimizer and the two compiled functions. XLA is off: on a CPU it slows recurrent layers."""

    def __init__(self, spec: RunSpec, model_io: ModelIO):
        tf.config.experimental.enable_op_determinism()  # same spec, same seed, same losses; measured to cost nothing here
        self.model_io = model_io
        self.built = build(spec.model, model_io, spec.seed)
        self.optimizer = optimizer(spec.training)
        self.optimizer.build(self.built.carrying.trainable_variables)
        self.train_step, self.measure = self._compiled(self._train_step), self._compiled(self._measure)

    def _compiled(self, function):
        """As a graph; for predictions after each timestep, one that serves batches of every length.

        Left to itself TensorFlow builds another one, as long as the first took, where an epoch's last batch is shorter. With a
        length that is not known beforehand a step takes as long and says the same, bit for bit. (An unknown number of streams
        would slow it, so that readings, whose last batch has fewer rows, keep two graphs.)
        """
        graph = tf.function(function, jit_compile=False, reduce_retracing=True)

        def of_any_length(inputs, targets, states):
            if not graph.experimental_get_tracing_count():
                arrays = [tf.TensorSpec((len(array), None, *array.shape[2:]), array.dtype) for array in (inputs, targets)]
                graph.get_concrete_function(*arrays, [tf.TensorSpec(state.shape, state.dtype) for state in states])
            return graph(inputs, targets, states)

        return of_any_length if self.model_io.per_timestep else graph

    def zeros(self, batch: int) -> list[tf.Tensor]:
        return [tf.zeros((batch, units)) for units in self.built.state_units]

    def _forward(self, inputs, targets, states, training: bool):
        """The metrics, one number a prediction each; outputs; states."""
        inputs = tf.cast(inputs, tf.int32 if isinstance(self.model_io.input, Tokens) else tf.float32)
        outputs, *states = _as_list(self.built.carrying([inputs, *states] if states else inputs, training=training))
        return losses.measured(self.model_io.output, outputs, targets), outputs, states

    def _train_step(self, inputs, targets, states):
        """One step of (truncated) BPTT: the states come in as constants, so errors do not travel past this batch."""
        with tf.GradientTape() as tape:
            metrics, _, states = self._forward(inputs, targets, states, training=True)
            means = [tf.reduce_mean(metric) for metric in metrics]
        variables = self.built.carrying.trainable_variables
        self.optimizer.apply(tape.gradient(means[0], variables), variables)
        return tf.stack(means), states

    def _measure(self, inputs, targets, states):
        metrics, outputs, states = self._forward(inputs, targets, states, training=False)
        return tf.stack([tf.reduce_sum(metric) for metric in metrics]), outputs, states

    @property
    def seeds(self) -> list:
        """Where dropout's random numbers stand."""
        return self.built.carrying.non_trainable_variables

    def _others(self) -> list:
        """What changes in training besides the weights: the optimizer's memory, and the random numbers."""
        return [*self.optimizer.variables, *self.seeds]

    def weights(self) -> dict[str, np.ndarray]:
        return weights_of(self.built.plain)

    def state(self) -> dict[str, np.ndarray]:
        return {f"variable{i}": np.array(variable) for i, variable in enumerate(self._others())}

    def restore(self, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        set_weights(self.built.plain, weights)
        for i, variable in enumerate(self._others()):
            variable.assign(state[f"variable{i}"])


def _as_list(outputs) -> list:
    return outputs if isinstance(outputs, list) else [outputs]


def learning_rate(training: TrainingSpec, done: float) -> float:
    """After this share of a segment: constant, or gliding down half a cosine (Loshchilov & Hutter 2017, without restarts)."""
    if training.schedule == "constant":
        return training.learning_rate
    return training.learning_rate * (_GLIDE_END + (1 - _GLIDE_END) * (1 + math.cos(math.pi * min(done, 1.0))) / 2)


class Training:
    """One run's training, and where it stands.

    It can be left between any two steps and taken up again, here or from a snapshot in another process: the losses are those
    of a training that was never interrupted, bit for bit. `segment` is where the present plan began.
    """

    def __init__(self, spec: RunSpec, dataset: Dataset, segment: Segment | None = None, tests: bool = True):
        """`tests` says whether the test set is used at the end, if there is one."""
        self.dataset, self.segment, self.plan, self.tests = dataset, segment or Segment(), spec.training, tests
        self.trainer = Trainer(spec, dataset.model_io)
        self.names = dataset.model_io.output.metrics
        self.step = self.epochs = self.batches = 0  # steps and whole epochs behind it; batches read of the epoch it is in
        self.carried: list | None = None
        self.recent: deque[float] = deque(maxlen=_WINDOW)  # losses
        self.rate: float | None = None  # of the last step: the plan's learning rate as the schedule bends it
        self.snapshot_seconds = _FIRST_SNAPSHOT
        self._begin_epoch()

    @property
    def epoch(self) -> float:
        """Read so far."""
        return self.epochs + self.batches / self.dataset.steps

    def _begin_epoch(self) -> None:
        self.batches, self.carried = 0, None
        self.sums, self.predictions = np.zeros(len(self.names)), 0  # of this epoch's metrics

    # Leaving and coming back

    def state(self) -> dict[str, np.ndarray]:
        """All that is needed, besides the weights, to go on from here."""
        carried = {f"carried{i}": np.array(state) for i, state in enumerate(self.carried or ())}
        position = np.array([self.step, self.epochs, self.batches, self.predictions], np.int64)
        kept = {"position": position, "epoch": np.array(self.epoch), "sums": self.sums, "recent": np.array(self.recent)}
        return {**self.trainer.state(), **carried, **kept}

    def restore(self, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        """Stand where `state` was taken; or, where a segment on other data begins there, at the segment's first epoch."""
        self.trainer.restore(weights, state)
        self.step, self.epochs, self.batches, self.predictions = (int(n) for n in state["position"])
        self.sums, self.recent = state["sums"].copy(), deque(state["recent"].tolist(), maxlen=_WINDOW)
        states = range(len(self.trainer.built.state_units))
        self.carried = [tf.constant(state[f"carried{i}"]) for i in states] if "carried0" in state else None
        self.snapshot_seconds = SNAPSHOT_SECONDS
        if self.step == self.segment.step and float(state["epoch"]) != self.segment.epoch:
            self.epochs = int(self.segment.epoch)
            self._begin_epoch()

    # Training

    def run(self, listener: Listener) -> str:
        """Train to the end (FINISHED), or until the listener requests to leave (its reason). Raises `Diverged`."""
        self._listener, self._snapshot_due = listener, time.monotonic() + self.snapshot_seconds
        try:
            if not self.step:
                self._snapshot()
            self._obey()
            while self.epochs < self.plan.epochs:
                self._epoch()
            if self.tests:
                self._test()
        except _Left as left:
            self._snapshot()
            return str(left)
        return FINISHED

    def _epoch(self) -> None:
        dataset, names = self.dataset, self.names
        for inputs, targets in islice(dataset.training(self.epochs), self.batches, None):
            means = self._step(inputs, targets)
            self.step, self.batches = self.step + 1, self.batches + 1
            self.sums, self.predictions = self.sums + means.astype(float) * targets.size, self.predictions + targets.size
            self.recent.append(float(means[0]))
            self._listener.step(self.step, self.epoch, dict(zip(names, means.tolist(), strict=True)), self.rate)
            _check(self.recent, dataset.model_io.output, self.step, self.plan)
            self._obey()
            if time.monotonic() > self._snapshot_due and self.batches < dataset.steps and self._sound():
                self._snapshot()
        values = {f"train_{name}": value for name, value in zip(names, (self.sums / self.predictions).tolist(), strict=True)}
        means, _ = self._measured(dataset.validation())
        if means is not None:
            _check(deque([means[0]]), dataset.model_io.output, self.step, self.plan)
            values |= {f"val_{name}": value for name, value in zip(names, means, strict=True)}
        self.epochs += 1
        self._begin_epoch()
        self._listener.epoch(self.step, self.epochs, values)
        if self._sound() or self.epochs == self.plan.epochs:
            self._snapshot()

    def _step(self, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Means of the metrics over one batch."""
        steps = (self.plan.epochs - self.segment.epoch) * self.dataset.steps  # of the segment
        rate = learning_rate(self.plan, (self.step - self.segment.step) / steps)
        if rate != self.rate:
            self.trainer.optimizer.learning_rate.assign(rate)
            self.rate = rate
        carried = self.trainer.zeros(len(inputs)) if self.carried is None else self.carried
        means, states = self.trainer.train_step(inputs, targets, carried)
        self.carried = states if self.dataset.model_io.carries_state else None
        return means.numpy()

    def _obey(self) -> None:
        command = self._listener.command()
        if command.learning_rate is not None and command.learning_rate != self.plan.learning_rate:
            self.plan = replace(self.plan, learning_rate=command.learning_rate)
        if command.leave:
            raise _Left(command.leave)

    def _sound(self) -> bool:
        """Whether a snapshot is worth keeping: of a network that explodes, nobody could continue. One step does not tell yet."""
        return self.step > 1 and self.recent[-1] <= _EXPLODED * max(self.dataset.model_io.output.guessing_loss, 1.0)

    def _snapshot(self) -> None:
        began = time.monotonic()
        self._listener.snapshot(self.step, self.epoch, self.trainer.weights(), self.state())
        now = time.monotonic()
        self._snapshot_due = now + max(self.snapshot_seconds, (now - began) / _SNAPSHOT_SHARE)
        self.snapshot_seconds = min(SNAPSHOT_SECONDS, self.snapshot_seconds * _RARER)

    def _test(self) -> None:
        means, outputs = self._measured(self.dataset.test())
        if means is not None:
            values = {f"test_{name}": value for name, value in zip(self.names, means, strict=True)}
            self._listener.tested(self.step, self.epochs, values, outputs)

    def _measured(self, batches: Batches) -> tuple[list[float] | None, np.ndarray | None]:
        """Means of the metrics over all batches, carrying state as training does; and the outputs, if there is one row an input.

        Keras draws the masks of recurrent dropout here, too, without using them. Whoever leaves comes back to the beginning.
        """
        seeds = [np.array(seed) for seed in self.trainer.seeds]
        model_io, carried, sums, count, kept = self.dataset.model_io, None, np.zeros(len(self.names)), 0, []
        for inputs, targets in batches:
            carried = carried if carried and model_io.carries_state else self.trainer.zeros(len(inputs))
            found, outputs, carried = self.trainer.measure(inputs, targets, carried)
            sums, count = sums + found.numpy(), count + targets.size
            if not model_io.per_timestep:
                kept.append(outputs.numpy())
            try:
                self._obey()
            except _Left:
                for variable, seed in zip(self.trainer.seeds, seeds, strict=True):
                    variable.assign(seed)
                raise
        return ((sums / count).tolist() if count else None), (np.concatenate(kept) if kept else None)


def _check(recent: deque, output: Output, step: int, plan: TrainingSpec) -> None:
    rate, usual = plan.learning_rate, _USUAL_RATE[plan.optimizer]
    better = usual if rate > usual else rate / 10
    advice = f"Try a learning rate of {better:g} instead of {rate:g}"
    advice += "." if 0 < plan.clip_norm <= 1 else ", and Gradient clipping of 1."
    if not math.isfinite(recent[-1]):
        raise Diverged(
            f"At step {step:,} the loss was not a number any more: the weights had grown beyond what a computer can hold.", advice
        )
    if len(recent) == recent.maxlen and (mean := sum(recent) / len(recent)) > _EXPLODED * max(output.guessing_loss, 1.0):
        raise Diverged(
            f"At step {step:,} the loss had exploded: {mean:.1f} {output.unit}, where pure guessing gives {output.guessing_loss:.1f}. "
            "The updates are so large that they overshoot the minimum.", advice
        )  # fmt: skip
