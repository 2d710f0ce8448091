"""Trying the network of a run on a series: forecasts from any moment on, edited last values, and the test results.

The panel is a fragment: dragging the line redraws only the panel. While the run trains, the panel ticks slowly to use the latest
weights.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.run.lights import light_up
from pages.parts.run.weights import network_of, weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import percent, plain
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.series.forecast_chart import chosen_now, forecast_chart
from pages.parts.tasks.series.results import results_panel
from rnn_core.errors import UserError
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.series import baseline, forecast, table
from rnn_core.tasks.series.dataset import Prepared, SeriesDataset, inputs_of
from rnn_core.tasks.series.steps import following
from rnn_core.tasks.task import task_of

_TICK = 4.0  # seconds
_SHOWN = 3000  # timesteps, the newest ones: more make the page slow to send
_MOST_AHEAD = 365
_EDITED = 5  # values that can be changed by hand
_PRODUCTS = 3e9  # of one pass over all windows on show: about 0.1 s; a larger network shows fewer


def try_panel(run: Run) -> None:
    """Draw the panel, which ticks while the run trains."""
    fragment(_panel, every=_TICK if run.on_slot else None)(run.id)


@st.cache_resource(max_entries=4, show_spinner="Reading the data …")
def dataset_of(run_id: str) -> SeriesDataset:
    """The data of a run, from its folder. Raises `UserError`."""
    store = services.store()
    spec, folder = store.runs.spec(run_id), store.runs.folder(run_id)
    return task_of(spec.task).dataset(spec, folder, services.settings(), True)


@st.cache_data(max_entries=16, show_spinner=False)
def _one_step(run_id: str, weights: Weights, series: int) -> np.ndarray:
    """The forecast of each value, one timestep before: (steps,), NaN where none is computed."""
    dataset, network = dataset_of(run_id), network_of(run_id, weights)
    start, length = int(dataset.starts[series]), len(dataset.prepared[series].dates)
    data = dataset.spec.data
    products = data.window * 2 * sum(w.kernel.size + w.recurrent.size for directions in network.layers for w in directions)
    count = min(_SHOWN, max(1, int(_PRODUCTS / products)))
    ends = start + np.arange(max(data.window + data.differences - 1, length - count - 1), length - 1)
    forecasts = np.full(length, np.nan)
    forecasts[ends - start + 1] = dataset.forecasts(network.classify(dataset.windows(ends)), ends)[:, 0]
    return forecasts


_ROUGH = 15  # forecasts from which the band of a run that trains is made


@dataclass(frozen=True)
class _Band:
    low: np.ndarray
    high: np.ndarray
    coverage: float | None


@st.cache_data(max_entries=32, show_spinner="Measuring errors …")
def _band(run_id: str, weights: Weights, series: int, steps: int, trains: bool) -> _Band:
    """The band around a forecast, from errors in validation, and the share of errors in the test that it held.

    While the run trains, its weights change all the time: a rough band, without the test, takes a tenth of the time.
    """
    dataset, network = dataset_of(run_id), network_of(run_id, weights)
    most = _ROUGH if trains else forecast.MOST_ORIGINS
    low, high = forecast.band(forecast.errors_by_distance(network, dataset, series, 1, steps, most))
    if trains:
        return _Band(low, high, None)
    tested = forecast.errors_by_distance(network, dataset, series, 2, steps)
    return _Band(low, high, forecast.coverage(tested, low, high))


@showing_errors
def _panel(run_id: str) -> None:
    with st.container(gap="xsmall"):
        _forecasts(run_id)


def _forecasts(run_id: str) -> None:
    """Draw the controls in one row, the chart, and in tabs the test results, the last values and the download."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        weights = weights_choice(run_id)
        if weights is None:
            st.caption("After the first training steps, the network forecasts here, also while it trains.")
            return
        dataset = _data(run_id)
        if dataset is None:
            return
        series, steps = _controls(run_id, dataset)
    prepared, data = dataset.prepared[series], dataset.spec.data
    length, first = len(prepared.dates), data.window + data.differences
    offset, chosen = max(0, length - _SHOWN), chosen_now(run_id)
    now = prepared.edges[1] if chosen is None else chosen + offset
    now = min(max(now, first, offset + 1), length)
    history = _history(run_id, prepared, now)
    dates, values = _ahead(run_id, weights, series, steps, now, history)
    light_up(run_id, weights, _last_window(dataset, prepared, history))
    band, column = _band(run_id, weights, series, steps, services.store().runs.get(run_id).on_slot), dataset.scaling.columns[0]
    forecast_chart(
        {
            "run": run_id, "series": prepared.name, "now": now - offset, "first": max(first, offset + 1) - offset,
            "dates": _texts(prepared.dates[offset:], prepared), "truth": _numbers(np.where(prepared.is_real, prepared.values[:, 0], np.nan)[offset:]),
            "oneStep": _numbers(_one_step(run_id, weights, series)[offset:]), "edges": [edge - offset for edge in prepared.edges],
            "label": column, "unit": table.unit(column) or table.without_unit(column),
            "ahead": {
                "dates": _texts(dates, prepared), "free": _numbers(values), "low": _numbers(values + band.low), "high": _numbers(values + band.high),
                **_naive(dataset, series, now, steps, history),
            },
        },
        run_id,
    )  # fmt: skip
    _band_caption(band, dataset)
    results, last_values, download = st.tabs(["Test results", "Change the last values", "Download"])
    with last_values:
        _last_values(run_id, prepared, now)
    with results:
        results_panel(run_id, dataset)
    with download:
        st.caption(f"The forecast of {steps} timesteps after {_texts(prepared.dates[now - 1 : now], prepared)[0]}, with its band.")
        rows = pd.DataFrame(
            {"date": _texts(dates, prepared), "forecast": values, "low": values + band.low, "high": values + band.high}
        )
        st.download_button(
            "Download the forecast",
            rows.to_csv(index=False),
            "forecast.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )


def _band_caption(band: _Band, dataset: SeriesDataset) -> None:
    """Draw what the band means in one line; the rest is its help."""
    tested = f", and {percent(band.coverage)} in the test" if band.coverage is not None else ""
    others = " Columns that are read but not predicted stay at their last value." if len(dataset.scaling.columns) > 1 else ""
    st.caption(
        f"The band held 80% of the errors in validation{tested}.",
        help="*One step ahead* always reads the true values before a date. *Running free* knows only what comes before *now*, and then reads "
        f"its own forecasts.{others} *Last value* and *Seasonal naive* need no network.",
    )  # fmt: skip


def _data(run_id: str) -> SeriesDataset | None:
    """The data of the run; where it is missing, draw why and return None."""
    try:
        return dataset_of(run_id)
    except UserError as error:
        st.info(plain(str(error)))
        return None


def _controls(run_id: str, dataset: SeriesDataset) -> tuple[int, int]:
    """Draw the choice of the distance and of the series; returns the index of the series and the distance."""
    names, chosen = [series.name for series in dataset.prepared], 0
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):  # they wrap together
        st.caption("Steps ahead", width="content")
        steps = st.number_input(
            "Steps ahead", 1, _MOST_AHEAD, value=min(_MOST_AHEAD, max(2 * dataset.spec.data.window, 30)), key=session.STEPS_AHEAD(run_id).name,
            persist_state="session", width=125, label_visibility="collapsed",
            help="How far the network runs free: each forecast becomes its next input. Further ahead is less sure.",
        )  # fmt: skip
    if len(names) > 1:
        chosen = names.index(
            st.selectbox(
                "Series",
                names,
                key=session.SHOWN_SERIES(run_id).name,
                persist_state="session",
                width=180,
                label_visibility="collapsed",
            )
        )
    return chosen, steps


