"""Before training: how long a cell still tells apart two inputs that differ only in their first timestep."""

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, Cell

UNITS = 64
SMALL, LARGE = 0.05, 1.0  # inputs are uniform between plus and minus this number: those of an embedding, and of scaled data


def _orthogonal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """As Keras' `orthogonal` initialiser makes it."""
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return q if rows >= columns else q.T


def differences(cell: Cell, seed: int, scale: float, timesteps: int) -> np.ndarray:
    """|h1 - h2| after each timestep (timesteps,), relative to that after the first.

    Weights are as Keras initialises them: `glorot_uniform`, `orthogonal`, biases 0, and 1 for an LSTM's forget gate.
    """
    rng, columns = np.random.default_rng(seed), len(cell.gates) * UNITS
    limit = np.sqrt(6 / (UNITS + columns))
    kernel, recurrent = rng.uniform(-limit, limit, (UNITS, columns)), _orthogonal(rng, UNITS, columns)
    bias, recurrent_bias = np.zeros(columns), np.zeros(columns) if cell.biases == 2 else None
    if cell is CELLS["lstm"]:
        bias[cell.columns("forget", UNITS)] = 1.0
    inputs = np.repeat(rng.uniform(-scale, scale, (1, timesteps, UNITS)), 2, axis=0)
    inputs[1, 0] = rng.uniform(-scale, scale, UNITS)
    states, left = tuple(np.zeros((2, UNITS)) for _ in cell.states), []
    for t in range(timesteps):
        states, _ = cell.step(inputs[:, t] @ kernel + bias, states, recurrent, recurrent_bias, ACTIVATIONS["tanh"])
        left.append(np.linalg.norm(states[0][0] - states[0][1]))
    return np.array(left) / left[0]
