"""A run's files: its checkpoint, vocabulary and test logits; and the network and the writer that are built from them.

A file that cannot be read raises `DamagedFile`, for whatever reason.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.nn.run_files import TRAINING_PREFIX, DamagedFile, check_npz, read_npy, read_npz, read_weights
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import TEST_LOGITS, WEIGHTS, Store
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import ModelIO
from rnn_core.tasks.sampler import Writer
from rnn_core.tasks.task import task_of
from rnn_core.tasks.tokenizer import Tokenizer, read
from rnn_core.training.execution import AS_KERAS, Execution
from rnn_core.training.protocol import BEST

_POSITION, _EPOCH, _EXECUTION, _BEST = (TRAINING_PREFIX + name for name in ("position", "epoch", "execution", BEST))


@dataclass(frozen=True)
class Weights:
    """One of the two sets of weights in a run's checkpoint: those of the newest step, or those of the best epoch."""

    version: int  # changes with every new checkpoint
    best: bool = False


def save(folder: Path, weights: dict[str, np.ndarray], state: dict[str, np.ndarray] | None = None) -> None:
    """Write a checkpoint: the weights, and the state that training needs to continue. Both are in one file, so they always match."""
    with atomic.writing(folder / WEIGHTS) as file:
        np.savez(file, **weights, **{TRAINING_PREFIX + name: a for name, a in (state or {}).items()})


def load(folder: Path, model: ModelSpec, model_io: ModelIO) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | None:
    """(weights, state) as given to `save`; None without a checkpoint that training can continue from. Raises `DamagedFile`."""
    if position(folder) is None:
        return None
    state = read_npz(folder / WEIGHTS, lambda name: name.startswith(TRAINING_PREFIX))
    _check_best(folder, model, model_io)
    weights = read_weights(folder / WEIGHTS, model, model_io)
    return weights, {name.removeprefix(TRAINING_PREFIX): array for name, array in state.items()}


def check(spec: RunSpec, folder: Path) -> None:
    """Raise `DamagedFile` where training cannot continue from the checkpoint."""
    read_weights(folder / WEIGHTS, spec.model, model_io(spec, folder))
    _check_best(folder, spec.model, model_io(spec, folder))
    check_npz(folder / WEIGHTS)


def _check_best(folder: Path, model: ModelSpec, model_io: ModelIO) -> None:
    if best(folder) is not None:
        read_weights(folder / WEIGHTS, model, model_io, best=True)


def position(folder: Path) -> tuple[int, float] | None:
    """(step, epoch) of the checkpoint; None without one. Reads only a few bytes of the file. Raises `DamagedFile`."""
    try:
        state = read_npz(folder / WEIGHTS, lambda name: name in (_POSITION, _EPOCH))
    except FileNotFoundError:
        return None
    if not state:  # weights without training state, such as those of the examples
        return None
    try:
        step, *others = (int(number) for number in state[_POSITION])
        epoch = float(state[_EPOCH])
    except (KeyError, TypeError, ValueError):
        raise DamagedFile(folder / WEIGHTS, "its step and epoch are missing or impossible") from None
    if not (0 <= epoch < float("inf") and min(step, *others) >= 0):
        raise DamagedFile(folder / WEIGHTS, "its step and epoch are missing or impossible")
    return step, epoch


def execution(folder: Path) -> Execution | None:
    """How the checkpoint's run is computed; None without a checkpoint to continue from. Raises `DamagedFile`."""
    if position(folder) is None:
        return None
    array = read_npz(folder / WEIGHTS, lambda name: name == _EXECUTION).get(_EXECUTION)
    try:
        return AS_KERAS if array is None else Execution.from_array(array)
    except (TypeError, ValueError) as error:
        raise DamagedFile(folder / WEIGHTS, str(error)) from None


def best(folder: Path) -> tuple[int, float] | None:
    """(epoch, validation loss) of the best weights; None without a validation. Raises `DamagedFile`."""
    try:
        description = read_npz(folder / WEIGHTS, lambda name: name == _BEST).get(_BEST)
    except FileNotFoundError:
        return None
    if description is None:
        return None
    if description.shape != (2,) or not np.isfinite(description).all():
        raise DamagedFile(folder / WEIGHTS, "the epoch of its best weights is missing or impossible")
    return int(description[0]), float(description[1])


def save_test_logits(folder: Path, logits: np.ndarray) -> None:
    """Logits (examples, outputs) of the whole test set, in its order."""
    with atomic.writing(folder / TEST_LOGITS) as file:
        np.save(file, logits.astype(np.float32))


def test_logits(store: Store, run_id: str) -> np.ndarray | None:
    """Logits (examples, outputs) of the whole test set; None where the run was stopped before its test. Raises `DamagedFile`."""
    try:
        return _test_logits(store.runs.folder(run_id) / TEST_LOGITS)
    except FileNotFoundError:
        return None


def check_test_logits(folder: Path, units: int) -> None:
    """Raise `DamagedFile` unless the file of test logits can be those of a network with so many outputs."""
    if _test_logits(folder / TEST_LOGITS).shape[1] != units:
        raise DamagedFile(folder / TEST_LOGITS, "its numbers are not logits of this network")


def _test_logits(path: Path) -> np.ndarray:
    logits = read_npy(path)
    if logits.ndim != 2 or logits.dtype.kind != "f" or not np.isfinite(logits).all():
        raise DamagedFile(path, "its numbers are not logits")
    return logits


def version(store: Store, run_id: str) -> int | None:
    """A number that changes with every new checkpoint, for caches; None before the first one."""
    try:
        return (store.runs.folder(run_id) / WEIGHTS).stat().st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None


def model_io(spec: RunSpec, folder: Path) -> ModelIO:
    """The inputs and outputs of a run's network, from its folder alone."""
    return task_of(spec.task).model_io(spec, folder)


def weights(store: Store, run_id: str, best: bool = True) -> dict[str, np.ndarray]:
    """The weights of the run's best epoch, or its newest, by name. Raises `UserError` before the first checkpoint."""
    spec, folder = store.runs.spec(run_id), store.runs.folder(run_id)
    if version(store, run_id) is None:
        raise UserError("This run has no weights yet: training has not started. Wait for its first step.")
    return read_weights(folder / WEIGHTS, spec.model, model_io(spec, folder), best)


def network(store: Store, run_id: str, best: bool = True) -> Network:
    """The run's network with its best or its newest weights. Raises `UserError` before the first checkpoint."""
    return Network(store.runs.spec(run_id).model, weights(store, run_id, best))


def tokenizer(store: Store, run_id: str) -> Tokenizer:
    """The tokenizer of a run whose network reads tokens. Raises `DamagedFile`."""
    return read(store.runs.folder(run_id))[0]


def writer(store: Store, run_id: str, best: bool = True) -> Writer:
    """A writer with the best or the newest weights of a run on a task that generates."""
    return Writer(network(store, run_id, best), tokenizer(store, run_id))
