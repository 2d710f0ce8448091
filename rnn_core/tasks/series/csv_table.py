"""From any CSV file with dates and numbers to a table of series. Imports pandas.

The row of names is the last one before the first date. Rows without a date, such as titles and totals, are left out. What was left out or
had to be guessed is in the notes.
"""

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from rnn_core.data.decode import decode
from rnn_core.errors import UserError, listed, quoted
from rnn_core.tasks.series import cells as cells_of
from rnn_core.tasks.series.table import MOST_COLUMNS, MOST_ROWS, SeriesTable

_SEPARATORS = (",", ";", "\t", "|")
_WIDEST = 200  # columns of a file
_LONGEST_NAME = 60  # characters
_MOST_SERIES = 1000
_DATE_WORDS = [
    "date",
    "time",
    "day",
    "month",
    "year",
    "timestamp",
    "datetime",
    "datum",
    "zeit",
    "tag",
    "monat",
    "jahr",
    "fecha",
    "fecha",
    "jour",
    "mois",
    "annee",
    "data",
]
_SERIES_WORDS = [
    "symbol",
    "ticker",
    "station",
    "series",
    "id",
    "name",
    "country",
    "city",
    "store",
    "shop",
    "product",
    "item",
    "company",
]
_TIME_CELL = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"


@dataclass(frozen=True)
class Columns:
    """The columns of a file that are used, by name."""

    date: str
    numbers: tuple[str, ...]
    series: str | None = None  # whose cells name the series of a row
    time: str | None = None  # of the day, in a separate column


@dataclass(frozen=True)
class CsvFile:
    cells: pd.DataFrame  # of `str`, below the names
    lines: np.ndarray  # (rows,) the line of each row in the file
    dates: tuple[str, ...]  # names of the columns of dates, the likeliest first
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    guess: Columns
    notes: tuple[str, ...]


# --- Reading a file


def read(raw: bytes, encoding: str = "auto") -> CsvFile:
    """Read a file and recognise its columns. Raises `UserError` where it is no table, or has no dates or no numbers."""
    text = decode(raw, encoding, breaks=" ").text
    if not (stripped := text.strip()):
        raise UserError("The file holds only blank lines. Choose a CSV file with a column of dates and a column of numbers.")
    if stripped[0] in "[{":
        raise UserError(
            "This looks like a JSON file, not a CSV file. Save it as CSV, with dates in one column and numbers in others."
        )
    if (rows := text.count("\n")) > MOST_ROWS:
        raise UserError(
            f"The file has {rows:,} rows; at most {MOST_ROWS:,} can be used. Save a part of it, or the means of longer steps, such as days."
        )
    cells, lines = _cells(text)
    dates = [column for column in cells if cells_of.has_dates(cells[column])]
    if not dates:
        raise UserError(
            "No column of dates was found, so the order in time is unknown. Add one, such as 2024-05-31 in each row, and upload the file "
            "again."
        )
    cells, lines, notes = _below_names(cells, lines, dates[0])
    dates = sorted((cells.columns[column] for column in dates), key=lambda name: not _has_word(name, _DATE_WORDS))
    kinds = {name: cells_of.kind_of(cells[name]) for name in cells if name not in dates}
    numbers, texts = (tuple(name for name, kind in kinds.items() if kind == wanted) for wanted in ("numbers", "texts"))
    if not numbers:
        raise UserError(
            "No column of numbers was found, so there is nothing to predict. Add a column with one number for each date, and upload the "
            "file again."
        )
    return CsvFile(cells, lines, tuple(dates), numbers, texts, _guess(cells, tuple(dates), numbers, texts), tuple(notes))


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text), delimiter=separator)


