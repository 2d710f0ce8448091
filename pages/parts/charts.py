"""Charts, drawn once with Altair and kept as finished specifications: a tick hands over new rows and nothing else."""

import math

import altair as alt
import pandas as pd
import streamlit as st

from rnn_core.runs.store import Point

UNITS = {"nats": ("nats a character", 1.0), "bits": ("bits a character", 1 / math.log(2))}
_GRAY, _TEAL, _ORANGE = "#94a3b8", "#0d9488", "#ea580c"  # seen well on the light and on the dark background


def _finished(chart: alt.LayerChart | alt.Chart, height: int) -> dict:
    """The Vega-Lite specification without data, which comes with each drawing."""
    spec = chart.properties(height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding")).to_dict()
    return {key: value for key, value in spec.items() if key not in ("data", "config", "$schema")}


_STEP, _SMOOTH, _VALIDATION = _SERIES = ["each step", "smoothed", "validation"]


def _loss_spec() -> dict:
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("epoch:Q", title="epochs read", axis=alt.Axis(grid=False, tickCount=8)),
        color=alt.Color("series:N", scale=alt.Scale(domain=_SERIES, range=[_GRAY, _TEAL, _ORANGE]), legend=_legend()),
    )
    loss = alt.Y("loss:Q", title=None, scale=alt.Scale(zero=False))
    tips = [alt.Tooltip("series:N"), alt.Tooltip("epoch:Q", format=".2f"), alt.Tooltip("loss:Q", format=".4f")]

    def only(series: str) -> alt.Chart:
        return base.transform_filter(alt.FieldEqualPredicate(field="series", equal=series))

    return _finished(
        alt.layer(
            only(_STEP).mark_area(opacity=0.18).encode(alt.Y("low:Q", title=None, scale=alt.Scale(zero=False)), alt.Y2("high:Q")),
            only(_STEP).mark_line(strokeWidth=1, opacity=0.55).encode(loss),
            only(_SMOOTH).mark_line(strokeWidth=2.5).encode(loss, tooltip=tips),
            only(_VALIDATION).mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45)).encode(loss, tooltip=tips),
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
            color=alt.Color("at:N", sort=None, scale=alt.Scale(range=[_GRAY, _TEAL]), legend=_legend()),
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


_LOSS, _ODDS = _loss_spec(), _odds_spec()


def loss_chart(training: list[Point], validation: list[Point], unit: str, epochs: int) -> None:
    """Each step's loss behind, smoothed before it, validation with a point an epoch.

    The horizontal axis ends at a round number of epochs, so that it seldom changes while the curve grows.
    """
    label, factor = UNITS[unit]
    step = pd.DataFrame([(p.epoch, p.value, p.low, p.high) for p in training], columns=["epoch", "loss", "low", "high"])
    smooth = step.assign(loss=step["loss"].ewm(span=max(2.0, len(step) / 40)).mean())
    measured = pd.DataFrame([(p.epoch, p.value, p.value, p.value) for p in validation], columns=step.columns, dtype=float)
    rows = pd.concat([step, smooth, measured], keys=_SERIES, names=["series", None]).reset_index(level=0)
    rows[["loss", "low", "high"]] *= factor
    last = f", last {validation[-1].value * factor:.3f}" if validation else ""
    st.caption(f"Loss in {label}; lower is better.")
    read = training[-1].epoch
    end = min(epochs, next((e for e in _AXIS_ENDS if e >= read), epochs))
    spec = {**_LOSS, "layer": [_with_axis_to(layer, end) for layer in _LOSS["layer"]]}
    st.vega_lite_chart(rows, spec, key="loss_chart", alt=f"Training and validation loss in {label} over epochs{last}")


def odds_chart(characters: list[str], before: list[float], after: list[float], names: tuple[str, str], alt: str) -> None:
    """The likeliest next characters as pairs of bars."""
    rows = pd.DataFrame(
        {"character": characters * 2, "probability": before + after, "at": [names[0]] * len(before) + [names[1]] * len(after)}
    )
    st.vega_lite_chart(rows, _ODDS, key="odds_chart", alt=alt)
