"""Charts that several tasks use, and what all charts share.

Altair builds each Vega-Lite specification once; a tick sends new rows only.
"""

import math
from functools import cache

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.formatting import percent
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import Point
from rnn_core.spec.metrics import Metric

UNITS = {"nats": 1.0, "bits": 1 / math.log(2)}  # how many of the unit one nat is
GRAY, TEAL, ORANGE = "#94a3b8", "#0d9488", "#ea580c"  # readable on the light and on the dark background
INK = "#6b7a77"  # of numbers in charts; readable on both backgrounds


def without_data(chart: alt.TopLevelMixin) -> dict:
    """The Vega-Lite specification of a chart, without its rows."""
    return {key: value for key, value in chart.to_dict().items() if key not in ("data", "config", "$schema")}


def draw_chart(spec: dict, columns: dict, key: session.Key, alt: str, **options):
    """Draw a specification with its columns as an Arrow table: as a DataFrame, the loss curve's 600 rows take 5.5 ms instead of 0.4."""
    return st.vega_lite_chart(pa.table(columns), spec, key=key.name, alt=alt, **options)


def sized_spec(chart: alt.LayerChart | alt.Chart, height: int) -> dict:
    """The specification of a chart as wide as its container and `height` pixels high."""
    return without_data(chart.properties(height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding")))


_STEP, _SMOOTH, _VALIDATION = _LINES = ["Training, each step", "Training, smoothed", "Validation"]
_MARK = "mark"  # rows of the notes of a run, such as a new learning rate


def _curve_spec(format: str, axis_format: str | None) -> dict:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(grid=False, tickCount=8)),
        color=alt.Color("line:N", scale=alt.Scale(domain=_LINES, range=[GRAY, TEAL, ORANGE]), legend=legend()),
    )
    axis = alt.Axis(format=axis_format) if axis_format else alt.Axis()
    value = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=axis)
    low = alt.Y("low:Q", title=None, scale=alt.Scale(zero=False), axis=axis)
    tips = [alt.Tooltip("line:N"), alt.Tooltip("epoch:Q", format=".2f"), alt.Tooltip("value:Q", format=format)]

    def only(line: str) -> alt.Chart:
        return base.transform_filter(alt.FieldEqualPredicate(field="line", equal=line))

    return sized_spec(
        alt.layer(
            only(_STEP).mark_area(opacity=0.18).encode(low, alt.Y2("high:Q")),
            only(_STEP).mark_line(strokeWidth=1, opacity=0.55).encode(value),
            only(_SMOOTH).mark_line(strokeWidth=2.5).encode(value, tooltip=tips),
            only(_VALIDATION).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45)).encode(value, tooltip=tips),
            only(_MARK)
            .mark_rule(strokeDash=[4, 4], size=2)
            .encode(color=alt.value(INK), tooltip=alt.Tooltip("note:N", title="here")),
        ),
        height=300,
    )


def legend() -> alt.Legend:
    """A legend of lines above the chart; its three entries fit into a window of 390 pixels."""
    return alt.Legend(
        orient="top",
        title=None,
        labelLimit=260,
        labelFontSize=12,
        columnPadding=6,
        symbolSize=64,
        symbolOpacity=1,
        symbolStrokeWidth=3,
    )


_AXIS_ENDS = [digit * 10**power for power in range(-1, 5) for digit in (1, 2, 5)]  # epochs


def _with_axis_to(layer: dict, end: float) -> dict:
    encoding = layer["encoding"]
    return {**layer, "encoding": {**encoding, "x": {**encoding["x"], "scale": {"domain": [0, end], "nice": False}}}}


_SHARE, _NUMBER = _curve_spec(".2%", "%"), _curve_spec(".4f", None)


