"""The charts of a review: the score after each word, and the importance of each word."""

import json

import altair as alt
import numpy as np
import pyarrow as pa
import streamlit as st

from pages.parts.run.charts import draw_chart, sized_spec
from pages.parts.shell import session
from pages.parts.shell.colours import NEGATIVE, NEUTRAL, POSITIVE
from pages.parts.shell.formatting import percent, plain

_MAX_LABELS = 60  # words; a longer axis has no room for labels


def _score_spec() -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    x = alt.X("place:O", sort=None, title=None, axis=alt.Axis(labelExpr="datum.label", labelAngle=-55, labelLimit=90, ticks=False))
    y = alt.Y("score:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    tips = [alt.Tooltip("word:N"), alt.Tooltip("score:Q", title="score after the word", format=".1%")]
    return sized_spec(
        alt.layer(
            base.mark_rule(strokeDash=[3, 3], color=NEUTRAL).encode(y=alt.datum(0.5)),
            base.mark_line(strokeWidth=2.5, color=POSITIVE).encode(x, y),
            base.mark_point(filled=True, opacity=1, size=45, color=POSITIVE).encode(x, y, tooltip=tips),
        ),
        height=240,
    )


def _importance_spec() -> dict:
    base = alt.Chart(alt.NamedData("rows"))
    return sized_spec(
        base.mark_bar(cornerRadiusEnd=2).encode(
            x=alt.X(
                "place:O", sort=None, title=None, axis=alt.Axis(labelExpr="datum.label", labelAngle=-55, labelLimit=90, ticks=False)
            ),
            y=alt.Y("importance:Q", title=None, axis=alt.Axis(format="+%", tickCount=5)),
            color=alt.condition("datum.importance > 0", alt.value(POSITIVE), alt.value(NEGATIVE)),
            tooltip=[alt.Tooltip("word:N"), alt.Tooltip("importance:Q", title="importance", format="+.1%")],
        ),
        height=220,
    )


_SCORE, _IMPORTANCE = _score_spec(), _importance_spec()


def score_chart(words: list[str], scores: np.ndarray, names: tuple[str, str]) -> None:
    """Draw the score after each word (words,), with the words under the curve where there is room."""
    st.caption(f"Score after each word: 100% is {plain(names[1])}, 0% is {plain(names[0])}.")
    columns = {"place": range(len(words)), "word": words, "score": pa.array(scores, from_pandas=True)}  # NaN: no score
    alt_text = f"Score after each of {len(words)} words; at the end {percent(scores[-1])}"
    draw_chart(_with_words(_SCORE, words), columns, session.CHART("score"), alt_text)


def importance_chart(words: list[str], importance: np.ndarray, names: tuple[str, str]) -> None:
    """Draw the importance of each word (words,): what the score of the whole review loses without the word."""
    st.caption(f"Word importance: how far the score of {plain(names[1])} falls when only this word is left out.")
    columns = {"place": range(len(words)), "word": words, "importance": pa.array(importance, from_pandas=True)}  # NaN: no score
    most = int(np.nanargmax(np.abs(importance)))
    alt_text = f"Word importance; largest: {words[most]}, {importance[most]:+.0%}"
    draw_chart(_with_words(_IMPORTANCE, words), columns, session.CHART("worth"), alt_text)


def _with_words(spec: dict, words: list[str]) -> dict:
    """Label the axis with the words, up to `_MAX_LABELS`; the axis counts places, because words repeat."""
    label = f"{json.dumps(words)}[datum.value]" if len(words) <= _MAX_LABELS else "''"

    def with_labels(layer: dict) -> dict:
        encoding = layer["encoding"]
        if "x" not in encoding:
            return layer
        x = encoding["x"]
        return {**layer, "encoding": {**encoding, "x": {**x, "axis": {**x["axis"], "labelExpr": label}}}}

    return {**spec, "layer": [with_labels(layer) for layer in spec["layer"]]} if "layer" in spec else with_labels(spec)
