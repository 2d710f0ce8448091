"""The chart of a comparison: a metric of all runs over epochs, seconds or items, with the name of each line at its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import altair as alt
import numpy as np
import pyarrow as pa

from pages.parts.compare.lines import Line, curve
from pages.parts.run.charts import axis_title, draw_chart, sized_spec, spread_out
from pages.parts.shell import session
from pages.parts.shell.colours import DASHES, LINES
from rnn_core.runs.comparison import Band, Curve, band_of
from rnn_core.spec.metrics import METRICS, Metric

PARTS = {"validation": ("validation",), "training": ("training",), "both": ("validation", "training")}
_LABELS = 15  # names that fit above each other
_SMALLEST = 1e-6  # of a value on a logarithmic scale


@dataclass(frozen=True)
class View:
    """How the chart shows the runs."""

    metric: Metric
    unit: str
    factor: float  # what values are multiplied by
    axis: str  # a name in `comparison.AXES`
    axis_label: str
    part: str  # a name in `PARTS`
    log: bool
    bands: bool


@dataclass(frozen=True)
class _Stroke:
    line: Line
    name: str
    part: str
    x: np.ndarray
    value: np.ndarray
    low: np.ndarray | None = None  # of a band
    high: np.ndarray | None = None


@cache
def _spec(axis_label: str, label: str, share: bool, log: bool) -> dict:
    places = list(range(len(LINES)))
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("x:Q", title=axis_label, axis=alt.Axis(grid=False, tickCount=8, tickMinStep=1, titlePadding=2, format="~s"), scale=alt.Scale(nice=False)),
        color=alt.Color("place:O", scale=alt.Scale(domain=places, range=list(LINES)), legend=None),
        detail="stroke:N",
    )  # fmt: skip
    axis = alt.Axis(**({"format": "%"} if share else {}), tickCount=6, **axis_title(label))
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False, nice=False)
    value = alt.Y("value:Q", scale=scale, axis=axis)
    dashes = alt.StrokeDash("place:O", scale=alt.Scale(domain=places, range=[list(dash) or [1, 0] for dash in DASHES]), legend=None)
    tips = [
        alt.Tooltip("name:N", title="run"), alt.Tooltip("kind:N", title="measured in"), alt.Tooltip("x:Q", title=axis_label.lower(), format=",.4~g"),
        alt.Tooltip("value:Q", title="value", format=".2%" if share else ".4f"),
    ]  # fmt: skip

    def only(kind: str) -> alt.Chart:
        return base.transform_filter(alt.FieldEqualPredicate(field="kind", equal=kind))

    def right(pixels: int) -> alt.ExprRef:
        return alt.value(alt.ExprRef(f"width + {pixels}"))

    names = only("name")
    return sized_spec(
        alt.layer(
            only("frame").mark_point(opacity=0).encode(value),
            base.transform_filter("isValid(datum.low)").mark_area(opacity=0.2).encode(alt.Y("low:Q", scale=scale, axis=axis), alt.Y2("high:Q")),
            only("training").mark_line(strokeWidth=1.4, opacity=0.75).encode(value, dashes, tooltip=tips),
            only("validation").mark_line(strokeWidth=2.6).encode(value, dashes, tooltip=tips),
            only("validation").mark_point(filled=True, size=26, opacity=1).encode(value, tooltip=tips),
            names.mark_rule(strokeWidth=2.6).encode(value, dashes, x=right(4), x2=right(26)),
            names.mark_text(align="left", baseline="middle", dx=31, fontSize=12, limit=150).encode(
                value, x=alt.value("width"), text="name:N", color=alt.value("currentColor")
            ),
        )
    )  # fmt: skip


def compare_chart(lines: Sequence[Line], view: View) -> None:
    """Draw the chart."""
    strokes = [stroke for line in lines for stroke in _strokes(line, view)]
    low, high = _range(strokes, view)
    last = max((run.epochs for line in lines for run in line.runs), default=1)
    end = float(last) if view.axis == "epoch" else max((float(s.x[-1]) for s in strokes), default=1.0)
    columns: dict[str, list] = {name: [] for name in ("kind", "place", "stroke", "name", "x", "value", "low", "high")}

    def add(kind: str, place: int, stroke: str, name: str, x, value, lows=None, highs=None) -> None:
        none = np.full(len(x), np.nan)
        rows = ([kind] * len(x), [place] * len(x), [stroke] * len(x), [name] * len(x), x, value, none if lows is None else lows,
                none if highs is None else highs)  # fmt: skip
        for column, part in zip(columns.values(), rows, strict=True):
            column.extend(part if isinstance(part, list) else part.tolist())

    add("frame", 0, "", "", np.array([0.0, end]), np.array([low, high]))
    for i, each in enumerate(strokes):
        add(each.part, each.line.place, str(i), each.name, each.x, each.value, each.low, each.high)
    for each, at in _names(strokes, low, high, view.log):
        add("name", each.line.place, "", each.line.name, np.array([end]), np.array([at]))
    numbers = {name: pa.array(np.array(columns[name], float), from_pandas=True) for name in ("x", "value", "low", "high")}
    table = {**{name: columns[name] for name in ("kind", "place", "stroke", "name")}, **numbers}
    shown = sorted({stroke.part for stroke in strokes}, reverse=True)  # validation first
    what = f"{shown[0].capitalize()} {view.metric.label.lower()}" if len(shown) == 1 else view.metric.label
    label = f"{what} ({view.unit}), {view.metric.better}" if view.unit else f"{what}, {view.metric.better}"
    draw_chart(
        _spec(view.axis_label, label, view.metric.is_share, view.log), table, session.CHART("compare"), _in_words(strokes, view), height="stretch"
    )  # fmt: skip


def _strokes(line: Line, view: View) -> list[_Stroke]:
    """The strokes of a line: of each part on show a band with its mean, or one for each seed."""
    strokes = []
    for part in PARTS[view.part]:
        curves = [_scaled(curve(run, view.metric.name, part == "training"), view) for run in line.runs]
        if view.bands and len(curves) > 1:
            band: Band = band_of(curves, view.axis)
            if len(band.x):
                strokes.append(_Stroke(line, f"{line.name}, mean", part, band.x, band.mean, band.low, band.high))
            continue
        for seed, each in zip(line.seeds, curves, strict=True):
            if len(each.value):
                name = line.name if len(curves) == 1 else f"{line.name} · seed {seed}"
                strokes.append(_Stroke(line, name, part, getattr(each, view.axis), each.value))
    return strokes


def _scaled(curve: Curve, view: View) -> Curve:
    values = [part * view.factor for part in (curve.value, curve.low, curve.high)]
    if view.log:
        values = [np.maximum(part, _SMALLEST) for part in values]
    return Curve(curve.epoch, curve.seconds, curve.items, *values)


def _range(strokes: list[_Stroke], view: View) -> tuple[float, float]:
    """The lowest and the highest value of the axis."""
    values = [part for s in strokes for part in (s.value, s.low, s.high) if part is not None]
    if not values:
        return (0.5, 1.0) if view.log else (0.0, 1.0)
    together = np.concatenate(values)
    low, high = float(together.min()), float(together.max())
    margin = 0.04 * (high - low) or 0.05 * abs(high) or 0.1
    low = low / 1.05 if view.log else low - margin if low < 0 else max(0.0, low - margin)
    high = high * 1.02 if view.log else high + margin
    return low, min(high, 1.0) if view.metric.is_share else high


def _names(strokes: list[_Stroke], low: float, high: float, log: bool) -> list[tuple[_Stroke, float]]:
    """The stroke that names each line, and the value at whose height its name stands."""
    ends = {stroke.line.place: stroke for stroke in reversed(strokes)}  # the first stroke of each line
    scale, back = (math.log, math.exp) if log else (float, float)
    bottom, top = scale(low), scale(high)
    heights = spread_out([scale(float(s.value[-1])) for s in ends.values()], bottom, top, (top - bottom) / _LABELS)
    return [(stroke, back(height)) for stroke, height in zip(ends.values(), heights, strict=True)]


def _in_words(strokes: list[_Stroke], view: View) -> str:
    """What the chart shows now, for a screen reader."""
    over = f"{view.metric.label} over {view.axis_label.lower()}"
    if not strokes:
        return f"{over}: nothing yet"
    text = METRICS[view.metric.name].text
    return f"{over}: " + "; ".join(
        f"{s.name}, {s.part} from {text(float(s.value[0]))} to {text(float(s.value[-1]))}" for s in strokes
    )
