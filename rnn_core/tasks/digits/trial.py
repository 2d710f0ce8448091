"""Trying a network on pictures that are changed before it reads them: how the answer changes, and how many stay right."""

from dataclasses import dataclass, replace

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.tasks.digits.dataset import sequences
from rnn_core.tasks.digits.options import DigitsData


@dataclass(frozen=True)
class Change:
    """What is done to a picture after it was centred and scaled."""

    shift: int = 0  # pixels to the right; what leaves the picture is lost
    reorder: bool = (
        False  # shuffle the rows (columns, pixels); those of a network that was trained on shuffled ones are read in order
    )

    def __bool__(self) -> bool:
        return bool(self.shift or self.reorder)

    def reading(self, data: DigitsData) -> DigitsData:
        """How the changed picture is read by a network that was trained as `data` says. The shuffle is the one of training."""
        return replace(data, shuffled=data.shuffled != self.reorder)

    def inputs(self, pictures: np.ndarray, data: DigitsData, brightest: int) -> np.ndarray:
        """Pictures (n, side, side) -> inputs of the network (n, timesteps, features)."""
        return sequences(shifted(pictures, self.shift), self.reading(data), brightest)

    def as_read(self, picture: np.ndarray, data: DigitsData) -> np.ndarray:
        """A picture (side, side) with its rows (columns, pixels) in the order of reading, the first at the top (left).

        One that is read backwards stays upright: its reading begins at the bottom (right).
        """
        read = sequences(shifted(picture, self.shift)[None], replace(self.reading(data), backwards=False), 1)[0]
        lines = read.reshape(picture.shape).astype(picture.dtype)
        return lines.T if data.reading == "columns" else lines


def shifted(pictures: np.ndarray, pixels: int) -> np.ndarray:
    """Pictures (..., side, side) moved to the right, with paper (0) at the left."""
    moved = np.zeros_like(pictures)
    moved[..., pixels:] = pictures[..., : pictures.shape[-1] - pixels]
    return moved


def settled(predictions: np.ndarray) -> int:
    """The first of the predictions (points, classes) from which on the most probable class is that of the last one."""
    best = predictions.argmax(-1)
    others = np.flatnonzero(best != best[-1])
    return int(others[-1]) + 1 if len(others) else 0


def share_right(network: Network, inputs: np.ndarray, labels: np.ndarray) -> float:
    """The share of inputs (n, timesteps, features) whose most probable class is their label."""
    return float((network.classify(inputs).argmax(-1) == labels).mean())
