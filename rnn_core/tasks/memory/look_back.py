"""Where a memory looks back to: which symbols of a sequence the answer depends on."""

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.problems import Problem, vectors

_MOST_PRODUCTS = 1e9  # multiplications of all readings together: up to 0.2 s on one core of a Zen 5 server
_ACTIVATION = 60  # the activation of one gate takes as long as so many products


def influence(network: Network, problem: Problem, symbols: np.ndarray) -> np.ndarray:
    """How much the answer changes where the symbol at a timestep is another one, from 0 to 1, for symbols (timesteps,): (timesteps,).

    The change is the total variation distance between the probabilities of the answers (half the sum of the absolute differences), the
    largest over the other symbols. Where that would take too long, only some of the others are tried, and then only some timesteps; the
    rest are NaN. A blank is not changed.
    """
    timesteps, others = np.flatnonzero(symbols), len(problem.symbols) - 1
    layers = [direction for directions in network.layers for direction in directions]
    step = sum(d.kernel.size + d.recurrent.size + _ACTIVATION * d.recurrent.shape[1] for d in layers)
    readings = max(1, int(_MOST_PRODUCTS / (step * len(symbols))))
    others = max(1, min(others, readings // len(timesteps)))
    tried = timesteps[np.unique(np.linspace(0, len(timesteps) - 1, min(len(timesteps), readings)).round().astype(int))]
    changed = np.repeat(symbols[None], len(tried) * others, axis=0)
    steps = np.tile(np.arange(1, others + 1), len(tried))
    places = np.repeat(tried, others)
    changed[np.arange(len(changed)), places] = (symbols[places].astype(int) - 1 + steps) % len(problem.symbols) + 1
    shares = probabilities(network.classify(vectors(problem, np.concatenate([symbols[None], changed]))))
    distances = np.abs(shares[1:] - shares[0]).sum(-1) / 2
    moved = np.full(len(symbols), np.nan)
    moved[tried] = distances.reshape(len(tried), others).max(1)
    return moved
