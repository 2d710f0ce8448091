"""A CSV file becomes a table, or a sentence about the line that is at fault.

Read with Python's `csv` module and not with pandas' parser: on 200,000 rows it takes half the time and memory, and it knows
the line of every row, which each complaint about a file needs.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from rnn_core.data.decode import decode
from rnn_core.data.labelled import FEW_LABELS, KNOWN_LABELS, LABEL_NAMES, TEXT_NAMES, bare
from rnn_core.problem import Problem

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAMPLE = 100_000  # characters that the separator is found from


def read_csv(raw: bytes, encoding: str = "auto") -> pd.DataFrame:
    """The file as a table of `str` cells; blank rows and columns are gone. Raises `Problem` with the line of a fault."""
    text = decode(raw, encoding, breaks=" ").text
    told = re.match(r"sep=([,;\t])\n", text)  # Excel's way of naming the separator in the file itself
    if told:
        text = text[told.end() - 1 :]  # its line end stays, so that lines keep their numbers
    if not text.strip():
        raise _nothing()
    separator = told[1] if told else _separator(text)
    try:
        rows = _rows(text, separator, csv.QUOTE_MINIMAL)
    except Problem:
        if separator != "\t":
            raise
        # Many tab-separated files quote nothing: there a quotation mark is a character like any other.
        rows = _rows(text, separator, csv.QUOTE_NONE)
    if not rows:
        raise _nothing()
    header = rows.pop(0) if _has_header(rows) else [""] * len(rows[0])
    table = pd.DataFrame(rows, columns=_column_names(header), dtype="str")
    kept = [column for column, name in zip(table, header, strict=True) if name.strip() or (table[column] != "").any()]
    if len(kept) < 2:
        raise _one_column()
    return table[kept]


class _Lines:
    """The lines of a text for `csv.reader`, remembering how far it has read; `io.StringIO` would copy the whole text."""

    def __init__(self, text: str):
        self.text, self.at = text, 0

    def __iter__(self) -> Iterator[str]:
        while self.at < len(self.text):
            start, self.at = self.at, self.text.find("\n", self.at) + 1 or len(self.text)
            yield self.text[start : self.at]


def _separator(text: str) -> str:
    """The separator with which most rows are as wide as the first one."""
    scores = {}
    begin = re.search(r"[^\n]", text).start()
    sample = text[begin : begin + _SAMPLE]  # shorter than the longest cell that `csv` takes, so that nothing is raised
    for separator in SEPARATORS:
        rows = [row for row in csv.reader(_Lines(sample), delimiter=separator) if row]
        if len(text) > _SAMPLE and len(rows) > 1:
            rows.pop()  # cut off somewhere
        widths = Counter(map(len, rows))
        share = widths[len(rows[0])] / len(rows) if len(rows[0]) > 1 else 0
        if not share and widths.most_common(1)[0][0] > 1:
            share = 0.01  # a title above the table: the fault will be explained when the file is read
        # A comma of a sentence has a blank behind it; one that separates seldom has.
        blanks = sum(cell.startswith(" ") for row in rows for cell in row) / sum(map(len, rows))
        scores[separator] = (round(share, 2), -blanks)
    best = max(scores, key=scores.get)
    if not scores[best][0]:
        raise _one_column()
    return best


def _nothing() -> Problem:
    return Problem("The file holds no rows, only blank lines. Choose a file with a column of texts and a column of labels.")


def _one_column() -> Problem:
    return Problem(
        "The file has only one column, but two are needed: one with the texts and one with their labels.",
        "Put the label behind each text, with a comma between them and the text in quotation marks, "
        "or save a table with two columns as CSV.",
    )


def _rows(text: str, separator: str, quoting: int) -> list[list[str]]:
    """All rows, equally wide, without blank ones. Raises `Problem` for broken quoting and for rows of another width."""
    lines, rows, several, ragged = _Lines(text), [], [], []
    reader = csv.reader(iter(lines), delimiter=separator, quoting=quoting, strict=True)
    line = start = width = 0
    try:
        for cells in reader:
            first, line, begin, start = line + 1, reader.line_num, start, lines.at
            if not any(cells):
                continue
            width = width or len(cells)
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]  # separators that a spreadsheet left behind the last cell
            if len(cells) != width:
                ragged.append((first, len(cells)))
            if line > first:
                several.append((first, begin, lines.at, cells))
            rows.append(cells)
    except csv.Error as error:
        raise _broken_quote(text, separator, line + 1, start, str(error)) from None
    _check_swallowed(text, separator, rows, several, width)
    if ragged:
        first, cells = ragged[0]
        others = f" So it is with {len(ragged) - 1:,} more." if len(ragged) > 1 else ""
        raise Problem(
            f"Line {first:,} has {cells} {'column' if cells == 1 else 'columns'}, where the first line has {width} "
            f"(columns are separated by {SEPARATORS[separator]} in this file).{others}",
            'Put texts that hold the separator into quotation marks: "like this, for example". Spreadsheets do so when they save '
            "CSV. If there is a title above the table, delete it.",
        )
    return rows


def _broken_quote(text: str, separator: str, line: int, start: int, error: str) -> Problem:
    """A `Problem` for the row that begins at `start` in line `line`, naming the cell in it that does not end properly."""
    at = _cell(text, separator, start)
    line += text.count("\n", start, at)
    if text[at : at + 1] != '"':  # "field larger than field limit"
        return Problem(f"Line {line:,} holds a cell of more than {csv.field_size_limit():,} characters. Cut it into several rows.")
    return _quote_problem(line, text[at:], "but where it ends cannot be told" if "expected after" in error else "but never ends")


def _cell(text: str, separator: str, start: int, skip: int | None = None) -> int:
    """Where the cell behind the first `skip` ones begins; without `skip`, behind all that end properly in a separator."""
    s = re.escape(separator)
    sound = re.compile(rf'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{s}\n]*+){s}')
    while skip != 0 and (match := sound.match(text, start)):
        start, skip = match.end(), None if skip is None else skip - 1
    return start


def _quote_problem(line: int, cell: str, what: str) -> Problem:
    return Problem(
        f"In line {line:,} a cell begins with a quotation mark, {what}: {cell.splitlines()[0][:40]} …",
        'Put a quotation mark at its end too, write marks inside a quoted cell twice (""), or delete the one at the beginning.',
    )


def _check_swallowed(text: str, separator: str, rows: list, several: list, width: int) -> None:
    """Raise `Problem` where a cell of several lines holds what look like rows of its own.

    A quotation mark that is not closed may end, without an error, at some mark in a later row. Lines inside look like rows when
    at least half of them have the right width and a known label, or (where most rows were swallowed, so that few labels are
    known) nearly all of five or more have the right width.
    """
    if not several:
        return
    known = {}
    for column in range(width):
        values = Counter(row[column] for row in rows if len(row) == width)
        if len(values) <= FEW_LABELS:
            known[column] = {value for value, count in values.items() if count > 1}
    for line, begin, end, cells in several:
        at = next(index for index, cell in enumerate(cells) if "\n" in cell)
        inner = text[begin:end].rstrip("\n").split("\n")
        # The first line is a row's own where the long cell is the first one, and the last line where it is the last one.
        inner = inner[at > 0 : len(inner) - (at < len(cells) - 1)]
        alone = [next(csv.reader([each.removeprefix('"')], delimiter=separator), []) for each in inner]
        wide = [row for row in alone if len(row) == width]
        labelled = sum(any(row[column] in values for column, values in known.items()) for row in wide)
        if inner and (2 * labelled >= len(inner) or (len(inner) >= 5 and 10 * len(wide) >= 9 * len(inner))):
            opens = _cell(text, separator, begin, at)
            last = line + text.count("\n", begin, end - 1)
            line += text.count("\n", begin, opens)
            raise _quote_problem(line, text[opens:], f"and all up to line {last:,} would belong to it, though it looks like rows")


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it then holds nothing that stands again below it."""
    first, below = rows[0], [set(column) for column in zip(*rows[1:5000], strict=True)]
    if any(cell and cell in values for cell, values in zip(first, below, strict=False)):
        return False
    if any(bare(cell) in TEXT_NAMES + LABEL_NAMES for cell in first):
        return True
    if any(bare(cell) in KNOWN_LABELS or re.fullmatch(r"[-+]?\d+(\.\d+)?", cell) for cell in first):
        return False
    return any(len(values) <= FEW_LABELS and 2 * len(values) < len(rows) for values in below)


def _column_names(header: list[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        name = cell.strip() or f"Column {number}"
        while name in names:
            name += f" ({number})"
        names.append(name)
    return names
