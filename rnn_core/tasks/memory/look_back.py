"""Where a memory looks back to: which symbols of a sequence the answer depends on."""

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.memory.problems import Problem, vectors

_MOST_PRODUCTS = 1e9  # multiplications of all readings together: up to 0.2 s on one core of a Zen 5 server
_ACTIVATION = 60  # the activation of one gate takes as long as so many products


def influence(network: Network, problem: Problem, symbols: np.ndarray) -> np.ndarray:
    """How much the answer changes where another symbol of its kind stands at a timestep, from 0 to 1, for symbols (timesteps,): (timesteps,).

    The change is the total variation distance between the probabilities of the answers (half the sum of the absolute differences), the
    largest over the others of its kind: a symbol that never stands there would tell nothing. 0 where there is no other, and for a blank.
    Where all of them would take too long, only some are tried, and then only some timesteps; the rest are NaN.
    """
    layers = [direction for directions in network.layers for direction in directions]
    step = sum(d.kernel.size + d.recurrent.size + _ACTIVATION * d.recurrent.shape[1] for d in layers)
    readings = max(1, int(_MOST_PRODUCTS / (step * len(symbols))))
    others = {symbol: problem.others(symbol) for symbol in np.unique(symbols).tolist() if symbol}
    timesteps = np.array([t for t, symbol in enumerate(symbols.tolist()) if others.get(symbol)], int)
    moved = np.zeros(len(symbols))
    if not len(timesteps):
        return moved
    moved[timesteps] = np.nan
    most = max(1, readings // len(timesteps))
    tried = timesteps[np.unique(np.linspace(0, len(timesteps) - 1, min(len(timesteps), readings)).round().astype(int))]
    changes = [(t, other) for t in tried.tolist() for other in others[int(symbols[t])][:most]]
    places, others_there = np.array(changes).T
    changed = np.repeat(symbols[None], len(changes), axis=0)
    changed[np.arange(len(changes)), places] = others_there
    shares = probabilities(network.classify(vectors(problem, np.concatenate([symbols[None], changed]))))
    distances = np.abs(shares[1:] - shares[0]).sum(-1) / 2
    np.fmax.at(moved, places, distances)
    return moved
