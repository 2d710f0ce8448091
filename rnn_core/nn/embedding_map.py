"""What an embedding has learnt, in two dimensions: the vectors of the most frequent tokens at several epochs, on one map."""

import base64
from collections.abc import Sequence

import numpy as np

MOST_TOKENS = 500  # the most frequent ones, which have the lowest ids
MOST_EPOCHS = 24  # of a run's plan, evenly spread, that are kept
_LEVELS = 127  # of a number in a byte


def packed(embedding: np.ndarray) -> tuple[int, float, str]:
    """(numbers of a token, what one of the whole numbers is worth, whole numbers of 8 bits in base64) of an embedding (tokens, size)."""
    rows = embedding[:MOST_TOKENS]
    scale = float(np.abs(rows).max(initial=0)) / _LEVELS or 1.0
    return rows.shape[1], scale, base64.b64encode((rows / scale).round().astype(np.int8).tobytes()).decode()


def unpacked(size: int, scale: float, data: str) -> np.ndarray:
    """The vectors (tokens, size). Raises `ValueError` for data that `packed` cannot have made."""
    whole = np.frombuffer(base64.b64decode(data, validate=True), np.int8)
    if size < 1 or not len(whole) or len(whole) % size or len(whole) // size > MOST_TOKENS or not 0 < scale < np.inf:
        raise ValueError("This is no embedding.")
    return whole.reshape(-1, size) * np.float32(scale)


def epochs_to_keep(epochs: int) -> set[int]:
    """The epochs of a plan at which the embedding is kept, with the first and the last."""
    return set(np.linspace(0, epochs, min(epochs + 1, MOST_EPOCHS)).round().astype(int).tolist())


def places(vectors: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """The places (epochs, tokens, 2) of the vectors (tokens, size) of each epoch, and what share of the last epoch's variance they show.

    Principal component analysis of all epochs together: one basis, in which a token's way is seen. Each axis points to where its largest
    component is positive, so that the map does not flip from epoch to epoch.
    """
    stacked = np.stack(vectors).astype(np.float64)
    centred = stacked - stacked.mean((0, 1))
    flat = centred.reshape(-1, centred.shape[-1])
    _, basis = np.linalg.eigh(flat.T @ flat)  # rising eigenvalues
    basis = basis[:, ::-1][:, :2]
    basis *= np.where(basis[np.abs(basis).argmax(0), np.arange(basis.shape[1])] < 0, -1, 1)
    found = centred @ basis
    if found.shape[-1] < 2:  # an embedding of one number
        found = np.concatenate([found, np.zeros_like(found)], -1)
    last = centred[-1] - centred[-1].mean(0)
    total = (last**2).sum()
    shown = ((found[-1] - found[-1].mean(0)) ** 2).sum()
    return found, float(shown / total) if total else 0.0
