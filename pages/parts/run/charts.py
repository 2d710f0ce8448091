"""Charts, drawn once with Altair and kept as finished specifications: a tick hands over new rows and nothing else."""

import json
import math
from functools import cache

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.formatting import plain
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import Point
from rnn_core.spec.metrics import Metric

UNITS = {"nats": 1.0, "bits": 1 / math.log(2)}  # how many one nat is
GRAY, TEAL, ORANGE = "#94a3b8", "#0d9488", "#ea580c"  # seen well on the light and on the dark background
_INK = "#6b7a77"  # of numbers in charts, likewise


def without_data(chart: alt.TopLevelMixin) -> dict:
    """The Vega-Lite specification; its rows come with each drawing."""
    return {key: value for key, value in chart.to_dict().items() if key not in ("data", "config", "$schema")}


def draw(spec: dict, columns: dict, key: session.Key, alt: str, **how):
    """Columns as an Arrow table: by way of a DataFrame the loss curve's 600 rows take 5.5 ms instead of 0.4."""
    return st.vega_lite_chart(pa.table(columns), spec, key=key.name, alt=alt, **how)


def _finished(chart: alt.LayerChart | alt.Chart, height: int) -> dict:
    return without_data(chart.properties(height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding")))


_STEP, _SMOOTH, _VALIDATION = _SERIES = ["each step", "smoothed", "validation"]
_MARK = "mark"  # rows that say what was done to the run, and when


def _curve_spec(format: str, axis_format: str | None) -> dict:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("epoch:Q", title="epochs read", axis=alt.Axis(grid=False, tickCount=8)),
        color=alt.Color("series:N", scale=alt.Scale(domain=_SERIES, range=[GRAY, TEAL, ORANGE]), legend=_legend()),
    )
    axis = alt.Axis(format=axis_format) if axis_format else alt.Axis()
    value = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=axis)
    low = alt.Y("low:Q", title=None, scale=alt.Scale(zero=False), axis=axis)
    tips = [alt.Tooltip("series:N"), alt.Tooltip("epoch:Q", format=".2f"), alt.Tooltip("value:Q", format=format)]

    def only(series: str) -> alt.Chart:
        return base.transform_filter(alt.FieldEqualPredicate(field="series", equal=series))

    return _finished(
        alt.layer(
            only(_STEP).mark_area(opacity=0.18).encode(low, alt.Y2("high:Q")),
            only(_STEP).mark_line(strokeWidth=1, opacity=0.55).encode(value),
            only(_SMOOTH).mark_line(strokeWidth=2.5).encode(value, tooltip=tips),
            only(_VALIDATION).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45)).encode(value, tooltip=tips),
            only(_MARK)
            .mark_rule(strokeDash=[4, 4], size=2)
            .encode(color=alt.value(_INK), tooltip=alt.Tooltip("note:N", title="here")),
        ),
        height=300,
    )


def _odds_spec() -> dict:
    return _finished(
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("character:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelFontSize=13)),
            xOffset=alt.XOffset("at:N", sort=None),
            y=alt.Y("probability:Q", title=None, axis=alt.Axis(format="%", tickCount=5)),
            color=alt.Color("at:N", sort=None, scale=alt.Scale(range=[GRAY, TEAL]), legend=_legend()),
            tooltip=[alt.Tooltip("character:N"), alt.Tooltip("at:N", title="when"), alt.Tooltip("probability:Q", format=".2%")],
        ),
        height=260,
    )


def _legend() -> alt.Legend:
    return alt.Legend(orient="top", title=None, labelLimit=260, symbolOpacity=1, symbolStrokeWidth=3)


_AXIS_ENDS = [digit * 10**power for power in range(-1, 5) for digit in (1, 2, 5)]  # epochs


def _with_axis_to(layer: dict, end: float) -> dict:
    encoding = layer["encoding"]
    return {**layer, "encoding": {**encoding, "x": {**encoding["x"], "scale": {"domain": [0, end], "nice": False}}}}


