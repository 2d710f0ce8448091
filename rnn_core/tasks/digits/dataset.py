"""The digits task: a picture is read as a sequence of rows, columns or pixels, and the network names the digit."""

from collections.abc import Iterator

import numpy as np

from rnn_core.spec.shape import Shape
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.sources import CLASSES, Digits
from rnn_core.tasks.examples import ExamplesDataset
from rnn_core.tasks.task import Parts

_ORDER_SEED = 7  # of the fixed shuffle: the same for every run, so that runs can be compared
_AT_ONCE = 1000  # pictures measured in one step


def shape(data: DigitsData, side: int) -> Shape:
    timesteps, features = (side * side, 1) if data.reading == "pixels" else (side, side)
    return Shape(CLASSES, features=features, timesteps=timesteps)


def order(data: DigitsData, side: int) -> np.ndarray:
    """In which order the rows (columns, pixels) are read: indices (timesteps,)."""
    timesteps = shape(data, side).timesteps
    places = np.random.default_rng(_ORDER_SEED).permutation(timesteps) if data.shuffled else np.arange(timesteps)
    return places[::-1] if data.backwards else places


def sequences(pictures: np.ndarray, data: DigitsData, brightest: int) -> np.ndarray:
    """Pictures (n, side, side) uint8 -> what the network reads, (n, timesteps, features) float32 from 0 to 1."""
    side = pictures.shape[-1]
    x = np.asarray(pictures).astype(np.float32) / brightest
    if data.reading == "columns":
        x = x.transpose(0, 2, 1)
    return x.reshape(len(x), *_input(data, side))[:, order(data, side)]


def _input(data: DigitsData, side: int) -> tuple[int, int]:
    read = shape(data, side)
    return read.timesteps, read.features


def seen(data: DigitsData, side: int, timesteps: int) -> np.ndarray:
    """Which pixels (side, side) have been read after so many timesteps."""
    mask = np.zeros(_input(data, side), bool)
    mask[order(data, side)[:timesteps]] = True
    mask = mask.reshape(side, side)
    return mask.T if data.reading == "columns" else mask


class DigitsDataset(ExamplesDataset):
    """Batches for training; pictures stay uint8 until they are read."""

    def __init__(self, spec: Parts, digits: Digits):
        super().__init__(spec, len(digits.train_labels))
        self.digits = digits
        self.shape = shape(spec.data, digits.format.side)

    @property
    def timesteps(self) -> int:
        return self.shape.timesteps

    def training(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Sequences (batch, timesteps, features) and labels (batch,), in a new order each epoch."""
        mixed = np.random.default_rng([self.spec.seed, epoch]).permutation(self.train)
        for i in range(self.steps):
            yield self._read(self.digits.train, self.digits.train_labels, np.sort(mixed[i * self.batch :][: self.batch]))

    def validation(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(self.held_out), _AT_ONCE):
            yield self._read(self.digits.train, self.digits.train_labels, self.held_out[start : start + _AT_ONCE])

    @property
    def test_order(self) -> np.ndarray:
        """Which test pictures `test` gives, in its order."""
        return np.arange(len(self.digits.test_labels))

    def test(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(self.digits.test_labels), _AT_ONCE):
            yield self._read(self.digits.test, self.digits.test_labels, slice(start, start + _AT_ONCE))

    def _read(self, pictures, labels, which) -> tuple[np.ndarray, np.ndarray]:
        return sequences(pictures[which], self.spec.data, self.digits.format.brightest), np.asarray(labels[which])
