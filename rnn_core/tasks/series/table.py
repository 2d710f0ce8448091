"""A table of series: numbers by date, in the form that every source has and every upload is saved in.

The form is CSV in UTF-8: a header, then rows sorted by series and date. The first column is `date`, or `series` and then `date` where
there are several series; dates are ISO 8601; a missing number is an empty cell. Read with the standard library and NumPy, because a
worker pays 130 MB for pandas.
"""

import csv
import io
import re
from dataclasses import dataclass

import numpy as np

from rnn_core.errors import UserError, listed, quoted
from rnn_core.tasks.series.options import ALL, AUTO

MOST_ROWS = 200_000
MOST_COLUMNS = 50
_LIKELY = (
    "close",
    "value",
    "price",
    "target",
    "sales",
    "demand",
    "temperature",
    "wert",
    "kurs",
    "preis",
    "umsatz",
    "valeur",
    "valor",
)


@dataclass(frozen=True)
class SeriesTable:
    dates: np.ndarray  # (rows,) datetime64[s], ascending within a series
    columns: tuple[str, ...]
    values: np.ndarray  # (rows, columns) float64, NaN where missing
    names: tuple[str, ...] = ()  # of several series; () for one
    series: np.ndarray | None = None  # (rows,) index of each row's series in `names`, ascending

    def chosen(self, series: str) -> list[tuple[str, slice]]:
        """(name, rows) of the chosen series; the name of a single series is empty. Raises `UserError` for an unknown one."""
        if not self.names:
            return [("", slice(0, len(self.dates)))]
        if series != ALL and series not in self.names:
            raise UserError(
                f"There is no series called {quoted(series)} in this data. Choose {ALL} or one of: {listed(self.names)}."
            )
        starts = np.searchsorted(self.series, range(len(self.names) + 1))
        return [(name, slice(int(starts[i]), int(starts[i + 1]))) for i, name in enumerate(self.names) if series in (ALL, name)]

    def column(self, name: str) -> int:
        """The index of a column, which may be named without its unit. Raises `UserError` for an unknown one."""
        if name in self.columns:
            return self.columns.index(name)
        if name == AUTO:
            return _likely(self.columns)
        plain = [without_unit(column).casefold() for column in self.columns]
        if name.casefold() in plain:
            return plain.index(name.casefold())
        raise UserError(f"There is no column called {quoted(name)} in this data. Choose one of: {listed(self.columns)}.")


def _likely(columns: tuple[str, ...]) -> int:
    """The first column with a likely name, else the first one."""
    words = [re.split(r"[\W_]+", column.casefold()) for column in columns]
    return next((words.index(row) for likely in _LIKELY for row in words if likely in row), 0)


def unit(column: str) -> str:
    """The unit in brackets at the end of a column's name, as in `wind (m/s)`; empty where there is none."""
    match = re.search(r"[(\[]([^()\[\]]{1,12})[)\]]\s*$", column)
    return match[1].strip() if match else ""


def without_unit(column: str) -> str:
    return re.sub(r"\s*[(\[][^()\[\]]{1,12}[)\]]\s*$", "", column) or column


def write(table: SeriesTable) -> bytes:
    """The table as bytes; equal tables give equal bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(["series"] if table.names else []), "date", *table.columns])
    whole_days = not (table.dates.astype("int64") % 86_400).any()
    dates = np.datetime_as_string(table.dates, unit="D" if whole_days else "s").tolist()
    rows = [
        [date, *("" if value != value else repr(value) for value in row)]
        for date, row in zip(dates, table.values.tolist(), strict=True)
    ]
    if table.names:
        rows = [[table.names[i], *row] for i, row in zip(table.series.tolist(), rows, strict=True)]
    writer.writerows(rows)
    return out.getvalue().encode()


def read(raw: bytes) -> SeriesTable:
    """Read what `write` wrote. Raises `UserError` for everything that it cannot have written."""
    try:
        header, *rows = csv.reader(io.StringIO(raw.decode("utf-8")), strict=True)
        several = header[0] == "series"
        if header[several] != "date" or not all(len(row) == len(header) for row in rows):
            raise ValueError("the columns are wrong")
        dates = np.array([row[several] for row in rows], "datetime64[s]")
        values = np.array([[float(cell or "nan") for cell in row[several + 1 :]] for row in rows], np.float64)
        values = values.reshape(len(rows), len(header) - several - 1)
        names = tuple(dict.fromkeys(row[0] for row in rows)) if several else ()
        places = {name: i for i, name in enumerate(names)}
        series = np.array([places[row[0]] for row in rows]) if several else None
        return _checked(SeriesTable(dates, tuple(header[several + 1 :]), values, names, series))
    except (ValueError, IndexError, csv.Error) as error:
        raise UserError(f"This series is damaged ({error}). Load its original file again.") from None


def _checked(table: SeriesTable) -> SeriesTable:
    if not (0 < len(table.dates) <= MOST_ROWS and 0 < len(table.columns) <= MOST_COLUMNS):
        raise ValueError("the number of rows or columns is wrong")
    if len(set(table.columns)) < len(table.columns) or np.isnat(table.dates).any() or np.isinf(table.values).any():
        raise ValueError("a name occurs twice, or a date or a number is wrong")
    for _, rows in table.chosen(ALL):
        if (np.diff(table.dates[rows]) <= np.timedelta64(0)).any():
            raise ValueError("the dates of a series are not ascending")
    return table
