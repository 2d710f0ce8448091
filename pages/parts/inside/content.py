"""What the component of the Inside page is given: the numbers of one layer of one or two networks, packed for the browser.

At most `MOST_ROWS` units and `MOST_COLUMNS` timesteps travel at once: of more units, the most typical one of each group that behaves alike; of
more timesteps, a stretch around the one on show, with an overview of all.
"""

import base64
import hashlib
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages.parts.inside.diagrams import diagram_of
from pages.parts.shell.formatting import capitalized
from pages.parts.tasks.reading import Following, Reading
from rnn_core.cells import CELLS
from rnn_core.cells.cell import Cell
from rnn_core.nn.inside import Inside, stretch, typical_units, weights_of_gate
from rnn_core.nn.network import Network
from rnn_core.runs.checkpoints import Weights
from rnn_core.spec.model import ACTIVATIONS

MOST_ROWS = 128
MOST_COLUMNS = 240
_OVERVIEW = (48, 600)  # rows and columns at most
_LEVELS = 32767  # of a packed number


@dataclass(frozen=True)
class Facts:
    """What is known of one direction of a layer over the whole input."""

    units: np.ndarray  # numbers of the units on show: all, or the most typical one of each group
    sizes: np.ndarray  # of the groups
    limits: dict[str, float]  # by gate and state, the value that gets the strongest colour
    summary: dict[str, str]  # by gate and state, its picture in words


def facts_of(network: Network, inside: Inside, layer: int, side: int, wanted: Collection[int] = ()) -> Facts:
    """Of more units than can be drawn, one of those that are `wanted` stands for each group."""
    trace, spec = inside.layers[layer][side], network.layers[layer][side].spec
    values = {**trace.states, **trace.gates}
    units, sizes = typical_units(next(iter(trace.states.values()))[0], MOST_ROWS, wanted)
    limits = {name: _limit(name, array, spec.activation) for name, array in values.items()}
    limits["x"] = max(float(np.abs(inside.inputs(layer)).max(initial=0)), 1e-3)
    return Facts(units, sizes, limits, {name: _summary(array[0]) for name, array in values.items()})


@dataclass(frozen=True)
class Seen:
    """One network, and the layer of it on show."""

    run_id: str
    weights: Weights
    network: Network
    inside: Inside
    facts: Facts
    layer: int
    side: int
    title: str
    ranks: bool = False  # whether the page can measure what its units follow
    following: Following | None = None  # the result


def content(reading: Reading, seen: list[Seen], start: int) -> dict[str, Any]:
    """The data that inside.js reads, from timestep `start` on. All of it is JSON; numbers are packed by `pack`."""
    total = len(reading.labels)
    start = max(0, min(start, total - MOST_COLUMNS))
    times = slice(start, min(total, start + MOST_COLUMNS))
    return {
        "input": input_id(reading),
        "total": total, "start": start, "labels": list(reading.labels[times]), "item": reading.item, "asks": reading.asks,
        "note": reading.note, "picture": _picture(reading),
        "cells": [_cell(each, reading, times) for each in seen],
    }  # fmt: skip


def input_id(reading: Reading) -> str:
    """Equal for equal inputs, whatever network reads them."""
    return hashlib.sha256(reading.inputs.tobytes() + repr(reading.labels).encode()).hexdigest()[:16]


def _picture(reading: Reading) -> dict[str, Any] | None:
    if reading.picture is None:
        return None
    pixels = base64.b64encode(reading.picture.astype(np.uint8).tobytes()).decode()
    return {"side": len(reading.picture), "pixels": pixels, "reads": reading.reads}


def _cell(seen: Seen, reading: Reading, times: slice) -> dict[str, Any]:
    direction, facts = seen.network.layers[seen.layer][seen.side], seen.facts
    cell, backwards = CELLS[direction.spec.cell], bool(seen.side)
    trace, inputs = seen.inside.layers[seen.layer][seen.side], seen.inside.inputs(seen.layer)
    hidden, units = next(iter(trace.states.values()))[0], facts.units
    part = stretch(direction, inputs, trace, backwards, units, times)
    return {
        "title": seen.title, "name": cell.label, "units": direction.spec.units, "rows": units.tolist(), "sizes": facts.sizes.tolist(),
        "backwards": backwards, "activation": ACTIVATIONS[direction.spec.activation],
        "arrays": {name: pack(values) for name, values in part.arrays.items()},
        "limits": facts.limits,
        "x": pack(_evenly(inputs[times], MOST_ROWS)), "features": inputs.shape[1],
        "parts": _parts(cell, direction.spec.cell, direction.spec.units),
        "inWords": cell.in_words,
        "diagram": diagram_of(direction.spec.cell),
        "answers": _answers(seen.inside, reading, times),
        "overview": _overview(hidden[:, units]) if len(hidden) > MOST_COLUMNS else None,
        "summary": facts.summary,
        "ranks": seen.ranks, "following": seen.following and asdict(seen.following),
    }  # fmt: skip


