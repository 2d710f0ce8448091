"""A cache of data sets as arrays on disk: converted once, then mapped into memory within milliseconds.

Mapped arrays are read page by page when they are used, and all processes of a machine share them.
"""

import hashlib
import json
import secrets
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from zipfile import BadZipFile

import numpy as np

from rnn_core.data.child import run_module
from rnn_core.errors import UserError
from rnn_core.settings import Settings

Arrays = dict[str, np.ndarray]
_BUILD_LOCK = threading.Lock()


def load_or_build(
    name: str, files: list[Path], build: Callable[..., Arrays], settings: Settings, *arguments, version: str | None = None
) -> Arrays:
    """The arrays that `build(files, *arguments)` returns, built again only after a file has changed.

    With `version`, which is for names that identify the content, they are built again only after it has changed. `build` runs
    in another process: it must be a function of a module, and its arguments values that JSON can hold. Raises `UserError`.
    """
    state = version or [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    folder = settings.home / "flat" / f"{name}-{hashlib.sha256(repr(state).encode()).hexdigest()[:16]}"
    if not folder.exists():
        with _BUILD_LOCK:  # thirty browsers may ask at once, and one conversion takes about 300 MB
            if not folder.exists():
                _convert(folder, build, files, arguments)
    return {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in folder.glob("*.npy")}


def _convert(folder: Path, build: Callable[..., Arrays], files: list[Path], arguments: tuple) -> None:
    """Convert in another process: its memory and imported libraries are freed when it ends."""
    paths = [str(path) for path in files]
    job = {"module": build.__module__, "function": build.__name__, "folder": str(folder), "files": paths, "arguments": arguments}
    failure, advice = "The data could not be converted", "close other programs and try again"
    if sentences := run_module("rnn_core.data.convert", json.dumps(job), failure=failure, advice=advice):
        raise UserError(*sentences)


def write(folder: Path, arrays: Arrays) -> None:
    """Save arrays to a new folder. Several processes may do so at once: each writes a temporary folder, and the first rename wins."""
    scratch = folder.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        scratch.mkdir(parents=True)
        for name, array in arrays.items():
            np.save(scratch / f"{name}.npy", array, allow_pickle=False)
        try:
            scratch.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    except OSError as error:
        raise UserError(
            f"The data could not be saved in {folder.parent} ({error.strerror}). Free some space there, or set RNN_HOME to another "
            "folder."
        ) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_npz(path: Path, pickled: bool = False) -> Arrays:
    """All arrays of an `.npz` file. `pickled` allows object arrays, which can run code: only for trusted files."""
    try:
        with np.load(path, allow_pickle=pickled) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, TypeError, EOFError, AttributeError, BadZipFile, UnpicklingError) as error:
        raise UserError(f"{path} cannot be read ({error}). It must be the file that Keras publishes; replace it.") from None


def check(arrays: Arrays, expected: dict[str, tuple], path: Path) -> None:
    """Raise `UserError` unless the arrays have the expected names, shapes (None: any size) and NumPy kinds of types."""
    for name, (shape, kinds) in expected.items():
        if name not in arrays:
            raise UserError(
                f"{path.name} in {path.parent} has no array {name!r}, so it is not the file that Keras publishes. Replace it."
            )
        array = arrays[name]
        fits = len(array.shape) == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
        if not fits or array.dtype.kind not in kinds:
            raise UserError(
                f"{name!r} in {path.name} has shape {array.shape} and type {array.dtype}; expected is shape "
                f"{tuple('any' if n is None else n for n in shape)} as Keras publishes it. Replace the file in {path.parent}."
            )
