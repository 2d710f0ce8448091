"""What a run has learnt so far, on disk: its weights, its vocabulary, its answers in the test; and what is made from them."""

import os
from pathlib import Path

import numpy as np

from rnn_core.data.digits import FORMATS
from rnn_core.forward.judge import Judge
from rnn_core.forward.network import Network, read_weights
from rnn_core.forward.sampler import Writer
from rnn_core.problem import Problem
from rnn_core.runs.store import TESTED, VOCABULARY, WEIGHTS, Store
from rnn_core.spec import RunSpec
from rnn_core.tasks import digits, reviews
from rnn_core.tasks.reviews import Words
from rnn_core.tasks.shape import Shape
from rnn_core.tasks.text import Vocabulary


def save_weights(folder: Path, weights: dict[str, np.ndarray]) -> None:
    """Written beside and renamed, so that a reader never meets half a file."""
    scratch = folder / f"{WEIGHTS}.part"
    with scratch.open("wb") as file:
        np.savez(file, **weights)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(folder / WEIGHTS)


def save_tested(folder: Path, logits: np.ndarray) -> None:
    """Logits (examples, outputs) of the whole test set, in its order."""
    scratch = folder / f"{TESTED}.part"
    with scratch.open("wb") as file:
        np.save(file, logits.astype(np.float32))
    scratch.replace(folder / TESTED)


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


def writer(store: Store, run_id: str) -> Writer:
    """A writer with the latest weights of a run on text."""
    return Writer(network(store, run_id), Vocabulary.load(store.folder(run_id) / VOCABULARY))


def judge(store: Store, run_id: str) -> Judge:
    """A judge with the latest weights of a run on reviews."""
    return Judge(network(store, run_id), Words.load(store.folder(run_id) / VOCABULARY), store.spec(run_id).data)
