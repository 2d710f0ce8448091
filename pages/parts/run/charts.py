"""Charts that several tasks use, and what all charts share.

Altair builds each Vega-Lite specification once; a tick sends new rows only.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import altair as alt
import numpy as np
import pyarrow as pa
import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.colours import NEUTRAL, STEP, TRAINING, VALIDATION
from pages.parts.shell.formatting import percent
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import Point
from rnn_core.spec.metrics import METRICS, Metric

_READABLE = {  # the colour of the theme's text: contrast 4.5 and more, in light and dark
    "axisY": {"labelFlush": False},  # Streamlit's theme moves the first and the last label off their lines
    "axis": {"labelColor": "currentColor", "titleColor": "currentColor", "labelOpacity": 0.8, "titleOpacity": 0.8},
    "legend": {"labelColor": "currentColor"},
}
_PADDING = {"left": 0, "top": 0, "right": 0, "bottom": 8}  # Streamlit leaves 20 pixels below a chart


def without_data(chart: alt.TopLevelMixin) -> dict:
    """The Vega-Lite specification of a chart, without its rows, with text that is easier to read than Streamlit's grey."""
    spec = {key: value for key, value in chart.to_dict().items() if key not in ("data", "config", "$schema")}
    return {**spec, "config": _READABLE}


def draw_chart(spec: dict, columns: dict, key: session.Key, alt: str, **options):
    """Draw a specification with its columns as an Arrow table: as a DataFrame, the loss curve's 600 rows take 5.5 ms instead of 0.4."""
    return st.vega_lite_chart(pa.table(columns), spec, key=key.name, alt=alt, **options)


def sized_spec(chart: alt.LayerChart | alt.Chart, height: int | None = None) -> dict:
    """The specification of a chart as wide as its container, and `height` pixels high or as high as its container."""
    if height:
        chart = chart.properties(height=height)
    chart = chart.properties(autosize=alt.AutoSizeParams(type="fit", contains="padding"), padding=_PADDING)
    return _described_as_a_whole(without_data(chart))


def _described_as_a_whole(spec: dict) -> dict:
    """Hide the marks from screen readers, which would read hundreds of numbers: the text of the chart says what it shows."""
    if "layer" in spec:
        return {**spec, "layer": [_described_as_a_whole(layer) for layer in spec["layer"]]}
    mark = {**spec["mark"], "aria": False}
    if isinstance(mark.get("point"), dict):  # its points are a layer of their own
        mark["point"] = {**mark["point"], "aria": False}
    return {**spec, "mark": mark}


def legend() -> alt.Legend:
    """A legend of lines above the chart; its three entries fit into a window of 390 pixels."""
    return alt.Legend(
        orient="top",
        title=None,
        labelLimit=260,
        labelFontSize=11.5,
        columnPadding=3,
        symbolSize=64,
        symbolOpacity=1,
        symbolStrokeWidth=3,
    )