_SHARE, _NUMBER, _ODDS = _curve_spec(".2%", "%"), _curve_spec(".4f", None), _odds_spec()


def metric_chart(
    metric: Metric,
    unit: str,
    training: list[Point],
    validation: list[Point],
    epochs: int,
    notes: list[Note],
    factor: float = 1.0,
) -> None:
    """A metric over epochs, `factor` times as large, in `unit`: each step's value behind, smoothed before it, validation with a
    point an epoch.

    The horizontal axis ends at a round number of epochs, so that it seldom changes while the curve grows.
    """
    step, measured = (
        np.array([(p.epoch, p.value, p.low, p.high) for p in points]).reshape(-1, 4) for points in (training, validation)
    )
    smooth = step.copy()
    smooth[:, 1] = pd.Series(step[:, 1]).ewm(span=max(2.0, len(step) / 40)).mean()
    marks = np.array([(note.epoch, math.nan, math.nan, math.nan) for note in notes]).reshape(-1, 4)
    parts = step, smooth, measured, marks
    epoch, value, low, high = np.concatenate(parts).T
    columns = {
        "series": np.repeat([*_SERIES, _MARK], [len(part) for part in parts]),
        "epoch": epoch,
        **{name: column * factor for name, column in (("value", value), ("low", low), ("high", high))},
        "note": pa.array([None] * (len(epoch) - len(notes)) + [note.message for note in notes], pa.string()),
    }
    last = f", last {metric.text(validation[-1].value * factor)}" if validation else ""
    read = max(p.epoch for p in [training[-1], *validation[-1:]])
    end = min(epochs, next((e for e in _AXIS_ENDS if e >= read), epochs))
    spec = _SHARE if metric.is_share else _NUMBER
    spec = {**spec, "layer": [_with_axis_to(layer, end) for layer in spec["layer"]]}
    what = f"{metric.label.lower()} in {unit}" if unit else metric.label.lower()
    st.caption(f"{metric.label} ({unit}), {metric.better}." if unit else f"{metric.label}: {metric.meaning}; {metric.better}.")
    draw(spec, columns, session.CHART(metric.name), f"Training and validation {what} over epochs{last}")


def odds_chart(characters: list[str], before: list[float], after: list[float], names: tuple[str, str], alt: str) -> None:
    """The likeliest next characters as pairs of bars."""
    at = [names[0]] * len(before) + [names[1]] * len(after)
    draw(_ODDS, {"character": characters * 2, "probability": before + after, "at": at}, session.CHART("odds"), alt)


# While an input is read


_SERIES_COLORS = ["#0d9488", "#ea580c", "#6366f1", "#ca8a04", "#db2777", "#64748b", "#16a34a", "#9333ea", "#0284c7", "#b91c1c"]


@cache
def _answers_spec(names: tuple[str, ...], share: bool) -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    colour = alt.Color(
        "answer:N",
        scale=alt.Scale(domain=list(names), range=_SERIES_COLORS),
        legend=alt.Legend(orient="top", title=None, columns=5, symbolStrokeWidth=3),
    )
    x = alt.X("timestep:Q", title=None, axis=alt.Axis(grid=False, tickMinStep=1), scale=alt.Scale(nice=False))
    axis, scale = (
        (alt.Axis(format="%", tickCount=5), alt.Scale(domain=[0, 1])) if share else (alt.Axis(tickCount=5), alt.Scale(zero=False))
    )
    y = alt.Y("value:Q", title=None, axis=axis, scale=scale)
    tips = [
        alt.Tooltip("answer:N"),
        alt.Tooltip("timestep:Q", title="after"),
        alt.Tooltip("value:Q", format=".1%" if share else ".3g"),
    ]
    now = base.transform_filter("datum.now")
    return _finished(
        alt.layer(
            now.mark_rule(strokeDash=[3, 3], color=GRAY).encode(x),
            base.mark_line(strokeWidth=2.2, interpolate="monotone").encode(x, y, colour),
            base.mark_point(opacity=0, size=120).encode(x, y, colour, tooltip=tips),
            now.mark_point(filled=True, opacity=1, size=55).encode(x, y, colour, tooltip=tips),
        ),
        height=320,
    )


