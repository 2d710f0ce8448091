"""The listener of the training loop that writes into the store: throttled and in batches."""

import contextlib
import math
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from rnn_core.errors import UserError
from rnn_core.nn.embedding_map import epochs_to_keep, packed
from rnn_core.nn.gradient_probe import Curve
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import ByPart, Embedded, Event, GradientByTimestep, Sample
from rnn_core.runs.store.rows import GONE, STOP, YIELD, Point
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.training.protocol import Command

POINT_SECONDS = 0.1  # at most ten points a second ...
POINTS_AT_FULL_RATE = 2000  # ... for the first 200 s; then fewer and fewer: a night has some 12,000 points, not 300,000
_WRITE_SECONDS = 0.25
_POLL_SECONDS = 0.2
_GRADIENT_SHARE = 0.02  # of the training time, at most, for measuring where the gradient goes ...
_QUICK_GRADIENT = 0.05  # seconds; ... unless it is so quick


class Recorder:
    """A `Listener` for one run. Everything is in the store or on disk once `flush` returns.

    `write` makes a sample from weights, for tasks that write. `test_order` is the index of the test example of each row of outputs;
    None: they are in order. `worker` is the name of this process, which shows whether the run still belongs to it. `gradient` measures
    where the gradient goes, from weights: before training and after each epoch, unless that would take a notable part of the time.
    `by_part` measures parts of the validation examples by name, from their outputs after each epoch.
    """

    def __init__(
        self,
        run_id: str,
        store: Store,
        settings: Settings,
        write: Callable[[dict[str, np.ndarray]], str] | None = None,
        test_order: np.ndarray | None = None,
        worker: str | None = None,
        gradient: Callable[[dict[str, np.ndarray]], tuple[list[Curve], int]] | None = None,
        by_part: Callable[[np.ndarray], dict[str, float]] | None = None,
    ):
        self.run_id, self.store, self.settings, self.write, self.test_order = run_id, store, settings, write, test_order
        self.worker, self.gradient, self.by_part = worker, _harmless(gradient), _harmless(by_part)
        self.untrained: dict[str, np.ndarray] | None = None  # the weights before the first step, until their gradient is measured
        run, (_, _, segment_seconds) = store.runs.get(run_id), store.runs.segment(run_id)
        self.gradient_due, self.epochs = 0.0, run.epochs  # training seconds; the last epoch of the plan is measured in any case
        self.embedded_at = epochs_to_keep(run.epochs)
        self.start = time.monotonic() - run.seconds  # (monotonic, s) as if the run had trained without a break
        self.max_seconds = segment_seconds + (settings.max_seconds or math.inf)
        self.point_due = self.write_due = self.poll_due = 0.0  # training seconds; polling: monotonic
        self.last_command = Command()
        self.limit_reached = self.stepped = False
        self.points: list[Point] = []
        self.events: list[Event] = []
        self.progress: dict = {}
        self.aggregates: dict[str, _Aggregate] = {}

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    def step(self, step: int, epoch: float, values: dict[str, float], learning_rate: float) -> None:
        seconds, self.stepped = self.seconds, True
        for name, value in values.items():
            if math.isfinite(value):
                self.aggregates.setdefault(name, _Aggregate()).add(value)
        if seconds >= self.point_due:
            self._add_points(step, epoch)
        self.progress |= {
            "step": step, "epoch": epoch, "seconds": seconds, "steps_per_second": step / seconds, "learning_rate": learning_rate,
        }  # fmt: skip
        if self.untrained is not None:
            self._measure_gradient(0, 0.0, self.untrained)
            self.untrained = None
        if seconds >= self.write_due:  # last: a cluster fetches nothing of an earlier step than the newest one written
            self.flush()

    def _measure_gradient(self, step: int, epoch: float, weights: dict[str, np.ndarray]) -> None:
        if self.gradient is None or (self.seconds < self.gradient_due and epoch < self.epochs):
            return
        start = time.thread_time()
        curves, rows = self.gradient(weights) or ((), 0)
        if curves:
            self.events.append(GradientByTimestep(step, epoch, [asdict(curve) for curve in curves], rows))
        took = time.thread_time() - start
        self.gradient_due = self.seconds + (took / _GRADIENT_SHARE if took > _QUICK_GRADIENT else 0.0)

    def _add_points(self, step: int, epoch: float) -> None:
        """Add a point for each metric, from its values since the last one."""
        seconds = self.seconds
        self.points += [
            Point(name, step, epoch, seconds, *aggregate.mean_low_high()) for name, aggregate in self.aggregates.items()
        ]
        self.point_due = seconds + max(POINT_SECONDS, seconds / POINTS_AT_FULL_RATE)
        self.aggregates = {}

    def epoch(self, step: int, epoch: int, values: dict[str, float], best_epoch: int | None, outputs: np.ndarray | None) -> None:
        if self.seconds < POINTS_AT_FULL_RATE * POINT_SECONDS:  # short runs show every epoch up to its end
            self._add_points(step, float(epoch))
        self.points += [Point(name, step, epoch, self.seconds, value, value, value) for name, value in values.items()]
        if self.by_part and outputs is not None and (values_of_parts := self.by_part(outputs)):
            self.events.append(ByPart(step, float(epoch), values_of_parts))
        best = {} if best_epoch is None else {"best_epoch": float(best_epoch)}
        self.progress |= {"epoch": float(epoch), "metrics": values | best}

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        if self.last_command.leave == GONE:
            return
        if all(np.isfinite(array).all() for array in weights.values()):
            self.flush()  # first: the steps before a checkpoint are never trained, and recorded, again
            checkpoints.save(self.store.runs.folder(self.run_id), weights, state)
            if self.write:
                with contextlib.suppress(UserError):  # an exploding network may not be able to write; its loss shows that
                    self.events.append(Sample(step, epoch, self.write(weights)))
            if epoch in self.embedded_at and "embedding" in weights:
                self.events.append(Embedded(step, epoch, *packed(weights["embedding"])))
            if not step:
                self.untrained = weights
            elif epoch == int(epoch):
                self._measure_gradient(step, epoch, weights)
        self.flush()

    def test_result(self, step: int, epoch: int, values: dict[str, float], outputs: np.ndarray | None) -> None:
        if outputs is not None:
            in_order = np.empty_like(outputs)
            in_order[slice(None) if self.test_order is None else self.test_order] = outputs
            checkpoints.save_test_logits(self.store.runs.folder(self.run_id), in_order)
        self.store.runs.set_test_results(self.run_id, epoch, **values)

    def command(self) -> Command:
        now = time.monotonic()
        if now >= self.poll_due:
            self.poll_due = now + _POLL_SECONDS
            requested, rate = self.store.lifecycle.requests(self.run_id, self.worker)
            if requested == YIELD and not self.stepped:
                requested = None  # otherwise turns shorter than building the network would never train a step
            self.limit_reached = self.seconds > self.max_seconds
            self.last_command = Command(STOP if self.limit_reached else requested, rate)
        return self.last_command

    def stop_requested(self) -> bool:
        return self.command().leave is not None

    def flush(self) -> None:
        if self.last_command.leave != GONE:
            self.store.events.record(self.run_id, self.points, self.events, **self.progress)
        self.points, self.events, self.progress = [], [], {}
        self.write_due = self.seconds + _WRITE_SECONDS


def _harmless(probe: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    """A probe whose error does not fail the run: it goes to the log, and from then on the probe gives None."""
    failed = False

    def measure(of: Any) -> Any:
        nonlocal failed
        try:
            return None if failed else probe(of)
        except Exception:
            failed = True
            traceback.print_exc()
            return None

    return probe and measure


def time_limit_message(settings: Settings) -> str:
    return f"Stopped after {settings.max_seconds:,} s, the limit here (RNN_MAX_SECONDS)."


class _Aggregate:
    """Mean, minimum and maximum of a metric's values since the last point."""

    def __init__(self):
        self.sum, self.count, self.low, self.high = 0.0, 0, math.inf, -math.inf

    def add(self, value: float) -> None:
        self.sum, self.count = self.sum + value, self.count + 1
        self.low, self.high = min(self.low, value), max(self.high, value)

    def mean_low_high(self) -> tuple[float, float, float]:
        return self.sum / self.count, self.low, self.high
