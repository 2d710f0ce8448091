"""What the training loop, its tasks and its listeners know of each other. Without TensorFlow, so that anybody may import it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnn_core.spec.model_io import ModelIO

SNAPSHOT_SECONDS = 20.0  # within a long epoch, what was learnt leaves at least this often
FINISHED = "finished"

Batches = Iterator[tuple[np.ndarray, np.ndarray]]  # inputs and targets


class Dataset(Protocol):
    """What a run reads. Reading nothing at all, `validation` and `test` say that there is too little data, or no test set."""

    model_io: ModelIO
    batch: int  # sequences side by side in a step
    timesteps: float  # of a sequence, on average
    steps: int  # an epoch
    items: int  # read in a full step: characters, pictures, ...
    test_order: np.ndarray | None  # which test example each row that `test` yields is; None: in their order

    def training(self, epoch: int) -> Batches: ...
    def validation(self) -> Batches: ...
    def test(self) -> Batches: ...


@dataclass(frozen=True)
class Command:
    """What a listener may ask for between two steps."""

    leave: str | None = None  # why to stop here; `Training.run` gives it back
    learning_rate: float | None = None  # from now on, instead of the spec's


@dataclass(frozen=True)
class Segment:
    """Where the present plan began: training may be continued with more epochs, and the learning rate then glides anew."""

    step: int = 0
    epoch: float = 0.0  # read by then


class Listener(Protocol):
    def step(self, step: int, epoch: float, values: dict[str, float], learning_rate: float) -> None:
        """After every step: `epoch` counts what has been read; `values` are the batch's metrics, by name."""

    def epoch(self, step: int, epoch: int, values: dict[str, float]) -> None:
        """After every epoch: `train_loss`, `val_loss`, and the same of every other metric of `spec.metrics` that is measured."""

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        """Before the first step, after every epoch, when leaving, and every SNAPSHOT_SECONDS within a long epoch.

        `weights` is what the network has learnt, `state` what training needs besides to go on from here.
        """

    def tested(self, step: int, epoch: int, values: dict[str, float], outputs: np.ndarray | None) -> None:
        """Once at the end, if there is a test: `test_loss` and other metrics; the outputs in the order of `Dataset.test`, if each
        input has one row of them."""

    def command(self) -> Command:
        """Asked between steps; must be quick."""
