"""Everybody's curve in a small chart of its own, all on one scale: one specification, and new rows with each tick."""

import statistics
from dataclasses import dataclass
from functools import cache

import altair as alt
import streamlit as st

from pages.parts.run.charts import ORANGE, TEAL, draw, without_data
from pages.parts.shell import session
from rnn_core.runs.store.overview import RunCurves
from rnn_core.spec.metrics import Metric

_SPACING = 14  # pixels between the charts
_KINDS = ["training", "validation"]
_COLUMNS = ("place", "kind", "epoch", "value", "name", "line")  # a row is a point of a curve, or the words of a cell
_INK = {"light": ("#1d2a2a", "#5b6866"), "dark": ("#e6ebe8", "#9fb0ab")}  # of names, and of what stands under them
_CEILING = 1.5  # times the usual first loss; a network that explodes must not flatten everybody else's curve


@dataclass(frozen=True)
class Size:
    """Of one small chart, in pixels."""

    width: int
    height: int
    name: int  # of the font
    line: int  # of the font
    curve: float
    margin: str  # what the page leaves free on both sides: an expression of Vega


_NORMAL = Size(168, 92, 14, 12, 1.8, "(windowSize()[0] > 800 ? 150 : 40)")
_PROJECTED = {  # up to so many people
    4: Size(560, 270, 28, 22, 4.0, "40"),
    9: Size(370, 190, 24, 18, 3.4, "40"),
    16: Size(290, 130, 21, 16, 3.0, "40"),
    10_000: Size(228, 98, 19, 15, 2.6, "40"),
}


@dataclass(frozen=True)
class Cell:
    name: str
    line: str  # what is said under the name
    seat: RunCurves


@cache
def _spec(size: Size, share: bool, theme: str) -> dict:
    """Without data. The charts stand in as many columns as the window has room for, which only the browser knows."""
    strong, weak = _INK[theme]
    base = alt.Chart(alt.NamedData("rows"))
    curve = base.transform_filter("isValid(datum.value)").mark_line(clip=True, strokeWidth=size.curve)
    curve = curve.encode(
        x=alt.X("epoch:Q", title=None, axis=alt.Axis(grid=False, tickCount=3, labelFontSize=size.line - 2)),
        y=alt.Y(
            "value:Q",
            title=None,
            axis=alt.Axis(tickCount=3, labelFontSize=size.line - 2, **({"format": "%"} if share else {})),
            scale=alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False),
        ),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=_KINDS, range=[TEAL, ORANGE]),
            legend=alt.Legend(orient="top", title=None, labelFontSize=size.line),
        ),
    )
    said = base.transform_filter("isValid(datum.name)")

    def words(field: str, up: int, font: int, colour: str, weight: str) -> alt.Chart:
        mark = said.mark_text(align="left", baseline="bottom", fontSize=font, color=colour, fontWeight=weight, limit=size.width)
        return mark.encode(x=alt.value(0), y=alt.value(-up), text=field)

    cell = alt.layer(
        curve,
        words("name:N", size.line + 8, size.name, strong, "bold"),
        words("line:N", 5, size.line, weak, "normal"),
    ).properties(width=size.width, height=size.height)
    chart = cell.facet(
        facet=alt.Facet("place:O", header=alt.Header(labelExpr="''", labelFontSize=0, labelPadding=0, title=None)), columns=1
    ).resolve_axis(x="independent", y="independent")
    spec = without_data(chart)
    room = size.width + _SPACING + (2.8 if share else 2.1) * size.line  # with its axis
    spec["columns"] = {"signal": f"max(1, floor((windowSize()[0] - {size.margin}) / {room}))"}
    spec["spacing"] = {"row": _SPACING, "column": _SPACING}
    return {**spec, "padding": {"top": 4, "left": 2, "right": 2, "bottom": 4}}


def small_multiples(cells: list[Cell], metric: Metric, projected: bool) -> None:
    """One small chart for each, in this order; on a projector as large as so many may be."""
    size = next(size for most, size in _PROJECTED.items() if len(cells) <= most) if projected else _NORMAL
    first = [cell.seat.training[0][1] for cell in cells if cell.seat.training]
    most = 1.0 if metric.is_share else _CEILING * statistics.median(first or [1.0])
    rows = []
    for place, cell in enumerate(cells):
        rows.append((place, None, None, None, cell.name, cell.line))
        for kind, curve in zip(_KINDS, (cell.seat.training, cell.seat.validation), strict=True):
            rows += [(place, kind, epoch, min(value, most), None, None) for epoch, value in curve]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(_COLUMNS)}
    theme = "dark" if st.context.theme.type == "dark" else "light"
    said = f"{metric.label} over epochs of {len(cells)} people, all on one scale: " + "; ".join(
        f"{cell.name}, {cell.line}" for cell in cells
    )
    key = session.CLASS_CHART(metric.name, size.width)
    draw(_spec(size, metric.is_share, theme), columns, key, said, width="content")
