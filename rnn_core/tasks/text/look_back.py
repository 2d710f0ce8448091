"""How far back a network looks: one character is changed, and the likeliest next character changes or does not."""

import numpy as np

from rnn_core.nn.network import Network

DISTANCES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40)  # places back; 1 is the character read last
CONTEXTS = 200  # places of the text, chosen at random
_BEFORE = 60  # characters that are read before the one that is changed


def changed_shares(network: Network, ids: np.ndarray, seed: int = 1) -> dict[int, float]:
    """By distance: the share of the contexts in `ids` (characters,) where another character so many places back changes what is likeliest.

    The other character is one from elsewhere in the text. Distances for which the text is too short are left out.
    """
    random, shares = np.random.default_rng(seed), {}
    for distance in DISTANCES:
        length = _BEFORE + distance
        if len(ids) <= length:
            break
        starts = random.integers(len(ids) - length, size=CONTEXTS)
        contexts = ids[starts[:, None] + np.arange(length)].astype(np.int64)
        others = _others(contexts[:, _BEFORE], ids, random)
        _, states = network.run(contexts[:, :_BEFORE])
        likeliest = []
        for changed in (contexts[:, _BEFORE], others):
            contexts[:, _BEFORE] = changed
            hidden = network.run(contexts[:, _BEFORE:], states)[0][:, -1]
            likeliest.append(hidden.argmax(-1))
        different = others != ids[starts + _BEFORE]
        if different.any():
            shares[distance] = float((likeliest[0] != likeliest[1])[different].mean())
    return shares


def _others(present: np.ndarray, ids: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """For each id another one, as frequent as in the text; the same where the text seems to have no other."""
    others = present.copy()
    for _ in range(20):
        same = others == present
        others[same] = random.choice(ids, int(same.sum()))
    return others
