"""What the training loop, its tasks and its listeners know of each other. Without TensorFlow, so that anybody may import it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnn_core.spec.shape import Shape

SNAPSHOT_SECONDS = 20.0  # within a long epoch, what was learnt leaves at least this often
FINISHED = "finished"

Batches = Iterator[tuple[np.ndarray, np.ndarray]]  # inputs and targets


class Dataset(Protocol):
    """What the loop needs to know of a dataset. One that predicts at every step has no test."""

    shape: Shape
    steps: int  # an epoch

    def training(self, epoch: int) -> Batches: ...
    def validation(self) -> Batches:
        """None at all where there is too little data to set some aside."""

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
        """After every step: `epoch` counts what has been read; `loss` is the batch's mean in nats, `accuracy` a share."""

    def epoch(self, step: int, epoch: int, values: dict[str, float]) -> None:
        """After every epoch: `train_loss` and `val_loss`, with `train_accuracy` and `val_accuracy` where classes are told apart."""

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        """Before the first step, after every epoch, when leaving, and every SNAPSHOT_SECONDS within a long epoch.

        `weights` is what the network has learnt, `state` what training needs besides to go on from here.
        """

    def tested(self, step: int, epoch: int, values: dict[str, float], logits: np.ndarray) -> None:
        """Once at the end, if there is a test: `test_loss`, `test_accuracy`, and the logits in the order of `Dataset.test`."""

    def command(self) -> Command:
        """Asked between steps; must be quick."""