def pack(values: np.ndarray) -> dict[str, Any]:
    """An array (time, rows) as whole numbers of 16 bits, in base64, and what one of them is worth."""
    scale = float(np.abs(values).max(initial=0)) / _LEVELS or 1.0
    whole = np.clip((values / scale).round(), -_LEVELS, _LEVELS).astype("<i2")
    return {"data": base64.b64encode(whole.tobytes()).decode(), "scale": scale, "rows": int(values.shape[1])}


def _limit(name: str, values: np.ndarray, activation: str) -> float:
    """The value that gets the strongest colour: 1 where a part cannot exceed it."""
    bounded = name != "cell" and activation == "tanh"
    return 1.0 if bounded else max(float(np.abs(values).max(initial=0)), 1e-3)


def _evenly(values: np.ndarray, most: int) -> np.ndarray:
    """At most so many columns, evenly spaced."""
    if values.shape[1] <= most:
        return values
    return values[:, np.linspace(0, values.shape[1] - 1, most).round().astype(int)]


def _parts(cell: Cell, name: str, units: int) -> list[dict[str, Any]]:
    """All gates and states with their equations, in the order in which they are computed."""
    explained = {equation.name: equation for equation in cell.equations}
    names = list(explained) or [*cell.gates, *cell.states]
    parts = []
    for part in names:
        equation = explained.get(part)
        parts.append(
            {
                "name": part,
                "label": equation.label if equation else capitalized(part),
                "symbol": equation.symbol if equation else part,
                "formula": equation.formula if equation else "",
                "numbers": equation.numbers if equation else "",
                "meaning": equation.meaning if equation else "",
                "explanation": equation.explanation
                if equation
                else "There is no explanation of this cell; its numbers are those that it computes.",
                "keras": weights_of_gate(cell, part, units) if part in cell.gates else "",
                "kind": "state" if part in cell.states else "candidate" if part == "candidate" else "gate",
            }
        )
    if name == "rnn":  # its state has the weights of its candidate, which is the same number
        parts[0]["keras"] = weights_of_gate(cell, "candidate", units)
    return parts


def _answers(inside: Inside, reading: Reading, times: slice) -> dict[str, Any]:
    """The answers at the timesteps for which they are computed: of the others, the one before."""
    ends = inside.predictions.timesteps
    points = [int(np.searchsorted(ends, t + 1, "right")) - 1 for t in range(times.start, times.stop)]
    needed = sorted(set(points))
    answers = reading.answers(inside.predictions.logits[needed], ends[needed])
    return {
        "at": [[needed.index(point), int(ends[point])] for point in points],
        "texts": [[[text, None if share is None else round(share, 4)] for text, share in answer] for answer in answers],
        "computed": len(ends),
    }


def _overview(hidden: np.ndarray) -> dict[str, Any]:
    """The hidden state (time, rows) of the whole input, each column the mean of some timesteps."""
    most_rows, most_columns = _OVERVIEW
    columns = np.array([part.mean(0) for part in np.array_split(hidden, min(most_columns, len(hidden)))])
    return pack(_evenly(columns, most_rows))


def _summary(values: np.ndarray) -> str:
    """A picture of (time, units) in words."""
    timesteps, units = values.shape
    what = f"from {values.min():.2f} to {values.max():.2f}, on average {values.mean():.2f}"
    return f"{units} units over {timesteps} timesteps, {what}. Unit {values.std(0).argmax()} changes most."


@st.cache_data(max_entries=24, show_spinner=False)
def cached_content(key: tuple, start: int, _reading: Reading, _seen: list[Seen]) -> dict[str, Any]:
    """`key` says what is read, by which weights of which runs, and which layer is on show."""
    return content(_reading, _seen, start)
