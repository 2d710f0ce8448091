"""The numbers behind the pictures as CSV: a line for each timestep, unit, and gate or state."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pages.parts.inside.content import Seen
from pages.parts.shell.formatting import spreadsheet_safe
from pages.parts.tasks.reading import Reading
from rnn_core.nn.network import Trace

MOST_LINES = 1_000_000
_SIDES = ("forward", "backward")


def scope_of(seen: Seen, timesteps: int, on_show: slice) -> tuple[list[tuple[int, int]], slice, str]:
    """What fits into one file: (layer, direction) pairs, timesteps, and what they are in words."""
    everything = [(i, side) for i, traces in enumerate(seen.inside.layers) for side in range(len(traces))]
    shown = [(seen.layer, seen.side)]
    for places, times, words in (
        (everything, slice(0, timesteps), "all layers"),
        (shown, slice(0, timesteps), "the layer on show, since all layers are too many for one file"),
        (shown, on_show, f"the layer on show, timesteps {on_show.start + 1} to {on_show.stop}"),
    ):
        lines = sum((times.stop - times.start) * _numbers(seen.inside.layers[layer][side]) for layer, side in places)
        if lines <= MOST_LINES:
            return places, times, words
    half = slice(on_show.start, on_show.start + max(1, MOST_LINES // _numbers(seen.inside.layers[seen.layer][seen.side])))
    return shown, half, f"the layer on show, timesteps {half.start + 1} to {half.stop}"


def csv_of(reading: Reading, seen: Seen, on_show: slice) -> str:
    """The file."""
    places, times, _ = scope_of(seen, len(reading.labels), on_show)
    return pd.concat(list(_tables(reading, seen, places, times))).to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _numbers(trace: Trace) -> int:
    """Numbers at each timestep."""
    values = [*trace.states.values(), *trace.gates.values()]
    return len(values) * values[0].shape[-1]


def _tables(reading: Reading, seen: Seen, places: list[tuple[int, int]], times: slice) -> Iterator[pd.DataFrame]:
    labels = np.array([spreadsheet_safe(label) for label in reading.labels[times]], object)
    for layer, side in places:
        trace = seen.inside.layers[layer][side]
        for name, values in {**trace.states, **trace.gates}.items():
            part = values[0, times]
            steps, units = part.shape
            yield pd.DataFrame(
                {
                    "timestep": np.repeat(np.arange(times.start + 1, times.start + 1 + steps), units),
                    "label": np.repeat(labels, units), "layer": layer + 1, "direction": _SIDES[side],
                    "unit": np.tile(np.arange(units), steps), "name": name, "value": part.ravel(),
                }
            )  # fmt: skip
