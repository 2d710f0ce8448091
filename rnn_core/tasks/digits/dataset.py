"""The digits task: a picture is read as a sequence of rows, columns or pixels and classified as one of ten digits."""

from functools import partial

import numpy as np

from rnn_core.spec.model_io import Classes, ModelIO, Vectors
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.sources import CLASSES, Digits
from rnn_core.tasks.examples import ArraysDataset
from rnn_core.tasks.task import Parts

ORDER_SEED = 7  # of the shuffle, which is the same for every run: runs can be compared


def model_io(data: DigitsData, side: int) -> ModelIO:
    timesteps, features = (side * side, 1) if data.reading == "pixels" else (side, side)
    return ModelIO(Vectors(features), Classes(CLASSES), timesteps)


def order(data: DigitsData, side: int) -> np.ndarray:
    """The order in which rows (columns, pixels) are read: indices (timesteps,)."""
    timesteps = model_io(data, side).timesteps
    places = np.random.default_rng(ORDER_SEED).permutation(timesteps) if data.shuffled else np.arange(timesteps)
    return places[::-1] if data.backwards else places


def sequences(pictures: np.ndarray, data: DigitsData, brightest: int) -> np.ndarray:
    """Pictures (n, side, side) uint8 -> inputs of the network, (n, timesteps, features) float32 from 0 to 1."""
    side = pictures.shape[-1]
    x = np.asarray(pictures).astype(np.float32) / brightest
    if data.reading == "columns":
        x = x.transpose(0, 2, 1)
    io = model_io(data, side)
    return x.reshape(len(x), io.timesteps, io.input.features)[:, order(data, side)]


def timesteps_without_ink(pictures: np.ndarray, data: DigitsData) -> np.ndarray:
    """How many timesteps each picture (n, side, side) still has after its last one with ink, (n,); all of them for an empty one."""
    has_ink = (sequences(pictures, data, 1) > 0).any(-1)
    return np.where(has_ink.any(1), has_ink[:, ::-1].argmax(1), has_ink.shape[1])


class DigitsDataset(ArraysDataset):
    """Digits in batches; pictures stay uint8 until they are in a batch."""

    def __init__(self, spec: Parts, digits: Digits):
        self.digits = digits
        prepare = partial(sequences, data=spec.data, brightest=digits.format.brightest)
        train, test = (digits.train, digits.train_labels), (digits.test, digits.test_labels)
        super().__init__(spec, model_io(spec.data, digits.format.side), train, test, prepare)
