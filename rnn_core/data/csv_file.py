"""Read a CSV file as a table, or name the line that is wrong.

Uses Python's `csv` module instead of pandas' parser: on 200,000 rows it takes half the time and memory, and it knows the line
of every row, which error messages need. `csv.Sniffer` does not find the separator here: its search takes minutes for some files.
"""

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from rnn_core.data.decode import decode
from rnn_core.data.labelled import FEW_LABELS, KNOWN_LABELS, LABEL_NAMES, TEXT_NAMES, lookup_key
from rnn_core.errors import UserError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MOST_COLUMNS = 200
_LONGEST_ROW = 1_000_000  # characters; a row of 10 MB may hold five million cells
_LONGEST_NAME = 60  # characters of a column's name
_SAMPLE = 100_000  # characters, and the rest of their last line, from which the separator is detected


def read_csv(raw: bytes, encoding: str = "auto") -> pd.DataFrame:
    """The file as a table of `str` cells, without blank rows and columns. Raises `UserError` with the number of a wrong line."""
    text = decode(raw, encoding, breaks=" ").text
    separator_line = re.match(r"sep=([,;\t|])\n", text)  # Excel's way of naming the separator in the file itself
    if separator_line:
        text = text[separator_line.end() - 1 :]  # its line end stays: lines keep their numbers
    if not (stripped := text.strip()):
        raise _no_rows_error()
    if stripped[0] in "[{" and stripped[-1] in "]}":  # also with one object a line
        raise _json_error()
    separator = separator_line[1] if separator_line else _separator(text)
    try:
        rows = _rows(text, separator, csv.QUOTE_MINIMAL)
    except UserError:
        if separator != "\t":
            raise
        # Many tab-separated files have no quoting: a quotation mark is an ordinary character there.
        rows = _rows(text, separator, csv.QUOTE_NONE)
    if not rows:
        raise _no_rows_error()
    used_columns = sorted({column for row in rows for column, cell in enumerate(row) if cell and not cell.isspace()})
    if len(used_columns) < 2:
        raise _one_column_error()
    if len(used_columns) < len(rows[0]):
        rows = [[row[column] for column in used_columns] for row in rows]
    header = rows.pop(0) if _has_header(rows) else [""] * len(used_columns)
    return pd.DataFrame(rows, columns=_column_names(header, used_columns), dtype="str")


class _Lines:
    """The lines of a text for `csv.reader`, with its position; `io.StringIO` would copy the whole text."""

    def __init__(self, text: str):
        self.text, self.at = text, 0
        self.row = 0  # where the current row begins

    def __iter__(self) -> Iterator[str]:
        while self.at < len(self.text):
            start, self.at = self.at, self.text.find("\n", self.at) + 1 or len(self.text)
            if self.at - self.row > _LONGEST_ROW:
                line = self.text.count("\n", 0, self.row) + 1
                raise UserError(
                    f"The row that begins in line {line:,} has more than {_LONGEST_ROW:,} characters. Cut it into several rows, "
                    "each with one text and its label."
                )
            yield self.text[start : self.at]


def _separator(text: str) -> str:
    """The separator for which the most rows are as wide as the first one."""
    scores = {}
    begin = re.search(r"[^\n]", text).start()
    sample = text[begin : text.find("\n", begin + _SAMPLE) + 1 or len(text)]
    for separator in SEPARATORS:
        if not (rows := _first_rows(sample, separator)):
            continue
        widths = Counter(map(len, rows))
        share = widths[len(rows[0])] / len(rows) if len(rows[0]) > 1 else 0
        if share < 0.01 and widths.most_common(1)[0][0] > 1:
            share = 0.01  # a title above the table, or a short first line: reading the file explains the error
        # A comma in a sentence is followed by a blank, a separator seldom is.
        blanks = sum(cell.startswith(" ") for row in rows for cell in row) / sum(map(len, rows))
        scores[separator] = (round(share, 2), -blanks)
    best = max(scores, key=scores.get, default=",")
    if scores and not scores[best][0]:
        raise _one_column_error()
    return best


def _first_rows(sample: str, separator: str) -> list[list[str]]:
    """The rows of a sample up to the first error, which reading the whole file explains."""
    rows = []
    with contextlib.suppress(csv.Error, UserError):
        for row in csv.reader(_Lines(sample), delimiter=separator):
            if row:
                rows.append(row)
    return rows


def _json_error() -> UserError:
    return UserError(
        "This looks like a JSON file, not a CSV file. Save it as CSV, with the texts in one column and their labels in another, and "
        "choose that file."
    )


def _no_rows_error() -> UserError:
    return UserError("The file holds no rows, only blank lines. Choose a file with a column of texts and a column of labels.")


def _one_column_error() -> UserError:
    return UserError(
        "The file has only one column, but two are needed: one with the texts and one with their labels.",
        "Write each text in quotation marks, then a comma and its label, or save a table with two columns as CSV.",
    )


def _too_many_columns_error(line: int) -> UserError:
    return UserError(
        f"Line {line:,} has more than {MOST_COLUMNS} columns, so it is not a table of texts and labels. Save the column of the texts and "
        "the column of the labels as a CSV file, and choose that one.",
    )


