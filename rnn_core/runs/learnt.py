"""What a run has learnt so far, on disk: its weights, its vocabulary, its answers in the test; and what is made from them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rnn_core.data.digits import FORMATS
from rnn_core.forward.judge import Judge
from rnn_core.forward.network import STATE, Network, read_weights
from rnn_core.forward.sampler import Writer
from rnn_core.problem import Problem
from rnn_core.runs.store import TESTED, VOCABULARY, WEIGHTS, Store
from rnn_core.spec import RunSpec
from rnn_core.tasks import digits, reviews
from rnn_core.tasks.reviews import Words
from rnn_core.tasks.shape import Shape
from rnn_core.tasks.text import Vocabulary


def save(folder: Path, weights: dict[str, np.ndarray], state: dict[str, np.ndarray] | None = None) -> None:
    """A checkpoint: what was learnt and, with it, what training needs to go on. One file, so that both are of one moment."""
    _replace(folder / WEIGHTS, lambda file: np.savez(file, **weights, **{STATE + name: a for name, a in (state or {}).items()}))


def checkpoint(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | None:
    """(weights, state) as `save` got them; None where there is nothing to go on from."""
    try:
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            state = {name.removeprefix(STATE): arrays[name] for name in arrays.files if name.startswith(STATE)}
    except FileNotFoundError:
        return None
    return (read_weights(folder / WEIGHTS), state) if state else None


def position(folder: Path) -> tuple[int, float] | None:
    """(step, epoch) of the checkpoint."""
    try:
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            return int(arrays[STATE + "position"][0]), float(arrays[STATE + "epoch"])
    except (FileNotFoundError, KeyError):  # of a run that came without its training, such as the examples
        return None


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Written beside and renamed, so that a reader, or the next process after a power cut, never meets half a file."""
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def save_tested(folder: Path, logits: np.ndarray) -> None:
    """Logits (examples, outputs) of the whole test set, in its order."""
    _replace(folder / TESTED, lambda file: np.save(file, logits.astype(np.float32)))


def tested(store: Store, run_id: str) -> np.ndarray | None:
    """What `save_tested` saved; None where the run was not tested, because it was stopped before its end."""
    path = store.folder(run_id) / TESTED
    return np.load(path, allow_pickle=False) if path.exists() else None


def version(store: Store, run_id: str) -> int | None:
    """Changes whenever newer weights are there; None before the first. For caches."""
    try:
        return (store.folder(run_id) / WEIGHTS).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def shape(spec: RunSpec, folder: Path) -> Shape:
    """The shape of a run's task, without its data."""
    if spec.task == "digits":
        return digits.shape(spec.data, FORMATS[spec.data.dataset].side)
    if spec.task == "reviews":
        return reviews.shape(len(Words.load(folder / VOCABULARY).words), spec.data)
    classes = len(Vocabulary.load(folder / VOCABULARY))
    return Shape(classes, tokens=classes, every_step=True)


def network(store: Store, run_id: str) -> Network:
    """The run's network with its latest weights. Raises `Problem` where it has not learnt anything yet."""
    if version(store, run_id) is None:
        raise Problem("This run has no weights yet: it has not begun to train. Wait for its first step.")
    return Network(store.spec(run_id).model, read_weights(store.folder(run_id) / WEIGHTS))


def vocabulary(store: Store, run_id: str) -> Vocabulary:
    """Of a run on text."""
    return Vocabulary.load(store.folder(run_id) / VOCABULARY)


def writer(store: Store, run_id: str) -> Writer:
    """A writer with the latest weights of a run on text."""
    return Writer(network(store, run_id), vocabulary(store, run_id))


def judge(store: Store, run_id: str) -> Judge:
    """A judge with the latest weights of a run on reviews."""
    return Judge(network(store, run_id), Words.load(store.folder(run_id) / VOCABULARY), store.spec(run_id).data)
