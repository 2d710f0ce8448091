"""Arrays in files, read without trusting the files: every kind of damage becomes one exception.

A file is checked before memory is taken for it: it must hold as many bytes as it says.
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
TRAINING_PREFIX = "training."  # begins the names of what only training needs, in the same file as the weights
_MOST_JSON = 50_000_000  # bytes; the largest vocabulary has 6 MB


class DamagedFile(UserError):
    """A file of a run cannot be used."""

    def __init__(self, path: Path, why: str):
        super().__init__(
            f"The file {path.name} of this run is damaged: {why}. What needs it cannot be done any more. Train a new run with the "
            "same settings."
        )


def read_npz(path: Path, is_needed: Callable[[str], bool] = lambda name: True) -> Arrays:
    """The arrays whose names are wanted, as `np.savez` wrote them. Raises `FileNotFoundError` or `DamagedFile`."""
    return _read_checked(path, lambda: dict(_arrays(path, is_needed)))


def read_npy(path: Path) -> np.ndarray:
    """An array as `np.save` wrote it. Raises `FileNotFoundError` or `DamagedFile`."""

    def read() -> np.ndarray:
        with path.open("rb") as file:
            return _array(file, path.stat().st_size)

    return _read_checked(path, read)


def read_json(path: Path, convert: Callable[[Any], Any]) -> Any:
    """What `convert` makes of the file's content. Raises `FileNotFoundError` or `DamagedFile`."""

    def read() -> Any:
        if path.stat().st_size > _MOST_JSON:
            raise ValueError("it is far too large")
        return convert(json.loads(path.read_text(encoding="utf-8")))

    return _read_checked(path, read)


def check_npz(path: Path) -> None:
    """Read every byte, an array at a time. Raises `FileNotFoundError` or `DamagedFile`."""
    _read_checked(path, lambda: [None for _ in _arrays(path, lambda name: True)])


def _read_checked(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except FileNotFoundError:
        raise
    except OSError as error:  # a folder in its place, no permission, a broken disk
        raise DamagedFile(path, f"it cannot be opened ({error.strerror or error})") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, RecursionError) as error:
        own_message = type(error) is ValueError and "magic string" not in str(error)  # else NumPy's, which finds no array
        raise DamagedFile(path, str(error) if own_message else "its content makes no sense") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # half a file, other bytes, another kind of ZIP
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
    """`size` is that of the whole file in bytes."""
    version = npy.read_magic(file)
    shape, fortran, dtype = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version](file)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != size - file.tell():
        raise ValueError("it does not hold as many numbers as it says")
    content = file.read()  # to the end, where a ZIP's checksum is compared
    return np.ndarray(shape, dtype, content, order="F" if fortran else "C").copy()


def weight_shapes(spec: ModelSpec, model_io: ModelIO) -> dict[str, tuple[int, ...]]:
    """What a network's weights are called, and how large they are."""
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


def read_weights(path: Path, spec: ModelSpec, model_io: ModelIO) -> Arrays:
    """The weights of this network, in numbers. Raises `FileNotFoundError` or `DamagedFile`."""
    weights = read_npz(path, lambda name: not name.startswith(TRAINING_PREFIX))
    if {name: array.shape for name, array in weights.items()} != weight_shapes(spec, model_io):
        raise DamagedFile(path, "its weights are not those of the run's network")
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in weights.values()):
        raise DamagedFile(path, "its weights are no numbers")
    return weights
