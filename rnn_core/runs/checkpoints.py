"""What a run has learnt so far, on disk: its weights, its vocabulary, its answers in the test; and what is made from them.

A file that cannot be read raises `DamagedFile`, whatever is wrong with it.
"""

from pathlib import Path

import numpy as np

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.nn.run_files import TRAINING_PREFIX, DamagedFile, check_npz, read_npy, read_npz, read_weights
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import TESTED, WEIGHTS, Store
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import ModelIO
from rnn_core.tasks.sampler import Writer
from rnn_core.tasks.task import task_of
from rnn_core.tasks.tokenizer import Tokenizer, read

_POSITION, _EPOCH = TRAINING_PREFIX + "position", TRAINING_PREFIX + "epoch"


def save(folder: Path, weights: dict[str, np.ndarray], state: dict[str, np.ndarray] | None = None) -> None:
    """A checkpoint: what was learnt and, with it, what training needs to go on. One file, so that both are of one moment."""
    with atomic.writing(folder / WEIGHTS) as file:
        np.savez(file, **weights, **{TRAINING_PREFIX + name: a for name, a in (state or {}).items()})


def checkpoint(folder: Path, model: ModelSpec, model_io: ModelIO) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | None:
    """(weights, state) as `save` got them; None where there is nothing to go on from. Raises `DamagedFile`."""
    if position(folder) is None:
        return None
    state = read_npz(folder / WEIGHTS, lambda name: name.startswith(TRAINING_PREFIX))
    weights = read_weights(folder / WEIGHTS, model, model_io)
    return weights, {name.removeprefix(TRAINING_PREFIX): array for name, array in state.items()}


def check(spec: RunSpec, folder: Path) -> None:
    """Raise `DamagedFile` where a run could not go on from its checkpoint."""
    read_weights(folder / WEIGHTS, spec.model, model_io(spec, folder))
    check_npz(folder / WEIGHTS)


def position(folder: Path) -> tuple[int, float] | None:
    """(step, epoch) of the checkpoint; None where there is none. Reads little. Raises `DamagedFile`."""
    try:
        found = read_npz(folder / WEIGHTS, lambda name: name in (_POSITION, _EPOCH))
    except FileNotFoundError:
        return None
    if not found:  # of a run that came without its training, such as the examples
        return None
    try:
        step, *others = (int(number) for number in found[_POSITION])
        epoch = float(found[_EPOCH])
    except (KeyError, TypeError, ValueError):
        raise DamagedFile(folder / WEIGHTS, "it does not say how far training had come") from None
    if not (0 <= epoch < float("inf") and min(step, *others) >= 0):
        raise DamagedFile(folder / WEIGHTS, "it does not say how far training had come")
    return step, epoch


def save_tested(folder: Path, logits: np.ndarray) -> None:
    """Logits (examples, outputs) of the whole test set, in its order."""
    with atomic.writing(folder / TESTED) as file:
        np.save(file, logits.astype(np.float32))


def tested(store: Store, run_id: str) -> np.ndarray | None:
    """What `save_tested` saved; None where the run was not tested, because it was stopped before its end. Raises `DamagedFile`."""
    path = store.runs.folder(run_id) / TESTED
    try:
        logits = read_npy(path)
    except FileNotFoundError:
        return None
    if logits.ndim != 2 or logits.dtype.kind != "f" or not np.isfinite(logits).all():
        raise DamagedFile(path, "its numbers are no answers")
    return logits


def version(store: Store, run_id: str) -> int | None:
    """Changes whenever newer weights are there; None before the first. For caches."""
    try:
        return (store.runs.folder(run_id) / WEIGHTS).stat().st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None


def model_io(spec: RunSpec, folder: Path) -> ModelIO:
    """What comes into a run's network and goes out of it, without its data."""
    return task_of(spec.task).model_io(spec, folder)


def weights(store: Store, run_id: str) -> dict[str, np.ndarray]:
    """The run's latest weights. Raises `UserError` where it has not learnt anything yet."""
    spec, folder = store.runs.spec(run_id), store.runs.folder(run_id)
    if version(store, run_id) is None:
        raise UserError("This run has no weights yet: training has not started. Wait for its first step.")
    return read_weights(folder / WEIGHTS, spec.model, model_io(spec, folder))


def network(store: Store, run_id: str) -> Network:
    """The run's network with its latest weights. Raises `UserError` where it has not learnt anything yet."""
    return Network(store.runs.spec(run_id).model, weights(store, run_id))


def tokenizer(store: Store, run_id: str) -> Tokenizer:
    """With which a run's network reads, if it reads tokens. Raises `DamagedFile`."""
    return read(store.runs.folder(run_id))[0]


def writer(store: Store, run_id: str) -> Writer:
    """A writer with the latest weights of a run that generates."""
    return Writer(network(store, run_id), tokenizer(store, run_id))