def axis_title(text: str) -> dict:
    """An axis title that is read without turning the head: above the axis, from its left end."""
    return {"title": text, "titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -8}


_LINES = {"Each step": STEP, "Training": TRAINING, "Validation": VALIDATION, "Before": NEUTRAL}
_STEP, _SMOOTH, _VALIDATION, _BEFORE = _LINES
_MARK, _LANDMARK, _AHEAD, _FRAME = (
    "mark",
    "landmark",
    "ahead",
    "frame",
)  # rows of notes, of landmarks, of those not reached yet, and of corners
_LABEL_HEIGHT = 11  # pixels: of two labels of landmarks that are nearer, the lower one is not shown


@cache
def _curve_spec(metric: str, unit: str, lines: tuple[str, ...], log: bool, first: bool, last: bool) -> dict:
    """The chart of a metric. Its corners are rows, too: axes change with the data, and the chart is built only once."""
    share, format = METRICS[metric].is_share, ".2%" if METRICS[metric].is_share else ".4f"
    label = f"{METRICS[metric].label} ({unit})" if unit else METRICS[metric].label
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "epoch:Q",
            title="Epoch" if last else None,
            axis=alt.Axis(grid=False, tickCount=8, titlePadding=2),
            scale=alt.Scale(nice=False),
        ),
        color=alt.Color(
            "line:N",
            scale=alt.Scale(domain=list(lines), range=[_LINES[line] for line in lines]),
            legend=legend() if first else None,
        ),
    )
    axis = alt.Axis(**({"format": "%"} if share else {}), tickCount=6, **axis_title(f"{label}, {METRICS[metric].better}"))
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False, nice=False)
    fits = {"expr": f"isValid(datum.high) && abs(scale('y', datum.high) - scale('y', datum.value)) < {_LABEL_HEIGHT} ? 0 : 0.8"}
    value, low = (alt.Y(f"{name}:Q", scale=scale, axis=axis) for name in ("value", "low"))
    tips = [alt.Tooltip("line:N"), alt.Tooltip("epoch:Q", format=".2f"), alt.Tooltip("value:Q", format=format)]

    # Where the curve is not: one that falls ends below the lines, one that rises begins below them.
    side, at = ("right", "width") if METRICS[metric].lower_is_better else ("left", 4)

    def only(*lines: str) -> alt.Chart:
        return base.transform_filter(alt.FieldOneOfPredicate(field="line", oneOf=list(lines)))

    return sized_spec(
        alt.layer(
            only(_FRAME).mark_point(opacity=0).encode(value, color=alt.value(NEUTRAL)),
            only(_LANDMARK, _AHEAD).mark_rule(strokeDash=[2, 3], size=1.2).encode(y=value, x=alt.value(0), x2=alt.value("width"), color=alt.value(NEUTRAL)),
            only(_LANDMARK).mark_text(align=side, baseline="bottom", dy=-2, fontSize=11, opacity=fits).encode(value, x=alt.value(at), text="note:N", color=alt.value("currentColor")),
            only(_BEFORE).mark_line(strokeWidth=2, clip=True).encode(value, tooltip=tips),
            only(_AHEAD).mark_text(align="left", baseline="top", dy=3, fontSize=11, opacity=fits).encode(value, x=alt.value(4), text="note:N", color=alt.value("currentColor")),
            only(_STEP).mark_area(opacity=0.18).encode(low, alt.Y2("high:Q")),
            only(_STEP).mark_line(strokeWidth=1, opacity=0.55).encode(value),
            only(_SMOOTH).mark_line(strokeWidth=2.5).encode(value, tooltip=tips),
            only(_VALIDATION).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45)).encode(value, tooltip=tips),
            only(_MARK).mark_rule(strokeDash=[4, 4], size=2).encode(color=alt.value(NEUTRAL), tooltip=alt.Tooltip("note:N", title="here")),
        )
    )  # fmt: skip


def metric_chart(
    metric: Metric,
    unit: str,
    training: list[Point],
    validation: list[Point],
    epochs: int,
    notes: list[Note],
    factor: float = 1.0,
    landmarks: Mapping[str, float] = MappingProxyType({}),
    log: bool = False,
    first: bool = True,
    last: bool = True,
    before: list[Point] = (),
) -> None:
    """Draw a metric over epochs, in `unit`: each step, training smoothed, validation, notes, and landmarks (values by label).

    `before` is the curve of the run that this one was started to cure; it is cut off where it leaves the range of this run's values.
    The run's values are multiplied by `factor`. The horizontal axis ends at the run's last epoch: it never changes while the curve grows.
    Of several charts below each other, the first has the legend, and the last the title of the axis.
    """
    step, validated, earlier = (_columns(points, factor, log) for points in (training, validation, before))
    smooth = step.copy()
    smooth[:, 1] = _smoothed(step[:, 1])
    low, high = _range(metric, step, validated, _comparable(earlier, step))
    corners = np.array([(0.0, low, low, low), (max(float(epochs), *earlier[:, 0], 0.0), high, high, high)])
    shown = {label: value for label, value in landmarks.items() if low <= value <= high}
    newest = (validated if len(validated) else step)[-1:, 1]
    ahead = [label for label, value in shown.items() if metric.lower_is_better and len(newest) and value < newest[0]]
    places = {_LANDMARK: [label for label in shown if label not in ahead], _AHEAD: ahead}
    parts = {
        _STEP: step, _SMOOTH: smooth, _VALIDATION: validated, _BEFORE: earlier, _FRAME: corners,
        _MARK: np.array([(note.epoch, *[math.nan] * 3) for note in notes]).reshape(-1, 4),
        **{name: _labelled([shown[label] for label in labels]) for name, labels in places.items()},
    }  # fmt: skip
    rows = np.concatenate(list(parts.values()))
    said = [None] * (len(rows) - len(notes) - len(shown)) + [note.message for note in notes]
    said += [*places[_LANDMARK], *places[_AHEAD]]
    columns = {
        "line": np.repeat(list(parts), [len(part) for part in parts.values()]),
        **dict(zip(("epoch", "value", "low", "high"), rows.T, strict=True)),
        "note": pa.array(said, pa.string()),
    }
    lines = tuple(name for name in _LINES if len(parts[name])) or (_STEP, _SMOOTH)
    spec = _curve_spec(metric.name, unit, lines, log, first, last)
    draw_chart(
        spec, columns, session.CHART(metric.name), _in_words(metric, unit, training, validation, factor, before), height="stretch"
    )


