"""What the store keeps, as it comes out of it: runs and points. Events are in `kinds`."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

QUEUED, STARTING, RUNNING, PAUSED = "queued", "starting", "running", "paused"
STOPPED, FINISHED, FAILED = "stopped", "finished", "failed"
ACTIVE = (QUEUED, STARTING, RUNNING, PAUSED)
ON_A_SLOT = (STARTING, RUNNING)
ENDED = (STOPPED, FINISHED, FAILED)

STOP, PAUSE, YIELD = "stop", "pause", "yield"  # what a run on a slot may be asked for; YIELD: its turn is over, somebody waits
GONE = "gone"  # what a worker hears whose run was ended, deleted or given to another one


@dataclass(frozen=True)
class Run:
    """One row of the list of runs. Times are seconds since 1970; `seconds` is training time."""

    id: str
    task: str
    title: str
    state: str
    message: str  # why it failed or stopped, in words
    created: float
    started: float | None
    ended: float | None
    owner: str | None  # in class mode the person; "" without; None for the examples, which are everybody's
    requested: str | None  # what somebody asked for that has not happened yet
    requested_at: float | None
    step: int
    steps: int | None  # of the whole run; None until the worker knows
    epoch: float  # read so far, in epochs
    epochs: int  # of the whole run
    seconds: float
    steps_per_second: float | None
    items: int | None  # read in one full step: characters, pictures or reviews
    planned_rate: float  # the learning rate before the schedule bends it
    learning_rate: float | None  # of the newest step, as the schedule bends it
    metrics: dict[str, float]  # means of the last whole epoch, such as `val_loss`; see `spec.metrics`
    results: dict[str, float]  # what was measured once at the end, such as `test_accuracy`

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def was_tested(self) -> bool:
        return was_tested(self.results)

    @property
    def outdated_test(self) -> float | None:
        """The epoch at which it was tested, where the network has been trained further since."""
        at = self.results.get("tested_epoch")
        return at if self.was_tested and at is not None and self.epoch > at else None

    @property
    def on_slot(self) -> bool:
        return self.state in ON_A_SLOT

    @property
    def leaves_it_to_the_log(self) -> bool:
        """Whether its message does not explain what went wrong, but says where to look."""
        return re.search(r"\blog\b", self.message or "") is not None

    @property
    def seconds_left(self) -> float | None:
        """Of training, without waiting."""
        return (self.steps - self.step) / self.steps_per_second if self.steps_per_second and self.steps and self.active else None


def finite_json(values: Mapping[str, float]) -> str:
    """Numbers by name as JSON, which has no word for those that are not finite: they are left out."""
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
