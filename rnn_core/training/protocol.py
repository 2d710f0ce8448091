"""The interfaces between the training loop, its datasets and its listeners. Every room may import them: TensorFlow is not needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnn_core.spec.model_io import ModelIO

SNAPSHOT_SECONDS = 20.0  # at most, between two snapshots within a long epoch
FINISHED = "finished"
BEST = "best"  # the array of a state that describes the best weights, and the prefix of these

NOT_A_NUMBER, EXPLODED = "the loss was no longer a number", "the loss had exploded"  # in the message of a run that has diverged

Batches = Iterator[tuple[np.ndarray, np.ndarray]]  # inputs and targets


class Dataset(Protocol):
    """The data of a run. `validation` without a batch: there is too little data; `test` without a batch: there is no test set."""

    model_io: ModelIO
    batch: int  # sequences side by side in a step
    timesteps: float  # mean length of a sequence
    steps: int  # per epoch
    items: int  # per full step: characters, images, ...
    test_order: np.ndarray | None  # index of the test example in each row that `test` yields; None: in their order

    def training(self, epoch: int) -> Batches: ...
    def validation(self) -> Batches: ...
    def test(self) -> Batches: ...


@dataclass(frozen=True)
class Command:
    """A listener's answer between two steps."""

    leave: str | None = None  # the reason to stop here, which `Training.run` returns; None: train on
    learning_rate: float | None = None  # from the next step on, instead of the spec's


@dataclass(frozen=True)
class Segment:
    """Where the present plan starts. Continued with more epochs, a run has a second segment, and its schedule starts again."""

    step: int = 0
    epoch: float = 0.0  # epochs trained before it


class Listener(Protocol):
    def step(self, step: int, epoch: float, values: dict[str, float], learning_rate: float) -> None:
        """After every step. `epoch` is the number of epochs trained, with a fraction; `values` are the batch's metrics by name, and
        GRADIENT_NORM and CLIPPED of `spec.metrics`.
        """

    def epoch(self, step: int, epoch: int, values: dict[str, float], best_epoch: int | None, outputs: np.ndarray | None) -> None:
        """After every epoch. `values` holds `train_loss`, `val_loss`, and the same of every other metric of the task's output.

        `best_epoch` is that with the lowest validation loss; None where there is no validation. `outputs` (examples, units) are those
        of validation, in its order; None without one, and for a network that predicts after each timestep.
        """

    def snapshot(self, step: int, epoch: float, weights: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> None:
        """Before the first step, after every epoch, when leaving, and every SNAPSHOT_SECONDS within a long epoch.

        `state` is what training needs, besides the `weights`, to continue from here.
        """

    def test_result(self, step: int, epoch: int, values: dict[str, float], outputs: np.ndarray | None) -> None:
        """Once at the end, if there is a test set. `values` holds `test_loss` and other metrics of the weights of epoch `epoch`.

        `outputs` (examples, units) are the logits or values in the order of `Dataset.test`; None for a network that predicts after
        each timestep.
        """

    def command(self) -> Command:
        """Called between steps, so it must be fast."""
