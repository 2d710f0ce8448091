"""Charts of one kind: lines of cells on a logarithmic scale, each with its name at its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import altair as alt
import numpy as np
import pyarrow as pa

from pages.parts.run.charts import axis_title, draw_chart, sized_spec, spread_out
from pages.parts.shell import session
from pages.parts.shell.colours import DASHES, LINES, NEUTRAL, STEP, TRAINING
from rnn_core.cells import CELLS

SMALLEST = 1e-9  # lines end where they fall below this
_LABELS = 11  # names that fit above each other


@dataclass(frozen=True)
class Line:
    cell: str
    name: str  # at the end of the line; "" for lines of earlier epochs
    what: str  # for the tooltip
    x: Sequence[float]
    y: Sequence[float]
    weak: bool = False  # earlier than the newest, or another state


@cache
def _lines_spec(x_title: str, y_title: str, reverse: bool) -> dict:
    places = list(range(len(LINES)))
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "x:Q",
            title=x_title,
            axis=alt.Axis(grid=False, tickCount=8, titlePadding=2, tickMinStep=1),
            scale=alt.Scale(nice=False, reverse=reverse),
        ),
        color=alt.Color("place:O", scale=alt.Scale(domain=places, range=list(LINES)), legend=None),
        detail="line:N",
    )
    value = alt.Y("y:Q", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~g", tickCount=5, **axis_title(y_title)))
    dashes = alt.StrokeDash("place:O", scale=alt.Scale(domain=places, range=[list(dash) or [1, 0] for dash in DASHES]), legend=None)
    tips = [
        alt.Tooltip("what:N", title="line"),
        alt.Tooltip("x:Q", title=x_title.lower()),
        alt.Tooltip("y:Q", title="value", format=".3~g"),
    ]

    def only(kind: str) -> alt.Chart:
        return base.transform_filter(alt.FieldEqualPredicate(field="kind", equal=kind))

    names = only("name").mark_text(
        align="right" if reverse else "left", baseline="middle", dx=-5 if reverse else 5, fontSize=12, fontWeight="bold"
    )
    return sized_spec(
        alt.layer(
            only("frame").mark_point(opacity=0).encode(value, color=alt.value(NEUTRAL)),
            only("weak").mark_line(strokeWidth=1.2, opacity=0.45).encode(value, dashes, tooltip=tips),
            only("strong").mark_line(strokeWidth=2.6).encode(value, dashes, tooltip=tips),
            names.encode(value, text="name:N", color=alt.value("currentColor")),
        )
    )


def lines_chart(lines: list[Line], key: str, x_title: str, y_title: str, text: str, *, reverse: bool = False) -> None:
    """Draw lines; `reverse`: x grows to the left, where the lines end. `text` says what the chart shows."""
    end = max(max(line.x) for line in lines)
    lines = [_above(line) for line in lines]
    values = np.concatenate([np.maximum(line.y, SMALLEST) for line in lines])
    low, high = 10 ** math.floor(math.log10(values.min())), max(1.0, float(values.max()) * 1.2)
    columns: dict[str, list] = {name: [] for name in ("kind", "place", "line", "what", "name", "x", "y")}

    def add(kind: str, line: Line, x: Sequence[float], y: Sequence[float], label: str = "", name: str = "") -> None:
        place = list(CELLS).index(line.cell) % len(LINES)
        for column, part in zip(columns.values(), (kind, place, label, line.what, name, list(x), list(y)), strict=True):
            column.extend(part if isinstance(part, list) else [part] * len(x))

    add("frame", lines[0], (min(min(line.x) for line in lines), end * 1.3), (low, high))
    for i, line in enumerate(lines):
        add("weak" if line.weak else "strong", line, line.x, np.maximum(line.y, SMALLEST).tolist(), str(i))
    named = [line for line in lines if line.name]
    bottom, top = math.log(low), math.log(high)
    heights = spread_out([math.log(max(line.y[-1], SMALLEST)) for line in named], bottom, top, (top - bottom) / _LABELS)
    for line, height in zip(named, heights, strict=True):
        add("name", line, line.x[-1:], [math.exp(height)], name=line.name)
    draw_chart(_lines_spec(x_title, y_title, reverse), columns, session.CHART(key), text, height="stretch")


def _above(line: Line) -> Line:
    """The line up to the first of its last values that are too small."""
    large = np.flatnonzero(np.array(line.y) >= SMALLEST)
    shown = int(large[-1]) + 2 if len(large) else 1
    return replace(line, x=line.x[:shown], y=line.y[:shown])


@cache
def _norm_spec(clipped: bool) -> dict:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(grid=False, tickCount=8, titlePadding=2), scale=alt.Scale(nice=False))
    )
    axis = alt.Axis(format="~g", tickCount=6, **axis_title("Norm of the whole gradient, before clipping"))
    scale = alt.Scale(type="log", nice=False)
    value, low = (alt.Y(f"{name}:Q", scale=scale, axis=axis) for name in ("value", "low"))
    line, clip = base.transform_filter("datum.kind == 'norm'"), base.transform_filter("datum.kind == 'clip'")
    layers = [
        base.transform_filter("datum.kind == 'frame'").mark_point(opacity=0).encode(value),
        line.mark_area(opacity=0.3, color=STEP).encode(low, alt.Y2("high:Q")),
        line.mark_line(strokeWidth=2, color=TRAINING).encode(
            value, tooltip=[alt.Tooltip("epoch:Q", format=".2f"), alt.Tooltip("value:Q", title="norm", format=".3~g")]
        ),
    ]
    if clipped:
        layers += [
            clip.mark_rule(strokeDash=[6, 4], size=1.6, color=NEUTRAL).encode(y=value, x=alt.value(0), x2=alt.value("width")),
            clip.mark_text(align="right", baseline="bottom", dy=-3, fontSize=11, color=NEUTRAL).encode(
                value, x=alt.value("width"), text="name:N"
            ),
        ]
    return sized_spec(alt.layer(*layers))


def norm_chart(epochs: Sequence[float], norms: np.ndarray, last_epoch: int, clip_norm: float, text: str) -> None:
    """Draw norms (points, 3): mean, lowest and highest of a few steps each; and the line to which clipping cuts them, unless that is 0."""
    norms = np.maximum(norms, SMALLEST)
    shown = [*norms.ravel().tolist(), *([clip_norm] if clip_norm else [])]
    low, high = min(shown) / 1.3, max(shown) * 1.3
    kinds = ["norm"] * len(norms) + ["frame"] * 2 + ["clip"] * bool(clip_norm)
    more = [low, high, *([clip_norm] if clip_norm else [])]
    value, lows, highs = ([*column, *more] for column in norms.T.tolist())
    columns = {
        "kind": kinds, "epoch": pa.array([*epochs, 0.0, float(last_epoch), *([None] if clip_norm else [])], pa.float64()), "value": value,
        "low": lows, "high": highs, "name": [f"clipping at {clip_norm:g}"] * len(kinds),
    }  # fmt: skip
    draw_chart(_norm_spec(bool(clip_norm)), columns, session.CHART("gradient_norm"), text, height="stretch")
