"""One small chart per student, all on the same scale: one Vega-Lite specification, and new rows with each tick."""

import statistics
from dataclasses import dataclass
from functools import cache

import altair as alt
import streamlit as st

from pages.parts.run.charts import draw_chart, without_data
from pages.parts.shell import session
from pages.parts.shell.colours import TRAINING, VALIDATION
from rnn_core.runs.store.overview import RunCurves
from rnn_core.spec.metrics import Metric

_SPACING = 14  # pixels between the charts
_KINDS = ["training", "validation"]
_COLUMNS = ("place", "kind", "epoch", "value", "name", "caption")  # a row is a point of a curve, or the text of a chart
_INK = {"light": ("#1d2a2a", "#5b6866"), "dark": ("#e6ebe8", "#9fb0ab")}  # of names, and of captions
_CEILING = 1.5  # times the median first loss; a loss that explodes must not flatten the other curves


@dataclass(frozen=True)
class Size:
    """The size of one small chart, in pixels."""

    width: int
    height: int
    name_font: int
    caption_font: int
    line_width: float
    margin: str  # free space on both sides of the page: a Vega expression


_NORMAL = Size(168, 92, 14, 12, 1.8, "(windowSize()[0] > 800 ? 150 : 40)")
_PROJECTED = {  # by the largest number of charts
    4: Size(560, 270, 28, 22, 4.0, "40"),
    9: Size(370, 190, 24, 18, 3.4, "40"),
    16: Size(290, 130, 21, 16, 3.0, "40"),
    10_000: Size(228, 98, 19, 15, 2.6, "40"),
}


@dataclass(frozen=True)
class SmallChart:
    name: str
    caption: str  # the line under the name
    seat: RunCurves


@cache
def _spec(size: Size, share: bool, theme: str) -> dict:
    """The specification without rows. The browser fits as many columns of charts as the window is wide."""
    strong, weak = _INK[theme]
    base = alt.Chart(alt.NamedData("rows"))
    curve = base.transform_filter("isValid(datum.value)").mark_line(clip=True, strokeWidth=size.line_width)
    curve = curve.encode(
        x=alt.X("epoch:Q", title=None, axis=alt.Axis(grid=False, tickCount=3, labelFontSize=size.caption_font - 2)),
        y=alt.Y(
            "value:Q",
            title=None,
            axis=alt.Axis(tickCount=3, labelFontSize=size.caption_font - 2, **({"format": "%"} if share else {})),
            scale=alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False),
        ),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=_KINDS, range=[TRAINING, VALIDATION]),
            legend=alt.Legend(orient="top", title=None, labelFontSize=size.caption_font),
        ),
    )
    texts = base.transform_filter("isValid(datum.name)")

    def label(field: str, up: int, font: int, colour: str, weight: str) -> alt.Chart:
        mark = texts.mark_text(align="left", baseline="bottom", fontSize=font, color=colour, fontWeight=weight, limit=size.width)
        return mark.encode(x=alt.value(0), y=alt.value(-up), text=field)

    layers = alt.layer(
        curve,
        label("name:N", size.caption_font + 8, size.name_font, strong, "bold"),
        label("caption:N", 5, size.caption_font, weak, "normal"),
    ).properties(width=size.width, height=size.height)
    chart = layers.facet(
        facet=alt.Facet("place:O", header=alt.Header(labelExpr="''", labelFontSize=0, labelPadding=0, title=None)), columns=1
    ).resolve_axis(x="independent", y="independent")
    spec = without_data(chart)
    column_width = size.width + _SPACING + (2.8 if share else 2.1) * size.caption_font  # including the axis
    spec["columns"] = {"signal": f"max(1, floor((windowSize()[0] - {size.margin}) / {column_width}))"}
    spec["spacing"] = {"row": _SPACING, "column": _SPACING}
    return {**spec, "padding": {"top": 4, "left": 2, "right": 2, "bottom": 4}}


def small_multiples(charts: list[SmallChart], metric: Metric, projected: bool) -> None:
    """Draw the charts in this order; on a projector as large as their number allows."""
    size = next(size for most, size in _PROJECTED.items() if len(charts) <= most) if projected else _NORMAL
    first = [chart.seat.training[0][1] for chart in charts if chart.seat.training]
    most = 1.0 if metric.is_share else _CEILING * statistics.median(first or [1.0])
    rows = []
    for place, chart in enumerate(charts):
        rows.append((place, None, None, None, chart.name, chart.caption))
        for kind, curve in zip(_KINDS, (chart.seat.training, chart.seat.validation), strict=True):
            rows += [(place, kind, epoch, min(value, most), None, None) for epoch, value in curve]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(_COLUMNS)}
    theme = "dark" if st.context.theme.type == "dark" else "light"
    alt_text = f"{metric.label} over epochs of {len(charts)} student{'s' if len(charts) > 1 else ''}, same scale: " + "; ".join(
        f"{chart.name}, {chart.caption}" for chart in charts
    )
    key = session.CLASS_CHART(metric.name, size.width)
    draw_chart(_spec(size, metric.is_share, theme), columns, key, alt_text, width="content")
