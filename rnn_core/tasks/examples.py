"""Shared by tasks that learn from examples: the split into training and validation, batches, steps."""

from collections.abc import Callable, Iterator

import numpy as np

from rnn_core.data.split import VALIDATION_SHARE, set_aside
from rnn_core.spec.model_io import ModelIO
from rnn_core.spec.option import option_field
from rnn_core.tasks.task import Parts

SPLIT_SEED = 113  # the split is the same for every run: runs with different seeds can be compared
_FEWEST_TO_VALIDATE = 20
_AT_ONCE = 1000  # examples per batch of validation and test

Examples = tuple[np.ndarray, np.ndarray]  # inputs and targets, one row per example


def examples_option():
    """The option of every task that learns from examples."""
    return option_field(0, "Training examples", "n", "How many of the training examples are used; 0 uses all. Fewer train faster, but are memorised "
                 "sooner.", low=0, high=1_000_000, step=1000)  # fmt: skip


def cut(
    count: int, most: int = 0, groups: np.ndarray | None = None, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (training, validation) of `count` examples, with at most `most` to train on; 0 means no limit.

    The validation examples do not depend on `most`. `groups` are equal for examples that stay together, such as those that are the
    same for a network; with fewer than 20 groups, all examples are used to train.
    """
    order = np.random.default_rng(SPLIT_SEED).permutation(count)
    if (count if groups is None else len(np.unique(groups))) < _FEWEST_TO_VALIDATE:
        return order[: most or None], order[:0]
    held_out, training = set_aside(order, round(1 / VALIDATION_SHARE), groups, labels)
    return training[: most or None], held_out


class BatchesDataset:
    """A dataset whose steps read `batch` of the examples in `train`."""

    test_order: np.ndarray | None = None
    train: np.ndarray
    batch: int

    @property
    def steps(self) -> int:
        """Full batches per epoch. The examples that do not fill a batch differ from epoch to epoch."""
        return len(self.train) // self.batch

    @property
    def items(self) -> int:
        """Examples in a step."""
        return self.batch


class ExamplesDataset(BatchesDataset):
    """A dataset of `count` examples: `train` and `held_out` are indices of them, and a step reads `batch` of them."""

    def __init__(self, spec: Parts, count: int, groups: np.ndarray | None = None, labels: np.ndarray | None = None):
        self.spec = spec
        self.train, self.held_out = cut(count, spec.data.examples, groups, labels)
        self.batch = min(spec.training.batch_size, len(self.train))


class ArraysDataset(ExamplesDataset):
    """Examples in arrays. `prepare` turns a batch of inputs into (n, timesteps) or (n, timesteps, features)."""

    def __init__(
        self,
        spec: Parts,
        model_io: ModelIO,
        train: Examples,
        test: Examples,
        prepare: Callable[[np.ndarray], np.ndarray] = np.asarray,
    ):
        """`train` is used to train and to validate."""
        super().__init__(spec, len(train[1]))
        self.model_io, self._train, self._test, self._prepare = model_io, train, test, prepare

    @property
    def timesteps(self) -> int:
        return self.model_io.timesteps

    def training(self, epoch: int) -> Iterator[Examples]:
        """Batches in a new order each epoch."""
        order = np.random.default_rng([self.spec.seed, epoch]).permutation(self.train)
        for i in range(self.steps):
            yield self._batch(self._train, np.sort(order[i * self.batch :][: self.batch]))

    def validation(self) -> Iterator[Examples]:
        for start in range(0, len(self.held_out), _AT_ONCE):
            yield self._batch(self._train, self.held_out[start : start + _AT_ONCE])

    def test(self) -> Iterator[Examples]:
        for start in range(0, len(self._test[1]), _AT_ONCE):
            yield self._batch(self._test, slice(start, start + _AT_ONCE))

    def _batch(self, examples: Examples, indices: np.ndarray | slice) -> Examples:
        inputs, targets = examples
        return self._prepare(inputs[indices]), np.asarray(targets[indices])

    def sizes(self) -> dict[str, int]:
        """How many examples train, val and test have."""
        return {"train": len(self.train), "val": len(self.held_out), "test": len(self._test[1])}

    def arrays(self) -> dict[str, np.ndarray]:
        """All examples as the network reads them; those to train on are in the order that `training` shuffles."""
        parts = {"train": (self._train, self.train), "val": (self._train, self.held_out), "test": (self._test, slice(None))}
        batches = {name: self._batch(*part) for name, part in parts.items()}
        return {f"{which}_{name}": array for name, batch in batches.items() for which, array in zip("xy", batch, strict=True)}