def answers_chart(
    timesteps: list[int],
    answers: np.ndarray,
    names: list[str],
    what: str,
    *,
    unit: str = "timesteps",
    share: bool = True,
    now: int | None = None,
) -> None:
    """Answers (timesteps, names) while an input is read; `now` is the timestep that is marked, the last one by default.

    Without `share` they are numbers, not probabilities.
    """
    steps = np.tile(timesteps, len(names))
    columns = {
        "timestep": steps, "answer": np.repeat(names, len(timesteps)), "value": answers.T.ravel(),
        "now": steps == (timesteps[-1] if now is None else now),
    }  # fmt: skip
    best = int(answers[-1].argmax())
    last = f"{names[best]} with {answers[-1][best]:.0%}" if share else ", ".join(f"{value:.3g}" for value in answers[-1])
    draw(
        _answers_spec(tuple(names), share),
        columns,
        session.CHART("answers"),
        f"{what} after each of {timesteps[-1]} {unit}; at the end {last}",
    )


def _input_spec() -> dict:
    place = {"axis": alt.Axis(labelAngle=0, labelOverlap=True, ticks=False, domain=False)}
    return _finished(
        alt.Chart(alt.NamedData("rows"))
        .mark_rect()
        .encode(
            x=alt.X("timestep:O", title="timestep", **place),
            y=alt.Y("feature:O", title=None, **place),
            color=alt.Color("value:Q", scale=alt.Scale(range=["#0d948808", TEAL]), legend=None),
            tooltip=[alt.Tooltip("timestep:O"), alt.Tooltip("feature:O"), alt.Tooltip("value:Q", format=".3g")],
        ),
        height=120,
    )


def input_chart(inputs: np.ndarray) -> None:
    """What a network reads: ids (timesteps,) or vectors (timesteps, features)."""
    values = inputs.reshape(len(inputs), -1)
    timestep, feature = np.indices(values.shape).reshape(2, -1) + 1
    draw(
        _INPUT, {"timestep": timestep, "feature": feature, "value": values.ravel()}, session.CHART("input"),
        f"The input: {len(values)} timesteps of {values.shape[1]} numbers",
    )  # fmt: skip


# Test results


def _confusion_spec() -> dict:
    axis = {"labelAngle": 0, "domain": False, "ticks": False}
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("said:N", title="it said", axis=alt.Axis(orient="top", **axis)),
        y=alt.Y("true:N", title="it was", axis=alt.Axis(**axis)),
    )
    kinds = alt.Scale(domain=["right", "wrong", "none"], range=[TEAL, ORANGE, GRAY])
    tips = [alt.Tooltip("true:N", title="it was"), alt.Tooltip("said:N", title="it said"), alt.Tooltip("count:Q", title="how many")]
    fields = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("kind:N", scale=kinds, legend=None), opacity=alt.Opacity("strength:Q", scale=None)
    )
    numbers = (
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=11)
        .encode(text="count:Q", color=alt.condition("datum.strength > 0.5", alt.value("white"), alt.value(_INK)))
    )
    picked = alt.selection_point(name="cell", fields=["true", "said"])
    on_top = base.mark_rect(opacity=0, cursor="pointer").encode(tooltip=tips).add_params(picked)  # takes the clicks
    return _finished(alt.layer(fields, numbers, on_top), height=320)


_INPUT, _CONFUSION = _input_spec(), _confusion_spec()


