"""What a run has learnt so far, on disk: weights and vocabulary, and a writer made from them."""

import os
from pathlib import Path

import numpy as np

from rnn_core.forward.network import Network, read_weights
from rnn_core.forward.sampler import Writer
from rnn_core.problem import Problem
from rnn_core.runs.store import VOCABULARY, WEIGHTS, Store
from rnn_core.tasks.text import Vocabulary


def save_weights(folder: Path, weights: dict[str, np.ndarray]) -> None:
    """Written beside and renamed, so that a reader never meets half a file."""
    scratch = folder / f"{WEIGHTS}.part"
    with scratch.open("wb") as file:
        np.savez(file, **weights)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(folder / WEIGHTS)


def version(store: Store, run_id: str) -> int | None:
    """Changes whenever newer weights are there; None before the first. For caches."""
    try:
        return (store.folder(run_id) / WEIGHTS).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def writer(store: Store, run_id: str) -> Writer:
    """A writer with the run's latest weights. Raises `Problem` where it has not learnt anything yet."""
    folder = store.folder(run_id)
    spec = store.spec(run_id)
    if version(store, run_id) is None:
        raise Problem("This run has no weights yet: it has not begun to train. Wait for its first step.")
    return Writer(Network(spec.model, read_weights(folder / WEIGHTS)), Vocabulary.load(folder / VOCABULARY))