def _separator(text: str) -> str:
    """The separator for which the most rows have a cell that is a date: beside another separator, a date is no cell."""
    named = re.match(r"sep=([,;\t|])\n", text)  # Excel's way of naming it in the file itself
    if named:
        return named[1]
    scores = {}
    for separator in _SEPARATORS:
        rows = []
        with contextlib.suppress(csv.Error):  # reading the whole file names the line
            rows.extend(row for row in islice(_rows(text, separator), cells_of.SAMPLE) if len(row) > 1)
        width = min(max(map(len, rows), default=0), _WIDEST)
        columns = (pd.Series([row[i] if i < len(row) else "" for row in rows], dtype="str") for i in range(width))
        scores[separator] = max((int(cells_of.dates_in(column)[0].notna().sum()) for column in columns), default=0)
    best = max(scores, key=scores.get, default=",")
    if not scores.get(best):
        raise UserError(
            "No row holds a date in one cell and something in another. The file must be a table saved as CSV, with rows such as "
            "2024-05-31,17.5."
        )
    return best


def _cells(text: str) -> tuple[pd.DataFrame, np.ndarray]:
    """All cells as `str`, and the line of each row, without blank rows. Raises `UserError` with the number of a wrong line."""
    separator, rows, lines = _separator(text), [], []
    reader = _rows(text, separator)
    try:
        for row in reader:
            if any(cell and not cell.isspace() for cell in row):
                if len(row) > _WIDEST:
                    raise UserError(
                        f"Line {reader.line_num:,} has {len(row):,} columns; at most {_WIDEST} can be read. Save the column of the dates "
                        "and those of the numbers that matter."
                    )
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise UserError(f"Line {reader.line_num + 1:,} cannot be read ({error}). Correct it, and upload the file again.") from None
    width = max(map(len, rows))
    for row in rows:
        row += [""] * (width - len(row))
    return pd.DataFrame(rows, dtype="str"), np.array(lines)


def _below_names(cells: pd.DataFrame, lines: np.ndarray, dates: int) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    """The rows below the names, their lines, and notes; the names are those of the columns."""
    first = int(np.flatnonzero(cells_of.dates_in(cells[dates])[0].notna())[0])
    header = cells.iloc[first - 1].tolist() if first else [""] * cells.shape[1]
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = " ".join(cell.split())[:_LONGEST_NAME] or f"Column {place}"
        names.append(name if name not in names else f"{name} ({place})")
    below = cells.iloc[first:].set_axis(names, axis=1)
    notes = (
        [f"{_lines_are(lines[: first - 1])} left out: the names of the columns are in line {lines[first - 1]:,}."]
        if first > 1
        else []
    )
    return below.reset_index(drop=True), lines[first:], notes


def _lines_are(lines: np.ndarray) -> str:
    return f"Line {lines[0]:,} is" if len(lines) == 1 else f"{len(lines):,} lines, the first of them line {lines[0]:,}, are"


# --- Which columns are used


def _has_word(name: str, words: Iterable[str]) -> bool:
    return bool(set(re.split(r"[\W_\d]+", name.casefold())) & set(words))


def _guess(cells: pd.DataFrame, dates: tuple[str, ...], numbers: tuple[str, ...], texts: tuple[str, ...]) -> Columns:
    date = dates[0]
    times = [name for name in texts if cells_of.sample_of(cells[name]).str.strip().str.fullmatch(_TIME_CELL).all()]
    time = times[0] if times and not cells[date].str.contains(":").any() else None
    when = cells[date] + " " + cells[time] if time else cells[date]
    series = None
    if when.duplicated().mean() > 0.3:
        candidates = [name for name in texts if name != time]
        candidates += [name for name in numbers if _has_word(name, _SERIES_WORDS)]
        candidates.sort(key=lambda name: not _has_word(name, _SERIES_WORDS))
        for name in candidates:
            groups = cells[name].str.strip()
            if (
                1 < groups.nunique() <= _MOST_SERIES
                and not pd.DataFrame({"when": when, "group": groups}).duplicated().mean() > 0.05
            ):
                series = name
                break
    return Columns(date, tuple(name for name in numbers if name != series)[:MOST_COLUMNS], series, time)


# --- From cells to a table