def confusion_chart(counts: np.ndarray, key: session.Key) -> tuple[int, int] | None:
    """Counts (classes, classes), rows what it was; returns the field that was clicked as (true, said), or None."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    true, said = np.indices(counts.shape).reshape(2, -1)
    counts, shares, diagonal = counts.ravel(), shares.ravel(), true == said
    # Mistakes are few: their colour grows with the root of their share, or nobody would see them beside the diagonal.
    wrong = np.where(counts > 0, 0.15 + 2.5 * np.sqrt(shares), 0.06)
    columns = {
        "true": true.astype(str),
        "said": said.astype(str),
        "count": counts,
        "strength": np.where(diagonal, 0.25 + 0.55 * shares, wrong).clip(0, 1),
        "kind": np.where(diagonal, "right", np.where(counts > 0, "wrong", "none")),
    }
    worst = int(np.where(diagonal, -1, counts).argmax())
    told = f"Confusion matrix; most often a {true[worst]} was taken for a {said[worst]}, {counts[worst]} times"
    event = draw(_CONFUSION, columns, key, told, on_select="rerun", selection_mode="cell")
    cells = event.selection.get("cell") or []
    return (int(cells[0]["true"]), int(cells[0]["said"])) if cells else None


# Reviews

_LABELLED = 60  # words that still have room for a label each


def _score_spec() -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    x = alt.X("place:O", sort=None, title=None, axis=alt.Axis(labelExpr="datum.label", labelAngle=-55, labelLimit=90, ticks=False))
    y = alt.Y("score:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    tips = [alt.Tooltip("word:N"), alt.Tooltip("score:Q", title="score after it", format=".1%")]
    return _finished(
        alt.layer(
            base.mark_rule(strokeDash=[3, 3], color=GRAY).encode(y=alt.datum(0.5)),
            base.mark_line(strokeWidth=2.5, color=TEAL).encode(x, y),
            base.mark_point(filled=True, opacity=1, size=45, color=TEAL).encode(x, y, tooltip=tips),
        ),
        height=240,
    )


def _worth_spec() -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    return _finished(
        base.mark_bar(cornerRadiusEnd=2).encode(
            x=alt.X(
                "place:O", sort=None, title=None, axis=alt.Axis(labelExpr="datum.label", labelAngle=-55, labelLimit=90, ticks=False)
            ),
            y=alt.Y("worth:Q", title=None, axis=alt.Axis(format="+%", tickCount=5)),
            color=alt.condition("datum.worth > 0", alt.value(TEAL), alt.value(ORANGE)),
            tooltip=[alt.Tooltip("word:N"), alt.Tooltip("worth:Q", title="moved the score by", format="+.1%")],
        ),
        height=220,
    )


_SCORE, _WORTH = _score_spec(), _worth_spec()


def score_chart(words: list[str], scores: np.ndarray, names: tuple[str, str]) -> None:
    """The score after each word (words,), the words under the curve where there is room."""
    st.caption(f"Score after each word: 100% is {plain(names[1])}, 0% is {plain(names[0])}.")
    columns = {"place": range(len(words)), "word": words, "score": pa.array(scores, from_pandas=True)}  # NaN is no score
    told = f"Score after each of {len(words)} words; at the end {scores[-1]:.0%}"
    draw(_labelled(_SCORE, words), columns, session.CHART("score"), told)


def worth_chart(words: list[str], worth: np.ndarray, names: tuple[str, str]) -> None:
    """What the score of the whole review loses without each word (words,)."""
    st.caption(f"What each word is worth: how far the score of {plain(names[1])} falls when only this word is left out.")
    columns = {"place": range(len(words)), "word": words, "worth": pa.array(worth, from_pandas=True)}  # NaN is no worth
    most = int(np.nanargmax(np.abs(worth)))
    told = f"What each word is worth; most: {words[most]}, {worth[most]:+.0%}"
    draw(_labelled(_WORTH, words), columns, session.CHART("worth"), told)


def _labelled(spec: dict, words: list[str]) -> dict:
    """The words as labels of the axis, which counts places because words repeat; too many get none."""
    named = f"{json.dumps(words)}[datum.value]" if len(words) <= _LABELLED else "''"

    def with_labels(layer: dict) -> dict:
        encoding = layer["encoding"]
        if "x" not in encoding:
            return layer
        x = encoding["x"]
        return {**layer, "encoding": {**encoding, "x": {**x, "axis": {**x["axis"], "labelExpr": named}}}}

    return {**spec, "layer": [with_labels(layer) for layer in spec["layer"]]} if "layer" in spec else with_labels(spec)