def _last_values(run_id: str, prepared: Prepared, now: int) -> None:
    """Draw the last values before now, to change by hand."""
    st.caption("Type other numbers, and see how the forecast moves. The data stays as it is.")
    shown = slice(max(0, now - _EDITED), now)
    rows = pd.DataFrame([np.round(prepared.values[shown, 0], 6)], columns=_texts(prepared.dates[shown], prepared))
    key = session.EDITED_VALUES(run_id, prepared.name, now)
    st.data_editor(rows, hide_index=True, key=key.name, alt="The last values before now")


def _history(run_id: str, prepared: Prepared, now: int) -> np.ndarray:
    """The values before now, (past, columns), with what was changed by hand; what is not a number changes nothing."""
    history, first = prepared.values[:now].copy(), max(0, now - _EDITED)
    changed = session.EDITED_VALUES(run_id, prepared.name, now).get().get("edited_rows", {}).get(0, {})
    for row, date in enumerate(_texts(prepared.dates[first:now], prepared), first):
        value = changed.get(date)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
            history[row, 0] = value
    return history


def _ahead(run_id: str, weights: Weights, series: int, steps: int, now: int, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(dates, values) of the forecast that follows a history."""
    dataset = dataset_of(run_id)
    prepared = dataset.prepared[series]
    known = prepared.dates[now : now + steps]
    usual = int(np.median(np.diff(prepared.dates.astype("int64"))))
    dates = np.concatenate([known, following(prepared.dates[-1], prepared.step, steps - len(known), usual)])
    values = forecast.free_running(
        network_of(run_id, weights),
        dataset.scaling,
        prepared.name,
        dataset.spec.data.window,
        history[None],
        prepared.dates[:now][None],
        dates[None],
    )[0]
    return dates, values


def _last_window(dataset: SeriesDataset, prepared: Prepared, history: np.ndarray) -> np.ndarray:
    """What the network reads before its first forecast: (window, features)."""
    data, now = dataset.spec.data, len(history)
    past = slice(now - data.window - data.differences, now)
    return inputs_of(history[past], prepared.dates[past], dataset.scaling, dataset.scaling.series[prepared.name])[-data.window :]


def _naive(dataset: SeriesDataset, series: int, now: int, steps: int, history: np.ndarray) -> dict[str, list]:
    """The last value and the seasonal naive forecast."""
    lines = {"last": _numbers(np.repeat(history[-1, 0], steps))}
    length = baseline.period(dataset, series)
    if 0 < length <= now:
        lines["seasonal"] = _numbers(history[now - length + np.arange(steps) % length, 0])
    return lines


def _numbers(values: np.ndarray) -> list[float | None]:
    """As JSON: four significant digits more than a chart shows, and None for NaN."""
    return [None if value != value else float(f"{value:.7g}") for value in values.tolist()]


def _texts(dates: np.ndarray, prepared: Prepared) -> list[str]:
    """Dates as short as the step allows."""
    unit = "M" if prepared.step.months else "D" if not (prepared.dates.astype("int64") % 86_400).any() else "m"
    return [text.replace("T", " ") for text in np.datetime_as_string(dates, unit=unit).tolist()]
