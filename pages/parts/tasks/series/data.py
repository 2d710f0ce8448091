"""The data controls of the series task: a source or an uploaded CSV, the columns, and the check before training."""

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import percent, plain
from pages.parts.spec_form import source_picker
from pages.parts.spec_form.controls import option_rows, widget
from pages.parts.tasks.series.charts import overview_chart
from rnn_core.data import uploads
from rnn_core.data.decode import ENCODINGS
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.tasks.series import sources, table
from rnn_core.tasks.series.csv_import import ImportedFile, import_csv
from rnn_core.tasks.series.csv_table import Columns
from rnn_core.tasks.series.dataset import SeriesDataset
from rnn_core.tasks.series.options import ALL, AUTO
from rnn_core.tasks.series.table import SeriesTable


def data_controls() -> None:
    """Draw the source, the upload, and what of the data is read."""
    source = source_picker.source_select("series", on_change=_on_source_change)
    with st.container():  # an empty container keeps its place: what is open below stays open
        if source and source.read:
            st.caption(plain(source.origin))
    with st.expander("Upload a CSV", icon=":material/upload_file:"):
        _csv_upload()
    for sentence in session.SERIES_ERRORS.get():
        st.error(plain(sentence), icon=":material/block:")
    for sentence in session.SERIES_NOTES.get() if uploads.is_upload(session.SPEC("series", "source").get()) else ():
        st.info(plain(sentence), icon=":material/info:")
    known = _table_or_none(session.SPEC("series", "source").get())
    if known is not None:
        _named_in(
            "column", [AUTO, *known.columns], lambda name: f"{known.columns[known.column(AUTO)]} (chosen)" if name == AUTO else name
        )
        if known.names:
            _named_in("series", [ALL, *known.names], lambda name: "All" if name == ALL else name)
        if len(known.columns) > 1:
            widget("series", "inputs")


def data_options() -> None:
    """Draw how the series is cut into windows."""
    option_rows("series", ("window", "horizon"), ("calendar", "differences"))


def _named_in(name: str, values: list[str], label) -> None:
    """Draw the choice of something that the data names."""
    option, chosen = options_of("series")[name], session.SPEC("series", name)
    st.selectbox(
        option.label, list(dict.fromkeys([*values, chosen.get()])), key=chosen.name, help=option.help, format_func=label,
        persist_state="session",
    )  # fmt: skip


def _on_source_change() -> None:
    """Other data has other columns."""
    session.SPEC("series", "column").set(AUTO)
    session.SPEC("series", "series").set(ALL)
    _forget_messages()


def _forget_messages() -> None:
    session.SERIES_ERRORS.pop()
    session.SERIES_NOTES.pop()


def _table_or_none(source: str) -> SeriesTable | None:
    try:
        return load(source)
    except UserError:  # data_check shows the error
        return None


def _csv_upload() -> None:
    """Draw the upload of a CSV and the choice of its columns."""
    file = st.file_uploader(
        "Upload a CSV", key=session.SERIES_FILE.name, max_upload_size=services.settings().upload_mb, on_change=_forget_file,
        label_visibility="collapsed",
    )  # fmt: skip
    if file is None:
        st.caption(
            "One row for each date: a column of dates and at least one of numbers. Titles, totals, gaps, decimal commas and most ways to "
            "write a date are understood. The file stays on this computer."
        )
        return
    st.selectbox("Encoding", list(ENCODINGS), format_func=ENCODINGS.get, key=session.SERIES_ENCODING.name, on_change=_forget_file)
    if not session.SERIES_COLUMNS.exists():
        _import(file)
    known = session.SERIES_COLUMNS.get()
    if known is None:
        return
    st.dataframe(pd.DataFrame(known.head, columns=known.names), hide_index=True, alt="The first rows of the file")
    left, right = st.columns(2)
    with left:
        date = st.selectbox("Column of the dates", known.dates, index=known.dates.index(known.columns.date))
    named = [None, *known.texts, *(name for name in known.numbers if name == known.columns.series)]
    with right:
        series = st.selectbox(
            "Column that names the series", named, index=named.index(known.columns.series), format_func=lambda name: name or "None",
            help="Where a file holds several series, such as the prices of several shares, this column says which one a row belongs to.",
        )  # fmt: skip
    numbers = st.multiselect("Columns of numbers", known.numbers, default=[n for n in known.columns.numbers if n in known.numbers])
    if button("Use these columns", icon=":material/check:", disabled=not numbers):
        chosen = replace(known.columns, date=date, series=series, numbers=tuple(numbers))
        _import(file, chosen)


def _forget_file() -> None:
    """Forget the columns and messages: a new file or encoding is read when the page is drawn."""
    _forget_messages()
    session.SERIES_COLUMNS.pop()