def metric_chart(
    metric: Metric,
    unit: str,
    training: list[Point],
    validation: list[Point],
    epochs: int,
    notes: list[Note],
    factor: float = 1.0,
) -> None:
    """Draw a metric over epochs, in `unit`: training values of each step, training values smoothed, validation values, and notes.

    All values are multiplied by `factor`. The horizontal axis ends at a round number of epochs and therefore seldom changes while the
    curve grows.
    """
    step, validated = (
        np.array([(p.epoch, p.value, p.low, p.high) for p in points]).reshape(-1, 4) for points in (training, validation)
    )
    smooth = step.copy()
    smooth[:, 1] = pd.Series(step[:, 1]).ewm(span=max(2.0, len(step) / 40)).mean()
    marks = np.array([(note.epoch, math.nan, math.nan, math.nan) for note in notes]).reshape(-1, 4)
    parts = step, smooth, validated, marks
    epoch, value, low, high = np.concatenate(parts).T
    columns = {
        "line": np.repeat([*_LINES, _MARK], [len(part) for part in parts]),
        "epoch": epoch,
        **{name: column * factor for name, column in (("value", value), ("low", low), ("high", high))},
        "note": pa.array([None] * (len(epoch) - len(notes)) + [note.message for note in notes], pa.string()),
    }
    last = f", last {metric.text(validation[-1].value * factor)}" if validation else ""
    epochs_done = max(p.epoch for p in [training[-1], *validation[-1:]])
    end = min(epochs, next((e for e in _AXIS_ENDS if e >= epochs_done), epochs))
    spec = _SHARE if metric.is_share else _NUMBER
    spec = {**spec, "layer": [_with_axis_to(layer, end) for layer in spec["layer"]]}
    label = f"{metric.label.lower()} in {unit}" if unit else metric.label.lower()
    st.caption(metric.caption(unit))
    draw_chart(spec, columns, session.CHART(metric.name), f"Training and validation {label} over epochs{last}")


_COLORS = ["#0d9488", "#ea580c", "#6366f1", "#ca8a04", "#db2777", "#64748b", "#16a34a", "#9333ea", "#0284c7", "#b91c1c"]


@cache
def _predictions_spec(names: tuple[str, ...], share: bool) -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    colour = alt.Color(
        "name:N",
        scale=alt.Scale(domain=list(names), range=_COLORS),
        legend=alt.Legend(orient="top", title=None, columns=5, symbolStrokeWidth=3),
    )
    x = alt.X("timestep:Q", title=None, axis=alt.Axis(grid=False, tickMinStep=1), scale=alt.Scale(nice=False))
    axis, scale = (
        (alt.Axis(format="%", tickCount=5), alt.Scale(domain=[0, 1])) if share else (alt.Axis(tickCount=5), alt.Scale(zero=False))
    )
    y = alt.Y("value:Q", title=None, axis=axis, scale=scale)
    tips = [
        alt.Tooltip("name:N"),
        alt.Tooltip("timestep:Q", title="after"),
        alt.Tooltip("value:Q", format=".1%" if share else ".3g"),
    ]
    now = base.transform_filter("datum.now")
    return sized_spec(
        alt.layer(
            now.mark_rule(strokeDash=[3, 3], color=GRAY).encode(x),
            base.mark_line(strokeWidth=2.2, interpolate="monotone").encode(x, y, colour),
            base.mark_point(opacity=0, size=120).encode(x, y, colour, tooltip=tips),
            now.mark_point(filled=True, opacity=1, size=55).encode(x, y, colour, tooltip=tips),
        ),
        height=320,
    )


def predictions_chart(
    timesteps: list[int],
    predictions: np.ndarray,
    names: list[str],
    label: str,
    *,
    unit: str = "timesteps",
    share: bool = True,
    now: int | None = None,
) -> None:
    """Draw predictions (timesteps, names) after each timestep of an input, as one curve per name.

    `timesteps` counts in `unit`; `now` is the timestep that is marked, by default the last one. Predictions are probabilities, or
    any numbers where `share` is False.
    """
    steps = np.tile(timesteps, len(names))
    columns = {
        "timestep": steps, "name": np.repeat(names, len(timesteps)), "value": predictions.T.ravel(),
        "now": steps == (timesteps[-1] if now is None else now),
    }  # fmt: skip
    best = int(predictions[-1].argmax())
    last = f"{names[best]} ({percent(predictions[-1][best])})" if share else ", ".join(f"{value:.3g}" for value in predictions[-1])
    draw_chart(
        _predictions_spec(tuple(names), share),
        columns,
        session.CHART("answers"),
        f"{label} after each of {timesteps[-1]} {unit}; at the end {last}",
    )
