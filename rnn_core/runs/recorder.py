"""Listens to the training loop and writes what it hears into the store: throttled, in batches, and never often."""

import contextlib
import math
import time

import numpy as np

from rnn_core.forward.network import Network
from rnn_core.forward.sampler import Sampling, Writer
from rnn_core.problem import Problem
from rnn_core.runs.learnt import save_weights
from rnn_core.runs.store import Point, Sample, Store
from rnn_core.settings import Settings
from rnn_core.spec import RunSpec
from rnn_core.tasks.text import Vocabulary

POINT_SECONDS = 0.1  # at most ten points a second ...
POINTS_AT_FULL_RATE = 2000  # ... for the first 200 s; then ever fewer, so that a night leaves some 12,000, not 300,000
_WRITE_SECONDS = 0.25
_ASK_SECONDS = 0.2
SAMPLE = Sampling(length=400)


class Recorder:
    """A `Listener` for one run. Everything is in the store or on disk once `flush` returns."""

    def __init__(self, run_id: str, spec: RunSpec, store: Store, settings: Settings, vocabulary: Vocabulary):
        self.run_id, self.spec, self.store, self.settings, self.vocabulary = run_id, spec, store, settings, vocabulary
        self.began = self.asked = time.monotonic()
        self.point_due = self.write_due = 0.0  # the first point goes out at once
        self.stopping = False
        self.limit_reached = False
        self.points: list[Point] = []
        self.samples: list[Sample] = []
        self.progress: dict[str, float] = {}
        self._start_point()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def _start_point(self):
        self.sum, self.count, self.low, self.high = 0.0, 0, math.inf, -math.inf

    def step(self, step: int, epoch: float, loss: float) -> None:
        seconds = self.seconds
        if math.isfinite(loss):
            self.sum, self.count = self.sum + loss, self.count + 1
            self.low, self.high = min(self.low, loss), max(self.high, loss)
        if seconds >= self.point_due and self.count:
            self.points.append(Point("loss", step, epoch, seconds, self.sum / self.count, self.low, self.high))
            self.point_due = seconds + max(POINT_SECONDS, seconds / POINTS_AT_FULL_RATE)
            self._start_point()
        self.progress |= {"step": step, "epoch": epoch, "seconds": seconds, "rate": step / seconds}
        if seconds >= self.write_due:
            self.flush()

    def epoch(self, step: int, epoch: int, train_loss: float, val_loss: float) -> None:
        for name, value in (("train_loss", train_loss), ("val_loss", val_loss)):
            self.points.append(Point(name, step, epoch, self.seconds, value, value, value))
        self.progress |= {"epoch": float(epoch), "train_loss": train_loss, "val_loss": val_loss}

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray]) -> None:
        if all(np.isfinite(array).all() for array in weights.values()):
            save_weights(self.store.folder(self.run_id), weights)
            writer = Writer(Network(self.spec.model, weights), self.vocabulary)
            with contextlib.suppress(Problem):  # an exploding network may not be able to write; its loss says so
                self.samples.append(Sample(step, epoch, "".join(writer.write("\n", SAMPLE))))
        self.flush()

    def stop_wanted(self) -> bool:
        now = time.monotonic()
        if not self.stopping and now - self.asked > _ASK_SECONDS:
            self.asked = now
            self.limit_reached = 0 < self.settings.max_seconds < self.seconds
            self.stopping = self.limit_reached or self.store.stop_wanted(self.run_id)
        return self.stopping

    def flush(self) -> None:
        self.store.record(self.run_id, self.points, self.samples, **self.progress)
        self.points, self.samples, self.progress = [], [], {}
        self.write_due = self.seconds + _WRITE_SECONDS