def _labelled(values: list[float]) -> np.ndarray:
    """The rows of landmarks: (landmarks, 4). The highest value of each is that of the next landmark above, whose label may be too near."""
    above = [min((other for other in values if other > value), default=math.nan) for value in values]
    return np.array([(math.nan, value, math.nan, other) for value, other in zip(values, above, strict=True)]).reshape(-1, 4)


_SMALLEST = 1e-6  # of a loss on a logarithmic scale


def _columns(points: list[Point], factor: float, log: bool) -> np.ndarray:
    """Epoch, value, lowest and highest of each point: (points, 4)."""
    columns = np.array([(p.epoch, *(factor * n for n in (p.value, p.low, p.high))) for p in points]).reshape(-1, 4)
    return np.column_stack([columns[:, :1], np.maximum(columns[:, 1:], _SMALLEST)]) if log else columns


def _comparable(earlier: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The rows of an earlier run that do not squeeze those of the present one: an explosion has thousands of times the loss."""
    return earlier[earlier[:, 1] <= 1.5 * (step[:, 1].max() if len(step) else np.inf)]


def _smoothed(values: np.ndarray) -> np.ndarray:
    """A centred mean over a tenth of the values, narrower at the start, where the curve is steep; at the end, where values on one side
    are still missing, a straight line through the last ones. Neither lags behind the values."""
    half, last = max(1, len(values) // 20), len(values) - 1
    total = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    reach = np.minimum(half, np.minimum(place // 4, last - place))  # the same on both sides
    smooth = (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)
    if half > 1:
        end = place[-2 * half - 1 :]
        slope, height = np.polyfit(end, values[end], 1)
        smooth[-half:] = slope * place[-half:] + height
    return smooth


def _range(metric: Metric, *curves: np.ndarray) -> tuple[float, float]:
    """The lowest and highest value of the axis; rounded outwards, it seldom changes while the curves grow."""
    values = np.concatenate([curve[:, 1] for curve in curves])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    step = 10.0 ** math.floor(math.log10(max(high - low, abs(high) * 1e-3, 1e-9)))
    step *= 0.5 if high - low > 4 * step else 0.2
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    high += step * (low == high)
    if metric.is_share:
        return min(low, 0.9), 1.0
    low = min(low, 0.75 * high)  # the first values differ by little
    return (max(low, values.min() / 2) if values.min() > 0 else low), high


def _in_words(
    metric: Metric, unit: str, training: list[Point], validation: list[Point], factor: float, before: list[Point] = ()
) -> str:
    """What the chart shows now, for a screen reader."""
    label = f"{metric.label}{f' in {unit}' if unit else ''} over epochs"
    if not training:
        return f"{label}: nothing yet"
    first, last = (metric.text(point.value * factor) for point in (training[0], training[-1]))
    validated = f"; validation {metric.text(validation[-1].value * factor)} at epoch {validation[-1].epoch:g}" if validation else ""
    earlier = f"; before the cure {metric.text(before[-1].value * factor)} at epoch {before[-1].epoch:g}" if before else ""
    return f"{label}: training from {first} to {last}{validated}{earlier}"


@cache
def _predictions_spec(names: tuple[str, ...], share: bool) -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    colour = alt.Color(
        "name:N",
        scale=alt.Scale(domain=list(names)),
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
            now.mark_rule(strokeDash=[3, 3], color=NEUTRAL).encode(x),
            base.mark_line(strokeWidth=2.2).encode(x, y, colour),
            base.mark_point(opacity=0, size=120).encode(x, y, colour, tooltip=tips),
            now.mark_point(filled=True, opacity=1, size=55).encode(x, y, colour, tooltip=tips),
        ),
        height=250,
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


def spread_out(places: Sequence[float], low: float, high: float, gap: float) -> list[float]:
    """Places from `low` to `high` moved apart until neighbours have a distance of `gap`, in the same order: for labels."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [min(max(places[i], low), high) for i in order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    if moved and moved[-1] > high:
        moved[-1] = high
        for i in range(len(moved) - 2, -1, -1):
            moved[i] = min(moved[i], moved[i + 1] - gap)
    return [moved[order.index(i)] for i in range(len(places))]