def to_table(file: CsvFile, columns: Columns) -> tuple[SeriesTable, list[str]]:
    """The table of the chosen columns, and sentences about what was left out or guessed. Raises `UserError` if too little is left."""
    _check(file, columns)
    notes = list(file.notes)
    cells = file.cells
    dates, note = cells_of.dates_in(cells[columns.date])
    notes += [note] if note else []
    if columns.time:
        time = cells[columns.time].str.strip().str.replace(".", ":", regex=False)
        dates = dates.dt.normalize() + pd.to_timedelta(
            time + time.str.count(":").map({1: ":00"}).fillna(""), errors="coerce"
        ).astype("timedelta64[s]")
    values = np.column_stack([cells_of.numbers_in(cells[name]) for name in columns.numbers])
    dated = dates.notna().to_numpy()
    if undated := int((~dated).sum()):
        at = np.flatnonzero(~dated)
        what = next((cell.strip() for cell in cells.iloc[at[0]] if cell.strip()), "")
        rows = (
            f"The row in line {file.lines[at[0]]:,}"
            if undated == 1
            else f"{undated:,} rows, the first of them in line {file.lines[at[0]]:,}"
        )
        notes.append(f"{rows} ({quoted(what[:30])}), {'is' if undated == 1 else 'are'} left out: without a date.")
    if infinite := int(np.isinf(values).sum()):
        values[np.isinf(values)] = np.nan
        notes.append(f"{infinite:,} infinite {'number is' if infinite == 1 else 'numbers are'} treated as missing.")
    wrong = (
        sum(
            int((np.isnan(values[:, i]) & dated & ~cells[name].str.strip().str.lower().isin(cells_of.MISSING).to_numpy()).sum())
            for i, name in enumerate(columns.numbers)
        )
        - infinite
    )
    if wrong > 0:
        notes.append(
            f"{wrong:,} {'cell that is no number is' if wrong == 1 else 'cells that are no numbers are'} treated as missing."
        )
    frame = pd.DataFrame({"date": dates.to_numpy(), "row": np.arange(len(cells))})
    frame["series"] = cells[columns.series].str.strip().str[:_LONGEST_NAME] if columns.series else ""
    frame = frame[dated & ~np.isnan(values).all(1) & (frame["series"].ne("") if columns.series else True)]
    if not len(frame):
        raise UserError(f"No row has both a date and a number in {listed(columns.numbers)}. Choose other columns.")
    if not frame.groupby("series")["date"].is_monotonic_increasing.all():
        notes.append("The rows were not in the order of their dates, and were sorted.")
    frame = frame.sort_values(["series", "date", "row"], kind="stable")
    repeated = frame.duplicated(["series", "date"], keep="last")
    if count := int(repeated.sum()):
        notes.append(f"{count:,} {'date occurs' if count == 1 else 'dates occur'} again; the last row of each date is used.")
        frame = frame[~repeated]
    names = tuple(frame["series"].unique()) if columns.series else ()
    series = frame["series"].map({name: i for i, name in enumerate(names)}).to_numpy(np.int64) if names else None
    if len(names) > _MOST_SERIES:
        raise UserError(
            f"The column {columns.series} names {len(names):,} series; at most {_MOST_SERIES:,} can be used. Choose another column."
        )
    return SeriesTable(frame["date"].to_numpy("datetime64[s]"), columns.numbers, values[frame["row"]], names, series), notes


def _check(file: CsvFile, columns: Columns) -> None:
    given = (columns.date, *columns.numbers, *filter(None, (columns.series, columns.time)))
    if unknown := [name for name in given if name not in file.cells]:
        raise UserError(f"There is no column called {quoted(unknown[0])}. Choose one of: {listed(file.cells.columns)}.")
    if len(set(given)) < len(given):
        raise UserError("A column is chosen twice. Choose different columns for the date, the series and the numbers.")
    if not columns.numbers:
        raise UserError("No column of numbers is chosen, so there is nothing to predict. Choose at least one.")
    if len(columns.numbers) > MOST_COLUMNS:
        raise UserError(f"{len(columns.numbers)} columns of numbers are chosen; at most {MOST_COLUMNS} can be used. Choose fewer.")
