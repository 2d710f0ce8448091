"""The forecasts of several runs from the same moment on, over the true values."""

import html
from functools import cache

import altair as alt
import numpy as np
import pyarrow as pa
import streamlit as st

from pages.parts.compare.lines import Line, answer, weights_of
from pages.parts.compare.style import sample
from pages.parts.run.charts import axis_title, draw_chart, sized_spec
from pages.parts.run.weights import network_of
from pages.parts.shell import session
from pages.parts.shell.colours import DASHES, LINES, NEUTRAL
from pages.parts.shell.formatting import plain
from pages.parts.tasks.series.try_it import dataset_of
from rnn_core.errors import UserError
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.series import forecast, table
from rnn_core.tasks.series.dataset import SeriesDataset
from rnn_core.tasks.series.steps import following

_MOST_AHEAD = 365
_PAST = 120  # true values before "now" on the chart
_HEIGHT = 330  # pixels


@st.cache_data(max_entries=64, show_spinner=False)
def _forecast(run_id: str, weights: Weights, series: str, now: np.datetime64, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """(dates, values) that follow the true values before `now`; cached, so a tick computes nothing again. Raises `UserError`."""
    dataset = dataset_of(run_id)
    prepared = next(each for each in dataset.prepared if each.name == series)
    known = int(np.searchsorted(prepared.dates, now))
    dates = prepared.dates[known : known + steps]
    usual = int(np.median(np.diff(prepared.dates.astype("int64"))))
    dates = np.concatenate([dates, following(prepared.dates[-1], prepared.step, steps - len(dates), usual)])
    values = forecast.free_running(
        network_of(run_id, weights), dataset.scaling, prepared.name, dataset.spec.data.window, prepared.values[None, :known],
        prepared.dates[None, :known], dates[None],
    )  # fmt: skip
    return dates, values[0]


@cache
def _spec(label: str) -> dict:
    places = list(range(len(LINES)))
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("date:T", title=None, axis=alt.Axis(grid=False, tickCount=6)),
        y=alt.Y("value:Q", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6, **axis_title(label))),
        tooltip=[alt.Tooltip("name:N", title="line"), alt.Tooltip("date:T"), alt.Tooltip("value:Q", format=".4g")],
    )
    true = base.transform_filter("datum.place < 0")
    run = base.transform_filter("datum.place >= 0")
    return sized_spec(
        alt.layer(
            true.mark_line(strokeWidth=1.6).encode(color=alt.value(NEUTRAL)),
            run.mark_line(strokeWidth=2.4).encode(
                color=alt.Color("place:O", scale=alt.Scale(domain=places, range=list(LINES)), legend=None),
                strokeDash=alt.StrokeDash(
                    "place:O", scale=alt.Scale(domain=places, range=[list(dash) or [1, 0] for dash in DASHES]), legend=None
                ),
            ),
        ),
        height=_HEIGHT,
    )


def compare(lines: list[Line]) -> None:
    """Draw from when and how far the networks forecast, and the chart."""
    try:
        dataset = dataset_of(next((line.run.id for line in lines if weights_of(line.run)), lines[0].run.id))
    except (UserError, FileNotFoundError) as error:
        st.caption("The networks forecast here after their first training steps." if lines[0].run.active else plain(str(error)))
        return
    prepared, data = dataset.prepared[0], dataset.spec.data
    length, lines_here = len(prepared.dates), [line for line in lines if _reads_the_same(line, dataset, prepared.name)]
    first = max(line.spec.data.window + line.spec.data.differences for line in lines_here)  # timesteps that every network needs
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        known = st.slider(
            "True values before now", first, length, prepared.edges[1], key=session.COMPARED_NOW(prepared.name, length).name, persist_state="session",
            help="What the networks know. They forecast what follows, and read their own forecasts.",
        )  # fmt: skip
        steps = st.number_input(
            "Steps ahead",
            1,
            _MOST_AHEAD,
            min(_MOST_AHEAD, max(2 * data.window, 30)),
            key=session.COMPARED_STEPS.name,
            persist_state="session",
            width=130,
        )
    now = prepared.dates[known] if known < length else prepared.dates[-1] + np.timedelta64(1, "s")
    shown = slice(max(0, known - _PAST), min(length, known + steps))
    drawn = [(-1, "True", prepared.dates[shown], np.where(prepared.is_real, prepared.values[:, 0], np.nan)[shown])]
    said = []
    for line in lines:
        found, reason = None, "This network was trained on other data."
        if line in lines_here:
            found, reason = answer(line, lambda weights, run=line.run.id: _forecast(run, weights, prepared.name, now, steps))
        if found is None:
            said.append(f"{sample(line.place, line.name)}: {html.escape(reason)}")
            continue
        dates, values = found
        drawn.append((line.place, line.name, dates, values))
        said.append(_error(line, prepared, known, values))
    column = dataset.scaling.columns[0]
    columns = {
        "place": np.concatenate([[place] * len(dates) for place, _, dates, _ in drawn]),
        "name": [name for _, name, dates, _ in drawn for _ in dates],
        "date": np.concatenate([dates.astype("datetime64[ms]") for *_, dates, _ in drawn]),
        "value": pa.array(np.concatenate([values for *_, values in drawn]), from_pandas=True),
    }
    draw_chart(
        _spec(table.without_unit(column) + (f" ({unit})" if (unit := table.unit(column)) else "")), columns, session.CHART("compared_series"),
        f"Forecasts of {len(drawn) - 1} networks from {str(now)[:10]} on, over the true values",
    )  # fmt: skip
    said.insert(0, f"From {str(now)[:10]} on, the networks read their own forecasts.")
    st.html(f'<ul class="said">{"".join(f"<li>{each}</li>" for each in said)}</ul>')


def _reads_the_same(line: Line, dataset: SeriesDataset, series: str) -> bool:
    """Whether a run predicts this series of the same data; one whose data cannot be read is asked for its answer, which says why."""
    try:
        own = dataset_of(line.run.id)
    except (UserError, FileNotFoundError):
        return line.spec.data == dataset.spec.data
    same = line.spec.data.source == dataset.spec.data.source and own.scaling.columns[0] == dataset.scaling.columns[0]
    return same and any(each.name == series for each in own.prepared)


def _error(line: Line, prepared, known: int, values: np.ndarray) -> str:
    """The mean error of a forecast where the true values are known, as HTML."""
    true = prepared.values[known : known + len(values), 0]
    real = prepared.is_real[known : known + len(values)]
    if not real.any():
        return f"{sample(line.place, line.name)}: nothing is known yet to compare with"
    error = float(np.abs(true - values[: len(true)])[real].mean())
    return f"{sample(line.place, line.name)}: mean error {error:.3g} over these {int(real.sum())} timesteps"
