"""What the Keras script of a run needs from its task: the section on data, and the file that this section reads.

The script itself is written in `rnn_core.export.script`, from these parts and the spec. Names that the sections share:

- `seed`, `epochs` and `batch_size` are set before the data is read;
- a network that reads whole inputs gets `x_train`, `y_train`, and `x_val`, `y_val`, `x_test`, `y_test` where there are such parts;
- a network that carries its state gets `training(epoch)` and `validation`, lists of (inputs, targets) that continue each other.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnn_core.data.uploads import is_upload
from rnn_core.spec.model_io import ModelIO


@dataclass(frozen=True)
class ScriptData:
    """How a script reads, cuts and orders the data of a spec."""

    model_io: ModelIO
    file: str  # name of the data file
    code: str  # lines of the section Data
    batch: int  # examples or streams in a step: fewer than the batch size where there is little data
    settings: str = ""  # more lines of the section Settings
    standard: str = ""  # lines of imports from the standard library
    imports: str = ""  # more lines of imports, from NumPy and Keras
    order: str = "order = random.permutation(len(x_train))"  # lines that make the order of an epoch, with `random` and `steps`
    validates: bool = True
    tests: bool = True
    use: str = ""  # lines of the last section, its heading first; "": that of the kind of output
    notes: tuple[str, ...] = ()  # where the data differs from what courses do with it


@dataclass(frozen=True)
class TaskScript:
    """Both functions take (spec, settings, the run's folder or None), and raise `UserError` for data that is not here."""

    data: Callable[[Any, Any, Path | None], ScriptData]
    content: Callable[[Any, Any, Path | None], bytes]  # of the data file


def npz(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays as the bytes of a compressed `.npz` file."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def file_name(source: str, ending: str, kind: str, after: str = "") -> str:
    """A name for the data file of a source that any computer can store: the source's, with `after` behind it, or else `kind`."""
    is_short = source.isascii() and source.replace("-", "").replace("_", "").isalnum() and not is_upload(source)
    return f"{source}{after}.{ending}" if is_short else f"{kind}.{ending}"