def _rows(text: str, separator: str, quoting: int) -> list[list[str]]:
    """All rows but blank ones, filled up to equal width. Raises `UserError` for wrong quoting and for rows of another width."""
    lines, rows, multiline, ragged = _Lines(text), [], [], []
    reader = csv.reader(iter(lines), delimiter=separator, quoting=quoting, strict=True)
    line = begin = width = widest = 0
    try:
        for cells in reader:
            first, line, begin, lines.row = line + 1, reader.line_num, lines.row, lines.at
            if not any(cells):
                continue
            columns = len(cells)
            width = width or columns
            while not cells[-1]:  # a spreadsheet may leave thousands of separators behind the last cell
                cells.pop()
            if len(cells) > MOST_COLUMNS:
                raise _too_many_columns_error(first)
            if line > first:
                multiline.append((first, begin, lines.at, cells))
            if columns == width or len(cells) <= width < columns:
                rows.append(cells)
                widest = max(widest, len(cells))
            else:
                ragged.append((first, columns))
    except csv.Error as error:
        raise _broken_row_error(text, separator, line + 1, lines.row, str(error)) from None
    for cells in rows:
        cells += [""] * (widest - len(cells))
    _check_multiline_cells(text, separator, rows, multiline, width)
    if ragged:
        first, cells = ragged[0]
        count = len(ragged) - 1
        others = f" {count:,} more {'line differs' if count == 1 else 'lines differ'}, too." if count else ""
        raise UserError(
            f"Line {first:,} has {cells} {'column' if cells == 1 else 'columns'}, where the first line has {width} "
            f"(columns are separated by {SEPARATORS[separator]} in this file).{others}",
            'Put texts with the separator into quotation marks: "like this, for example". Spreadsheets do this when they save '
            "CSV. If there is a title above the table, delete it.",
        )
    return rows


def _broken_row_error(text: str, separator: str, line: int, start: int, error: str) -> UserError:
    """An error about the cell that does not end properly in the row that begins at `start` in line `line`."""
    at = _cell_start(text, separator, start)
    line += text.count("\n", start, at)
    if text[at : at + 1] != '"':  # "field larger than field limit"
        return UserError(
            f"Line {line:,} holds a cell of more than {csv.field_size_limit():,} characters. Cut it into several rows."
        )
    return _quote_error(
        line, text[at : at + _LONGEST_NAME], "but its end is unclear" if "expected after" in error else "but never ends"
    )


def _cell_start(text: str, separator: str, start: int, skip: int | None = None) -> int:
    """Position of the cell after the first `skip` cells; without `skip`, after all cells that end properly in a separator."""
    s = re.escape(separator)
    sound = re.compile(rf'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{s}\n]*+){s}')
    while skip != 0 and (match := sound.match(text, start)):
        start, skip = match.end(), None if skip is None else skip - 1
    return start


def _quote_error(line: int, cell: str, what: str) -> UserError:
    return UserError(
        f"In line {line:,} a cell begins with a quotation mark, {what}: {cell.splitlines()[0][:40]} …",
        'Put a quotation mark at its end too, double quotation marks inside the cell (""), or delete the one at its beginning.',
    )


def _check_multiline_cells(text: str, separator: str, rows: list, multiline: list, width: int) -> None:
    """Raise `UserError` where a cell of several lines contains lines that look like rows.

    A quotation mark that is not closed may be ended, without an error, by one in a later row. Lines look like rows if at least
    half of them have the right width and a known label, or if there are at least five and 90 % of them have the right width:
    few labels are known where such a cell contains most of the rows.
    """
    if not multiline:
        return
    known = {}
    for column in range(len(rows[0]) if rows else 0):
        values = Counter(row[column] for row in rows)
        if len(values) <= FEW_LABELS:
            known[column] = {value for value, count in values.items() if count > 1}
    for line, begin, end, cells in multiline:
        at = next(index for index, cell in enumerate(cells) if "\n" in cell)
        inner_lines = text[begin:end].rstrip("\n").split("\n")
        # The first line also holds the cells before this one, the last line those behind it.
        inner_lines = inner_lines[at > 0 : len(inner_lines) - (at < width - 1)]
        split_lines = [_split_line(each, separator) for each in inner_lines]
        full_width = [row for row in split_lines if len(row) == width]
        labelled = sum(any(row[column] in values for column, values in known.items()) for row in full_width)
        if inner_lines and (
            2 * labelled >= len(inner_lines) or (len(inner_lines) >= 5 and 10 * len(full_width) >= 9 * len(inner_lines))
        ):
            quote_start = _cell_start(text, separator, begin, at)
            last = line + text.count("\n", begin, end - 1)
            line += text.count("\n", begin, quote_start)
            raise _quote_error(
                line,
                text[quote_start : quote_start + _LONGEST_NAME],
                f"and everything up to line {last:,} would belong to it, although it looks like rows",
            )


def _split_line(line: str, separator: str) -> list[str]:
    """The cells of a line read as a row."""
    try:
        return next(csv.reader([line.removeprefix('"')], delimiter=separator), [])
    except csv.Error:  # a cell is longer than `csv.field_size_limit()`
        return []


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: none of its cells occurs again in its column."""
    first, below = rows[0], [set(column) for column in zip(*rows[1:5000], strict=True)]
    if any(cell and cell in values for cell, values in zip(first, below, strict=False)):
        return False
    if any(lookup_key(cell) in TEXT_NAMES + LABEL_NAMES for cell in first):
        return True
    if any(lookup_key(cell) in KNOWN_LABELS or re.fullmatch(r"[-+]?\d+(\.\d+)?", cell) for cell in first):
        return False
    return any(len(values) <= FEW_LABELS and 2 * len(values) < len(rows) for values in below)


def _column_names(header: list[str], places: list[int]) -> list[str]:
    """Distinct names; `places` are the indices of the columns in the file."""
    names: dict[str, None] = {}
    for place, cell in zip(places, header, strict=True):
        name = cell.strip()[:_LONGEST_NAME].strip() or f"Column {place + 1}"
        while name in names:
            name += f" ({place + 1})"
        names[name] = None
    return list(names)
