"""Files of runs, read without trusting them: every kind of damage raises `DamagedFile`.

The size of an array is checked against the size of the file before memory is allocated.
"""

import json
import math
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from rnn_core.cells import CELLS
from rnn_core.errors import UserError
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens

Arrays = dict[str, np.ndarray]
TRAINING_PREFIX = "training."  # prefix of arrays in the weights file that only training needs ...
BEST_PREFIX = "training.best."  # ... except for the best weights
_MOST_JSON = 50_000_000  # bytes; the largest vocabulary has 6 MB


class DamagedFile(UserError):
    """A file of a run cannot be read."""

    def __init__(self, path: Path, why: str):
        self.path, self.why = path, why
        super().__init__(
            f"The file {path.name} of this run is damaged: {why}. Nothing that needs the file works any more. Train a new run with "
            "the same settings."
        )


def read_npz(path: Path, is_needed: Callable[[str], bool] = lambda name: True) -> Arrays:
    """The arrays of an `np.savez` file whose names fulfil `is_needed`. Raises `FileNotFoundError` or `DamagedFile`."""
    return _read_checked(path, lambda: dict(_arrays(path, is_needed)))


def read_npy(path: Path) -> np.ndarray:
    """The array of an `np.save` file. Raises `FileNotFoundError` or `DamagedFile`."""

    def read() -> np.ndarray:
        with path.open("rb") as file:
            return _array(file, path.stat().st_size)

    return _read_checked(path, read)


def read_json(path: Path, convert: Callable[[Any], Any]) -> Any:
    """The content of a JSON file after `convert`. Raises `FileNotFoundError` or `DamagedFile`."""

    def read() -> Any:
        if path.stat().st_size > _MOST_JSON:
            raise ValueError("it is far too large")
        return convert(json.loads(path.read_text(encoding="utf-8")))

    return _read_checked(path, read)


def check_npz(path: Path) -> None:
    """Read the whole file, one array at a time. Raises `FileNotFoundError` or `DamagedFile`."""
    _read_checked(path, lambda: [None for _ in _arrays(path, lambda name: True)])


def _read_checked(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except FileNotFoundError:
        raise
    except OSError as error:  # a folder in its place, no permission, a broken disk
        raise DamagedFile(path, f"it cannot be opened ({error.strerror or error})") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, RecursionError) as error:
        own_message = type(error) is ValueError and "magic string" not in str(
            error
        )  # NumPy raises this one where it finds no array
        raise DamagedFile(path, str(error) if own_message else "its content makes no sense") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # cut off, changed, or another kind of ZIP file
        raise DamagedFile(path, "it is empty" if not path.stat().st_size else "it is not whole") from error


def _arrays(path: Path, is_needed: Callable[[str], bool]) -> Iterable[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if is_needed(name):
                if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                    raise ValueError("it was not written by this program")
                with archive.open(info) as file:
                    yield name, _array(file, info.file_size)


def _array(file: BinaryIO, size: int) -> np.ndarray:
    """Read an array from a `.npy` file of `size` bytes."""
    version = npy.read_magic(file)
    shape, fortran, dtype = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version](file)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != size - file.tell():
        raise ValueError("its size does not fit its header")
    content = file.read()  # up to the end, where zipfile compares the checksum
    return np.ndarray(shape, dtype, content, order="F" if fortran else "C").copy()


def weight_shapes(spec: ModelSpec, model_io: ModelIO) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a network's weights."""
    shapes, model_input = {}, model_io.input
    if isinstance(model_input, Tokens):
        shapes["embedding"], width = (model_input.vocabulary, spec.embedding), spec.embedding
    else:
        width = model_input.features
    for i, layer in enumerate(spec.layers):
        columns = len(CELLS[layer.cell].gates) * layer.units
        for side in ("", ".backward")[: 1 + layer.bidirectional]:
            shapes[f"layer{i}{side}.kernel"] = (width, columns)
            shapes[f"layer{i}{side}.recurrent"] = (layer.units, columns)
            shapes[f"layer{i}{side}.bias"] = (2, columns) if CELLS[layer.cell].biases == 2 else (columns,)
        width = layer.units * (1 + layer.bidirectional)
    for name, units in [*((f"dense{i}", dense.units) for i, dense in enumerate(spec.dense)), ("output", model_io.output.units)]:
        shapes[f"{name}.kernel"], shapes[f"{name}.bias"], width = (width, units), (units,), units
    return shapes


def read_weights(path: Path, spec: ModelSpec, model_io: ModelIO, best: bool = False) -> Arrays:
    """The newest weights of this network, checked for names, shapes and finite values; with `best`, those of its best epoch.

    Without a validation there is no best epoch, and the newest weights count as the best. Raises `FileNotFoundError` or
    `DamagedFile`.
    """
    weights = {}
    if best:
        arrays = read_npz(path, lambda name: name.startswith(BEST_PREFIX))
        weights = {name.removeprefix(BEST_PREFIX): array for name, array in arrays.items()}
    weights = weights or read_npz(path, lambda name: not name.startswith(TRAINING_PREFIX))
    if {name: array.shape for name, array in weights.items()} != weight_shapes(spec, model_io):
        raise DamagedFile(path, "its weights are not those of the run's network")
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in weights.values()):
        raise DamagedFile(path, "its weights are not finite numbers")
    return weights
