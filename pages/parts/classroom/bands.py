"""The runs of the settings that were sent, as one band each in one chart: the median, and the range of all runs."""

import html
from dataclasses import replace
from functools import cache

import altair as alt
import streamlit as st

from pages.parts.classroom.board import unit_of
from pages.parts.classroom.send import describe
from pages.parts.run.changes import changes
from pages.parts.run.charts import axis_title, draw_chart, sized_spec
from pages.parts.shell import services, session
from pages.parts.shell.colours import GROUPS
from pages.parts.shell.formatting import plain
from rnn_core.runs import comparison, groups
from rnn_core.runs.groups import BandPoint, Curve
from rnn_core.runs.store.sent import HALVES, Sent
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of

_COLUMNS = ("group", "epoch", "low", "median", "high", "runs", "end")
_DASHES = {"A": [1, 0], "B": [9, 5]}
_STROKES = {"A": "solid", "B": "dashed"}


@st.cache_data(ttl=1.5, max_entries=2, show_spinner=False)
def _curves(number: int, _sent: Sent) -> tuple[list[Curve], ...]:
    """The curves of each group; cached for all sessions."""
    return groups.curves(services.store(), _sent, METRICS[task_of(_sent.task).metrics[-1]])


def draw_bands(projected: bool) -> None:
    """Draw the chart of the settings that were sent last, and in one sentence how far apart the groups are."""
    sent = services.store().sent.newest()
    if sent is None:
        st.caption("Send two settings: the runs that students start with them appear here as two bands in one chart.")
        return
    metric = METRICS[task_of(sent.task).metrics[-1]]
    curves = _curves(sent.number, sent)
    bands = [groups.band(group) for group in curves]
    said = sentence(sent, metric, bands)
    with st.container(key="class_bands_projected" if projected else "class_bands", gap="xsmall"):
        st.html(_heading(sent, [len(group) for group in curves]))
        st.markdown(plain(said))
        if not any(bands):
            return
        with st.container(key="class_bands_chart"):
            _chart(metric, unit_of(sent.task, metric), bands, projected, said)


def _heading(sent: Sent, sizes: list[int]) -> str:
    """The legend: a line of each group as in the chart, what its settings are, and how many runs it has."""
    lines = [
        f'<span><i style="border-top: 4px {_STROKES[name]} {GROUPS[name]}"></i><b>{name}</b> {html.escape(describe(spec))}, n = {size}</span>'
        for name, spec, size in zip(HALVES, sent.specs, sizes, strict=False)
    ]
    return f'<div class="bands_legend">{"".join(lines)}</div>'


def sentence(sent: Sent, metric: Metric, bands: list[list[BandPoint]]) -> str:
    """What is compared, and how far apart the groups are; no claim where their bands overlap or runs are few."""
    if not any(bands):
        return "No run with these settings has ended an epoch yet. A run counts if only its seed differs from what was sent."
    if len(bands) == 1:
        point = bands[0][-1]
        return f"Same settings, different seeds. After epoch {point.epoch}: {_range(metric, point)}."
    first, second = sent.specs
    differing = "; ".join(changes(replace(first, seed=second.seed), second, lambda name: _source(sent, name), "A"))
    compared = f"B differs from A: {differing}."
    if first.data.source != second.data.source and metric.name != "accuracy":
        return f"{compared} The data are different, so these values cannot be compared."
    points = groups.last_common(*bands)
    if points is None or min(point.runs for point in points) < groups.MIN_RUNS:
        return f"{compared} To compare them, each needs at least {groups.MIN_RUNS} runs that have ended the same epoch."
    of_a, of_b = points
    after = f"After epoch {of_a.epoch}: A {_range(metric, of_a)}; B {_range(metric, of_b)}."
    if not groups.apart(of_a, of_b):
        return f"{compared} {after} The bands overlap: these runs do not show which is better."
    better, worse = ("A", "B") if (of_a.high < of_b.low) == metric.lower_is_better else ("B", "A")
    chance = comparison.chance_of_split(of_a.runs, of_b.runs)
    few = " So few runs do not show which is better." if chance > comparison.RARE else ""
    return f"{compared} {after} Every run of {better} is better than every run of {worse}; by chance alone, that happens once in {1 / chance:,.0f} times.{few}"


def _range(metric: Metric, point: BandPoint) -> str:
    return f"{metric.text(point.median)} ({metric.text(point.low)} to {metric.text(point.high)}, n = {point.runs})"


def _source(sent: Sent, name: str) -> str:
    return sources.label(sent.task, name, services.settings(), {})


def _chart(metric: Metric, unit: str, bands: list[list[BandPoint]], projected: bool, alt_text: str) -> None:
    highest = max((band[-1].median for band in bands if band), default=0.0)
    rows = [
        (name, p.epoch, p.low, p.median, p.high, p.runs, ("lower", "upper")[p.median == highest] if p is band[-1] else None)
        for name, band in zip(HALVES, bands, strict=False)
        for p in band
    ]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(_COLUMNS)}
    draw_chart(
        _spec(metric.name, unit, projected), columns, session.CLASS_BANDS, f"Validation {metric.label.lower()} by epoch. {alt_text}", height="stretch",
    )  # fmt: skip


@cache
def _spec(metric: str, unit: str, large: bool) -> dict:
    """The chart without its rows: for each group a band from the lowest to the highest run, and the median as a line."""
    share, font, width = METRICS[metric].is_share, 22 if large else 12, 5 if large else 3
    names = list(HALVES)
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "epoch:Q", title="Epoch", axis=alt.Axis(grid=False, tickMinStep=1, format="d", labelFontSize=font, titleFontSize=font)
        ),
        color=alt.Color("group:N", scale=alt.Scale(domain=names, range=[GROUPS[name] for name in names]), legend=None),
    )
    label = f"Validation {METRICS[metric].label.lower()}{f' ({unit})' if unit else ''}, {METRICS[metric].better}"
    axis = alt.Axis(**({"format": "%"} if share else {}), tickCount=6, labelFontSize=font, titleFontSize=font, **axis_title(label))
    low, median = (alt.Y(f"{name}:Q", axis=axis, scale=alt.Scale(zero=False)) for name in ("low", "median"))
    format = ".2%" if share else ".4f"
    tips = [
        alt.Tooltip("group:N"),
        alt.Tooltip("epoch:Q"),
        *(alt.Tooltip(f"{name}:Q", format=format) for name in ("low", "median", "high")),
        alt.Tooltip("runs:Q"),
    ]
    dash = alt.StrokeDash("group:N", scale=alt.Scale(domain=names, range=[_DASHES[name] for name in names]), legend=None)
    return sized_spec(
        alt.layer(
            base.mark_area(opacity=0.22).encode(low, alt.Y2("high:Q")),
            base.mark_line(strokeWidth=width).encode(median, dash),
            base.mark_point(filled=True, opacity=1, size=20 * width).encode(median, tooltip=tips),
            *(
                base.transform_filter(alt.FieldEqualPredicate(field="end", equal=end))
                .mark_text(align="left", dx=8, dy=dy, fontSize=font + 4, fontWeight="bold")
                .encode(median, text="group:N")
                for end, dy in (("upper", -font / 2), ("lower", font / 2))
            ),
        )
    )
