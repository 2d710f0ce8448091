"""Handwritten digits: MNIST as published by Keras, or the small 8 x 8 digits that come with scikit-learn."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from rnn_core.data import array_cache, download
from rnn_core.data.source import Source, pick
from rnn_core.errors import UserError
from rnn_core.settings import Settings

CLASSES = 10


@dataclass(frozen=True)
class Format:
    side: int  # pixels
    brightest: int  # pixel value of full ink; paper is 0


FORMATS = {"mnist": Format(28, 255), "digits-8x8": Format(8, 16)}
_MNIST = {
    "x_train": ((60_000, 28, 28), "u"),
    "y_train": ((60_000,), "ui"),
    "x_test": ((10_000, 28, 28), "u"),
    "y_test": ((10_000,), "ui"),
}
COUNTS = {"mnist": 60_000}  # training pictures of a source that may not be here yet
_TEST_SHARE = 5  # every fifth of the 8 x 8 digits is in the test set


@dataclass(frozen=True)
class Digits:
    """Pictures (n, side, side) uint8 in a `Format`; labels (n,) uint8 from 0 to 9."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    format: Format


def sources(settings: Settings) -> dict[str, Source]:
    """All sets of digits by name, the best first."""
    local = download.local_files((download.MNIST,), settings)
    origin = "70,000 digits of 28 × 28 pixels, as published by Keras."
    read = None
    if local:
        (path,), own = local
        origin = f"{origin} Read from {path.name} in your data folder (RNN_DATA_DIR)." if own else origin
        read = lambda settings: _mnist(path, own, settings)  # noqa: E731
    return {
        "mnist": Source("mnist", "MNIST", origin, read, (download.MNIST,)),
        "digits-8x8": Source(
            "digits-8x8",
            "Small digits (8 × 8)",
            "1,797 digits of 8 × 8 pixels that come with scikit-learn: not MNIST, but no download needed. The same people "
            "wrote the digits for training and test, so other people's digits are read less well than the test says.",
            _small,
        ),
    }


def load(name: str, settings: Settings) -> Digits:
    """A set of digits by name. Raises `UserError` if it does not exist or must be downloaded."""
    return pick(sources(settings), name, "Digits").read(settings)


def _mnist(path: Path, own: bool, settings: Settings) -> Digits:
    arrays = array_cache.load_or_build("mnist", [path], _convert_mnist, settings, own)
    return Digits(arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"], FORMATS["mnist"])


def _convert_mnist(files: list[Path], own: bool) -> array_cache.Arrays:
    (path,) = files
    if not own and not download.is_published(path, download.MNIST):
        raise UserError(f"{path} is not the published file (its SHA-256 differs). Delete it, and download it again.")
    arrays = array_cache.read_npz(path)
    array_cache.check(arrays, _MNIST, path)
    return {name: arrays[name].astype(np.uint8) for name in _MNIST}


def _small(settings: Settings) -> Digits:
    arrays = array_cache.load_or_build("digits-8x8", [Path(find_spec("sklearn").origin)], _convert_small, settings)
    return Digits(**arrays, format=FORMATS["digits-8x8"])


def _convert_small(_) -> array_cache.Arrays:
    from sklearn.datasets import load_digits  # takes a second to import, and is needed only once

    pictures, labels = load_digits(return_X_y=True)
    pictures, labels = pictures.reshape(-1, 8, 8).astype(np.uint8), labels.astype(np.uint8)
    test = np.arange(len(labels)) % _TEST_SHARE == 0
    return {"train": pictures[~test], "train_labels": labels[~test], "test": pictures[test], "test_labels": labels[test]}
