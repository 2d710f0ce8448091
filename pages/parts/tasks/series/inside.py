"""What the Inside page reads of the series task: a window of timesteps, up to any date."""

import numpy as np
import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.formatting import plain
from pages.parts.tasks.reading import Answer, Reading
from pages.parts.tasks.series.try_it import dataset_of
from rnn_core.errors import UserError
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.series import table
from rnn_core.tasks.series.dataset import values_of

_END, _SERIES = session.INSIDE_INPUT("series", "end"), session.INSIDE_INPUT("series", "series")


def reading(run: Run) -> Reading | None:
    """Draw the choice of the window's last timestep; returns the window as the network reads it."""
    try:
        dataset = dataset_of(run.id)
    except UserError as error:
        st.info(plain(str(error)))
        return None
    names, index = [series.name for series in dataset.prepared], 0
    if len(names) > 1:
        if _SERIES.get() not in names:
            _SERIES.set(names[0])
        index = names.index(st.selectbox("Series", names, key=_SERIES.name, persist_state="session"))
    prepared, data = dataset.prepared[index], dataset.spec.data
    first, last = data.window + data.differences - 1, len(prepared.dates) - 1
    if not isinstance(_END.get(), int) or not first <= _END.get() <= last:
        _END.set(max(first, prepared.edges[1] - 1))
    days = not (prepared.dates.astype("int64") % 86_400).any()
    dates = [text.replace("T", " ") for text in np.datetime_as_string(prepared.dates, unit="D" if days else "m").tolist()]
    end = st.number_input(
        "Last timestep of the window", first, last, key=_END.name, persist_state="session",
        help=f"The network reads {data.window} timesteps up to this one. The test begins at {prepared.edges[1]:,}.",
    )  # fmt: skip
    st.caption(f"The window ends on {dates[end]}.")
    times = slice(end + 1 - data.window, end + 1)
    column, scale = dataset.scaling.columns[0], dataset.scaling.series[prepared.name]
    unit, values = table.unit(column), prepared.values[times, 0]

    def answers(logits: np.ndarray, timesteps: np.ndarray) -> list[list[Answer]]:
        """Forecasts, of which the first is the next timestep."""
        forecasts = values_of(logits, values[timesteps - 1], dataset.scaling, scale)[:, 0]
        return [[(f"{value:.4g} {unit}".strip(), None)] for value in forecasts]

    after = f" True next value: {prepared.values[end + 1, 0]:.4g} {unit}." if end < last else ""
    note = f"Last value: {values[-1]:.4g} {unit} ({dates[end]}).{after}"
    inputs = dataset.windows(np.array([int(dataset.starts[index]) + end]))[0]
    return Reading(inputs, tuple(dates[times]), "timestep", answers, f"Next {table.without_unit(column)}", note=note)
