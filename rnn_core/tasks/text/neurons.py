"""The neuron finder: which units of a text network follow something that a person knows about a text.

A feature is a number for each character, of the text up to and with it. A unit follows a feature as far as its state after each
character correlates with it (Pearson). Karpathy, Johnson and Fei-Fei (2015) showed such units by eye; here all are ranked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.tasks.text.dataset import without_unseen
from rnn_core.tasks.tokenizer import Characters

_ROWS = 40  # stretches of the text that are read side by side
_TIMESTEPS = 500  # characters of a stretch ...
_SKIPPED = 50  # ... of which the first are not counted: the network starts each with empty states
_RAREST = 0.002  # share of characters: a rarer feature, or one that is seldom absent, is not ranked
_LINE = 80  # characters; the position in a line is capped there
_INDENTATION = 20  # columns; deeper lines count the same
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = {'"': '"', "'": "'", "“": "”", "«": "»"}
_MOST_BRACKETS = 5  # deeper ones count the same, so that one stray bracket does not outweigh everything


@dataclass(frozen=True)
class Feature:
    label: str
    help: str
    values: Callable[[str], Iterable[float]]  # a text -> a number for each of its characters


def _position(text: str) -> Iterable[float]:
    column = 0
    for character in text:
        column = 0 if character == "\n" else column + 1
        yield min(column, _LINE)


def _indentation(text: str) -> Iterable[float]:
    """Blanks at the start of the present line, also after they have ended."""
    depth, at_start = 0, True
    for character in text:
        if character == "\n":
            depth, at_start = 0, True
        elif at_start and character in " \t":
            depth += 4 if character == "\t" else 1
        else:
            at_start = False
        yield min(depth, _INDENTATION)


def _brackets(text: str) -> Iterable[float]:
    depth = 0
    for character in text:
        if character in _PAIRS:
            depth = min(depth + 1, _MOST_BRACKETS)
        elif character in _PAIRS.values():
            depth = max(depth - 1, 0)
        yield depth


def _quotes(text: str) -> Iterable[float]:
    """1 inside quotes, which end with their line at the latest. A quote mark after a letter is an apostrophe, and opens nothing."""
    end, before = "", " "
    for character in text:
        if character == "\n" or character == end:
            end = ""
        elif not end and character in _QUOTES and not before.isalnum():
            end = _QUOTES[character]
        before = character
        yield 1.0 if end else 0.0


FEATURES: dict[str, Feature] = {
    "line-break": Feature("Line break", "The character ends a line.", lambda text: (c == "\n" for c in text)),
    "position": Feature("Position in the line", f"Characters since the line began, up to {_LINE}.", _position),
    "indentation": Feature("Indentation", "Blanks at the start of the line.", _indentation),
    "quotes": Feature("Inside quotes", "A quote has been opened and not closed.", _quotes),
    "brackets": Feature("Inside brackets", "How many brackets are open.", _brackets),
    "capital": Feature("Capital letter", "The character is a capital letter.", lambda text: (c.isupper() for c in text)),
    "digit": Feature("Digit", "The character is a digit.", lambda text: (c.isdigit() for c in text)),
    "blank": Feature("Between words", "The character is a blank or a line break.", lambda text: (c.isspace() for c in text)),
}


@dataclass(frozen=True)
class Follower:
    """A unit that follows a feature."""

    state: str  # "hidden" or another state of the cell
    unit: int
    correlation: float  # from -1 to 1; negative: the unit falls where the feature rises


def followers(network: Network, vocabulary: Characters, text: str, layer: int = 0, most: int = 5) -> dict[str, list[Follower]]:
    """By the name of a feature, the units of a layer that follow it most, the strongest first; in a cell with two states, those of both.

    About 18,000 characters are read, spread over `text`. Features that hardly ever change in them are left out; a text that is too
    short for two stretches has none.
    """
    rows = _stretches(without_unseen(text, vocabulary))
    if len(rows) < 2:
        return {}
    features = {name: _table(feature, rows) for name, feature in FEATURES.items()}
    features = {name: values for name, values in features.items() if _RAREST < (values > 0).mean() < 1 - _RAREST}
    if not features:
        return {}
    wanted = np.stack([_standardised(values.reshape(-1, 1))[:, 0] for values in features.values()])
    found: dict[str, list[Follower]] = {name: [] for name in features}
    forward = network.trace(np.stack([vocabulary.encode(row) for row in rows]))[layer][0]
    for state, values in forward.states.items():
        units = _standardised(values[:, _SKIPPED:].reshape(-1, values.shape[-1]))
        correlations = wanted @ units / len(units)
        for name, of_units in zip(features, correlations, strict=True):
            best = np.argsort(-np.abs(of_units), kind="stable")[:most]
            found[name] += [Follower(state, int(unit), float(of_units[unit])) for unit in best]
    return {name: sorted(units, key=lambda unit: -abs(unit.correlation))[:most] for name, units in found.items()}


def _stretches(text: str) -> list[str]:
    """Stretches of equal length, evenly spread over the text, without overlap."""
    count = min(_ROWS, len(text) // _TIMESTEPS)
    starts = np.linspace(0, len(text) - _TIMESTEPS, count).astype(int) if count else ()
    return [text[start : start + _TIMESTEPS] for start in starts]


def _table(feature: Feature, rows: list[str]) -> np.ndarray:
    """The feature's values (rows, characters) without the skipped ones."""
    return np.array([np.fromiter(feature.values(row), np.float32, len(row)) for row in rows])[:, _SKIPPED:]


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1; a column that never changes becomes 0."""
    centred = values - values.mean(0)
    spread = centred.std(0)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-6)