def _import(file, columns: Columns | None = None) -> None:
    """Use a file at once where its columns are given or clear; otherwise keep sentences that explain what is missing."""
    _forget_messages()
    try:
        with st.spinner("Reading the table …"):
            imported = import_csv(file.getvalue(), session.SERIES_ENCODING.get(), services.settings(), columns)
        session.SERIES_COLUMNS.set(imported)
        if imported.upload is None:
            raise UserError(*imported.sentences)
        _use(imported, file.name)
    except UserError as error:
        session.SERIES_COLUMNS.setdefault(None)
        session.SERIES_ERRORS.set((f"{file.name} could not be used.", *error.sentences))
        return
    st.rerun()


def _use(imported: ImportedFile, label: str) -> None:
    source_picker.add_upload("series", imported.upload, label)
    chosen = imported.columns
    how = f"Dates are in the column “{chosen.date}”" + (
        f", the names of the series in “{chosen.series}”." if chosen.series else "."
    )
    session.SERIES_NOTES.set((how, *imported.sentences))
    session.SPEC("series", "column").set(AUTO)
    session.SPEC("series", "series").set(ALL)


@st.cache_resource(max_entries=8, ttl="10m", show_spinner="Reading the data …")
def load(name: str) -> SeriesTable:
    """The table of a source. Raises `UserError`."""
    return sources.load(name, services.settings())


@st.cache_resource(max_entries=8, ttl="10m", show_spinner="Reading the data …")
def _dataset(spec: str) -> SeriesDataset:
    run_spec = RunSpec.from_json(spec)
    return SeriesDataset(run_spec, load(run_spec.data.source))


def data_check(spec: RunSpec) -> Work:
    """Draw facts about the data; returns what an epoch reads. Raises `UserError`."""
    if uploads.is_upload(spec.data.source):  # a run can show its own copy; to train on it again, the upload must still be here
        uploads.find(spec.data.source, services.settings())
    dataset = _dataset(_what_decides(spec).to_json())
    first = dataset.prepared[0]
    dates = np.concatenate([series.dates for series in dataset.prepared])
    several = f"**{len(dataset.prepared):,}** series, " if len(dataset.prepared) > 1 else ""
    step = first.step.name if len({series.step for series in dataset.prepared}) == 1 else "row"
    st.caption(
        f"{several}**{len(dataset.values):,}** {step}s from {_date(dates.min())} to {_date(dates.max())}. **{len(dataset.train):,}** windows to "
        f"train on, **{len(dataset.held_out):,}** to validate, **{len(dataset.tested):,}** for the test at the end, in the order of time."
    )
    overview_chart(dataset)
    batch = min(spec.training.batch_size, len(dataset.train))
    for sentence in _advice(spec, dataset):
        st.caption(f":material/lightbulb: {plain(sentence)}")
    return Work(dataset.model_io, batch, dataset.timesteps, len(dataset.train) // batch)


def _what_decides(spec: RunSpec) -> RunSpec:
    """A spec that is equal for all specs with the same windows: moving a slider of the network prepares no data again."""
    return RunSpec("series", spec.data)


def _date(date: np.datetime64) -> str:
    return str(date.astype("datetime64[D]"))


def _advice(spec: RunSpec, dataset: SeriesDataset) -> list[str]:
    sentences, data = [], spec.data
    column = table.without_unit(dataset.scaling.columns[0])
    filled = sum(int((~series.is_real).sum()) for series in dataset.prepared)
    if filled:
        sentences.append(
            f"{filled:,} missing values are filled with the value before them. They are read, but never predicted or counted in an error."
        )
    if dataset.left_out:
        names = ", ".join(dataset.left_out[:3]) + (" and others" if len(dataset.left_out) > 3 else "")
        sentences.append(f"{len(dataset.left_out):,} series are too short and left out: {names}.")
    if any(series.step.name == "row" for series in dataset.prepared):
        sentences.append("The dates are not evenly spaced, so each row counts as one timestep.")
    outside = _outside(dataset)
    if outside > 0.02 and not data.differences:
        sentences.append(
            f"{percent(outside)} of the later values of {column} lie outside everything in the training part. A network that predicts "
            "values cannot follow there; try Differences."
        )
    if any(layer.bidirectional for layer in spec.model.layers):
        sentences.append("Bidirectional is fair here: the whole window is past, and only what follows it is predicted.")
    return sentences


def _outside(dataset: SeriesDataset) -> float:
    """The share of values after the training part that lie outside its range."""
    outside = total = 0
    for series in dataset.prepared:
        edge = series.edges[0]
        before, after = series.values[:edge, 0], series.values[edge:, 0]
        outside += int(((after < before.min()) | (after > before.max())).sum())
        total += len(after)
    return outside / total
