"""Writing text with a trained network, one character after another.

Logits are divided by the temperature, limited to the likeliest by top-k and top-p, and one character is sampled.
At a temperature near 0 that is always the likeliest; at a high one all are about equally likely.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from rnn_core.cells.cell import States, softmax
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.spec.option import option_field
from rnn_core.tasks.tokenizer import Tokenizer

EXPLODED = "The network cannot write: its numbers became too large (training exploded). Train again with a smaller learning rate."
LONGEST_PROMPT = 5000  # characters; only the end of a longer prompt is read


@dataclass(frozen=True)
class Sampling:
    """How to sample. One table for widgets, command line and validation."""

    temperature: float = option_field(
        0.8, "Temperature", "", "Low plays safe and repeats itself; high takes risks and misspells. To always take the likeliest "
        "character, set Top-k to 1.", low=0.1, high=2.0, step=0.05)  # fmt: skip
    top_k: int = option_field(
        0, "Top-k", "", "Choose only among the k likeliest characters. 0 allows all.", low=0, high=100_000, step=1
    )
    top_p: float = option_field(1.0, "Top-p", "", "Choose only among the fewest likeliest characters that together have at least this probability, after the temperature. "
        "1 allows all.",
                         low=0.05, high=1.0, step=0.05)  # fmt: skip
    length: int = option_field(500, "Length", "", "Characters to write.", low=1, high=20_000, step=100)
    seed: int = option_field(1, "Sampling seed", "", "The same seed writes the same text again.", low=0, high=2**31 - 1, step=1)

    def __post_init__(self):
        wrong = [f.metadata["option"].error(getattr(self, f.name)) for f in fields(self)]
        if isinstance(self.temperature, int | float) and 0 <= self.temperature < 0.1:
            wrong.append("Temperature 0 would always take the likeliest character; for that, set Top-k to 1.")
        if any(wrong):
            raise UserError(*filter(None, wrong))


def probabilities(logits: np.ndarray, sampling: Sampling) -> np.ndarray:
    """Logits (..., classes) -> probabilities after temperature, top-k and top-p (Holtzman 2020), summing to 1."""
    chances = softmax(logits.astype(np.float64) / sampling.temperature)
    classes = logits.shape[-1]
    if not 0 < sampling.top_k < classes and sampling.top_p >= 1.0:
        return chances
    order = np.argsort(-chances, axis=-1, kind="stable")
    ranked = np.take_along_axis(chances, order, -1)
    drop = np.cumsum(ranked, -1) - ranked >= sampling.top_p  # the likelier ones have that probability already
    if sampling.top_k:
        drop |= np.arange(classes) >= sampling.top_k
    keep = np.empty_like(drop)
    np.put_along_axis(keep, order, ~drop, -1)
    chances *= keep
    return chances / chances.sum(-1, keepdims=True)


class Writer:
    """Writes text with a network, which reads a prompt and then each sampled character."""

    def __init__(self, network: Network, tokenizer: Tokenizer):
        self.network, self.tokenizer = network, tokenizer
        first = network.layers[0][0]
        self._table = network.embedding @ first.kernel + first.bias  # (classes, gates * units): embedding times kernel, by id
        self._unknown_id = tokenizer.unknown_id  # never written

    def read(self, text: str):
        """Logits (classes,) and states after `text`. Unseen characters are skipped; without any text a line end is read."""
        writable = [token for i, token in enumerate(self.tokenizer.tokens) if i != self._unknown_id]
        unseen = set(self.tokenizer.unseen(text))
        known = [token for token in text if token not in unseen] or ["\n" if "\n" in writable else writable[0]]
        logits, states = self._run(self.tokenizer.join.join(known))
        return logits[-1], states

    def read_on(self, text: str, states: list[States]) -> np.ndarray:
        """Logits (tokens, classes) after each token of `text`, which follows what led to `states`. Raises `UserError` for unseen tokens."""
        return self._run(text, states)[0]

    def _run(self, text: str, states: list[States] | None = None):
        logits, states = self.network.run(self.tokenizer.encode(text)[None], states)
        if self._unknown_id is not None:
            logits[..., self._unknown_id] = -np.inf
        return logits[0], states

    def write(self, start: str, sampling: Sampling, piece: int = 64) -> Iterator[str]:
        """Yield the continuation of the prompt `start` in pieces of `piece` characters. The same seed gives the same text."""
        logits, states = self.read(start)
        states = [tuple(s[0] for s in layer) for layer in states]
        random = np.random.default_rng(sampling.seed)
        unfiltered = sampling.top_p >= 1.0 and not 0 < sampling.top_k < len(logits)
        directions = [layer[0] for layer in self.network.layers]
        steps = [(d.step, d.kernel, d.bias) for d in directions]
        table, logits_of, unknown_id = self._table, self.network.logits, self._unknown_id
        inverse_temperature = np.float32(1.0 / sampling.temperature)
        tokens, join = self.tokenizer.tokens, self.tokenizer.join
        remaining = sampling.length
        while remaining > 0:
            ids = []
            for uniform in random.random(min(piece, remaining)):
                if unfiltered:
                    weights = logits * inverse_temperature
                    weights -= weights.max()
                    np.exp(weights, out=weights)
                    cumulative = weights.cumsum()
                else:
                    cumulative = probabilities(logits, sampling).cumsum()
                total = float(cumulative[-1])
                if not 0.0 < total < math.inf:
                    raise UserError(EXPLODED)
                chosen = int(cumulative.searchsorted(uniform * total, "right"))
                ids.append(chosen)
                x = None
                for i, (step, kernel, bias) in enumerate(steps):
                    states[i], _ = step(table[chosen] if x is None else x @ kernel + bias, states[i])
                    x = states[i][0]
                logits = logits_of(x)
                if unknown_id is not None:
                    logits[unknown_id] = -np.inf
            remaining -= len(ids)
            yield join.join([tokens[i] for i in ids])
