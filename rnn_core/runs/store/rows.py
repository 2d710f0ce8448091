"""What is read from the store: runs and points. Events are in `kinds`."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from rnn_core.training.protocol import EXPLODED, NOT_A_NUMBER

QUEUED, STARTING, RUNNING, PAUSED = "queued", "starting", "running", "paused"
STOPPED, FINISHED, FAILED = "stopped", "finished", "failed"
ACTIVE = (QUEUED, STARTING, RUNNING, PAUSED)
ON_A_SLOT = (STARTING, RUNNING)
ENDED = (STOPPED, FINISHED, FAILED)

STOP, PAUSE, YIELD = "stop", "pause", "yield"  # requests to a run on a slot; YIELD: its turn is over, and somebody waits
GONE = "gone"  # the answer to a worker whose run was ended, deleted or given to another worker


@dataclass(frozen=True)
class Run:
    """One row of the list of runs. Times are seconds since 1970; `seconds` is training time."""

    id: str
    task: str
    title: str
    state: str
    message: str  # why it failed or stopped: sentences for a person
    created: float
    started: float | None
    ended: float | None
    owner: str | None  # in class mode the person's id, otherwise ""; None for the examples, which are everybody's
    requested: str | None  # STOP, PAUSE or YIELD, until it has happened
    requested_at: float | None
    step: int
    steps: int | None  # of the whole run; None until the worker knows
    epoch: float  # epochs trained, with a fraction
    epochs: int  # of the whole run
    seconds: float
    steps_per_second: float | None
    items: int | None  # per full step: characters, images or reviews
    planned_rate: float  # the learning rate before the schedule scales it
    learning_rate: float | None  # of the newest step, scaled by the schedule
    metrics: dict[str, float]  # means of the last whole epoch, such as `val_loss`; see the task's `metrics`
    results: dict[str, float]  # measured once at the end, such as `test_accuracy`
    remark: str = ""  # a person's own words about the run, called Note on the pages

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def was_tested(self) -> bool:
        return was_tested(self.results)

    @property
    def outdated_test(self) -> float | None:
        """The epoch whose weights were tested, if the run has been trained further since and others would be tested now."""
        epoch = self.results.get("tested_epoch")
        return epoch if self.was_tested and epoch is not None and self.metrics.get("best_epoch", self.epoch) > epoch else None

    @property
    def on_slot(self) -> bool:
        return self.state in ON_A_SLOT

    @property
    def refers_to_log(self) -> bool:
        """Whether the run's message tells people to look into its log."""
        return re.search(r"\blog\b", self.message or "") is not None

    @property
    def diverged(self) -> bool:
        """Whether the run failed because its loss had exploded."""
        return self.state == FAILED and any(words in self.message for words in (NOT_A_NUMBER, EXPLODED))

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds of training until the end, without waiting for turns."""
        return (self.steps - self.step) / self.steps_per_second if self.steps_per_second and self.steps and self.active else None


def finite_json(values: Mapping[str, float]) -> str:
    """Numbers by name as JSON, without those that are not finite, which JSON cannot express."""
    return json.dumps({name: value for name, value in values.items() if math.isfinite(value)})


def was_tested(results: Mapping[str, float]) -> bool:
    return any(name.startswith("test_") for name in results)


@dataclass(frozen=True)
class Point:
    """A metric at a step: the mean of `value` since the point before it, with the lowest and highest."""

    name: str
    step: int
    epoch: float
    seconds: float
    value: float
    low: float
    high: float
