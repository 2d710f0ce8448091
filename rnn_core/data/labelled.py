"""People's own labelled sentences: a CSV file or a table they typed, to texts with a label of 0 or 1.

Files are read with Python's `csv` module and not with pandas' parser: on 200,000 rows it takes half the time and memory,
and it knows the line of every row, which each complaint about a file needs.
"""

import csv
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from rnn_core.data.decode import clean, decode
from rnn_core.problem import Problem

MOST_ROWS = 100_000
LEAST_ROWS, LEAST_OF_CLASS = 4, 2  # one row of each class to learn from, one to validate
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAMPLE = 100_000  # characters that the separator is found from
_FEW = 20  # a column with at most so many distinct values may hold labels

# Names of columns, the surest first and without accents: of texts and of labels. v1 and v2 are those of a well-known file of spam.
_COLUMN_NAMES = (
    ("text review sentence comment message tweet content body document post phrase sms email question",
     "label sentiment class target polarity category rating stars score y tag spam labels"),
    ("satz rezension kommentar nachricht inhalt beitrag", "klasse stimmung kategorie bewertung sterne"),
    ("texte avis critique commentaire contenu", "etiquette classe polarite categorie note etoiles"),
    ("texto resena frase comentario opinion mensaje contenido", "etiqueta sentimiento clase polaridad categoria puntuacion estrellas"),
    ("testo recensione commento", "etichetta sentimento polarita"),
    ("v2", "v1"),
)  # fmt: skip
# Which of two labels is 0 and which is 1; looked up without case and accents.
_PAIRS = (
    "0/1, -1/1, negative/positive, neg/pos, n/p, bad/good, no/yes, n/y, false/true, f/t, ham/spam, not spam/spam, non-spam/spam",
    "dislike/like, hate/love, sad/happy, unhappy/happy, thumbs down/thumbs up, -/+, 👎/👍, :(/:)",
    "negativ/positiv, schlecht/gut, nein/ja, falsch/wahr, falsch/richtig, kein spam/spam",
    "negatif/positif, mauvais/bon, non/oui, faux/vrai",
    "negativo/positivo, negativa/positiva, malo/bueno, mala/buena, no/si, falso/verdadero, cattivo/buono, falso/vero, ruim/bom, nao/sim",
    "negatief/positief, slecht/goed, nee/ja, отрицательный/положительный, негативный/позитивный, плохо/хорошо, нет/да",
    "负面/正面, 差评/好评, 否/是",
)  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    """Distinct texts, each with its label; `names` is what the person calls 0 and 1."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    names: tuple[str, str]


# --- Reading a file


def read_csv(raw: bytes, encoding: str = "auto") -> pd.DataFrame:
    """The file as a table of `str` cells; blank rows and columns are gone. Raises `Problem` with the line of a fault."""
    text = decode(raw, encoding).text
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
        if len(values) <= _FEW:
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
    if any(_plain(cell) in _TEXT_NAMES + _LABEL_NAMES for cell in first):
        return True
    if any(_plain(cell) in _KNOWN_LABELS or re.fullmatch(r"[-+]?\d+(\.\d+)?", cell) for cell in first):
        return False
    return any(len(values) <= _FEW and 2 * len(values) < len(rows) for values in below)


def _column_names(header: list[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        name = cell.strip() or f"Column {number}"
        while name in names:
            name += f" ({number})"
        names.append(name)
    return names


# --- Which columns


def guess(table: pd.DataFrame) -> tuple[str | None, str | None]:
    """The likely columns of the texts and of the labels, by their names and otherwise by what they hold; None: unclear."""
    values = {column: labels for column in table if (labels := _distinct_labels(table[column])) is not None}
    label = next((column for column in _named(table, _LABEL_NAMES) if column in values), None)
    text = next((column for column in _named(table, _TEXT_NAMES) if column != label), None)
    if label is None:
        pairs = [column for column in values if column != text and len(values[column]) == 2]
        known = [column for column in pairs if _known_order(*values[column])]
        label = next(iter(known + pairs[::-1]), None)  # labels more often stand last than first
    if text is None:
        sizes = {column: _letters(table[column]) for column in table if column != label}
        best = max(sizes, key=sizes.get, default=None)
        text = best if best is not None and sizes[best] >= 3 else None
    return text, label


def _distinct_labels(column: pd.Series) -> set[str] | None:
    """Its different labels, perhaps none yet; None where they are too many to be labels."""
    spellings = column.drop_duplicates()
    if len(spellings) > 10 * _FEW:
        return None
    labels = {_value(cell).casefold() for cell in _cells(spellings) if cell}
    return labels if len(labels) <= _FEW else None


def _named(table: pd.DataFrame, names: list[str]) -> list[str]:
    """The columns that carry one of `names`, the best first; a whole name ("text") before a part ("review_text")."""
    found = []
    for column in table:
        plain = _plain(str(column))
        parts = [(1, names.index(part)) for part in re.split(r"[\W_]+", plain) if part in names]
        if plain in names:
            found.append((0, names.index(plain), column))
        elif parts:
            found.append((*min(parts), column))
    return [column for _, _, column in sorted(found, key=lambda row: row[:2])]


def _letters(column: pd.Series) -> float:
    """Letters a cell, times the share of distinct cells: large for texts, small for names, numbers and labels."""
    cells = [cell for cell in _cells(column.head(1000)) if cell]
    return sum(letter.isalpha() for cell in cells for letter in cell) * len(set(cells)) / len(cells) ** 2 if cells else 0.0


# --- From a table to labelled texts


def from_table(table: pd.DataFrame, text: str | None, label: str | None, positive: str | None = None) -> tuple[Labelled, list[str]]:
    """Texts and labels of two columns, and a sentence about everything that was left out or decided.

    `positive` is the label that counts as 1. Rows without text or label, repeated rows, and texts that stand under both labels
    are left out. Raises `Problem` where that leaves nothing to learn from.
    """
    for column, holds in ((text, "the texts"), (label, "the labels")):
        if column not in table:  # `guess` gives None
            which = "It is unclear which column holds" if column is None else f"There is no column {column!r} for"
            raise Problem(f"{which} {holds}. Choose one of: {', '.join(map(str, table))}.")
    if text == label:
        raise Problem(f"{text!r} is chosen for the texts and for the labels. Choose two different columns.")
    if not len(table):
        raise Problem("The table has no rows, so there is nothing to learn. Write or load some texts with their labels.")
    texts, values = _cells(table[text]), [_value(cell) for cell in _cells(table[label])]
    if not any(values):
        raise Problem(f"All labels in the column {label!r} are empty. Write one for each text, or choose another label column.")
    rows = [(said, value) for said, value in zip(texts, values, strict=True) if said and value]
    notes = _left_out_empty(texts, values)
    names, note = _two_names(rows, label, positive)
    notes += note
    pairs, note = _distinct([(said, int(value.casefold() == names[1].casefold())) for said, value in rows], names)
    notes += note
    _check_counts(pairs, names)
    if len(pairs) > MOST_ROWS:
        notes.append(
            f"Of {len(pairs):,} rows {MOST_ROWS:,} are used, chosen at random but always the same ones: more would take too long to "
            "learn here. To choose them yourself, give a file with at most that many."
        )
        pairs = _chosen(pairs)
    return Labelled(*zip(*pairs, strict=True), names), notes


def _left_out_empty(texts: list[str], values: list[str]) -> list[str]:
    no_text = sum(not said and bool(value) for said, value in zip(texts, values, strict=True))
    no_label = sum(bool(said) and not value for said, value in zip(texts, values, strict=True))
    return [
        f"{_rows_are(count)} left out because the {what} is empty."
        for count, what in ((no_text, "text"), (no_label, "label"))
        if count
    ]


def _rows_are(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _two_names(rows: list[tuple[str, str]], label: str, positive: str | None) -> tuple[tuple[str, str], list[str]]:
    """What 0 and 1 are called, and a note where their order is only a guess. "Good" and "good" are one label."""
    spellings = Counter(value for _, value in rows)
    names: dict[str, str] = {}  # without case -> the most frequent spelling
    for value, _ in spellings.most_common():
        names.setdefault(value.casefold(), value)
    if len(names) > 2:
        counts = Counter(value.casefold() for _, value in rows).most_common()
        listed = ", ".join(f"{names[key]!r} ({count:,})" for key, count in counts[:5])
        more = f" and {len(counts) - 5:,} more" if len(counts) > 5 else ""
        raise Problem(
            f"The column {label!r} holds {len(counts):,} different labels, but two are needed: {listed}{more}.",
            "Keep the rows of two of them, or join them to two: of star ratings, for example, 1 and 2 against 4 and 5, without the 3s. "
            "Or choose another label column.",
        )
    if len(names) < 2:
        found = f"All rows have the label {next(iter(names.values()))!r}" if names else "No row has both a text and a label"
        raise Problem(f"{found}, so there is nothing to tell apart. Add rows with another label, or choose another label column.")
    if positive is not None:
        chosen = _value(str(positive)).casefold()
        if chosen not in names:
            raise Problem(f"{positive!r} is none of the labels. Choose {' or '.join(map(repr, names.values()))}.")
        return (next(name for key, name in names.items() if key != chosen), names[chosen]), []
    first, second = sorted(names, key=_sort_key)
    known = _known_order(first, second)
    if known:
        return (names[known[0]], names[known[1]]), []
    return (names[first], names[second]), [
        f"{names[first]!r} counts as 0 and {names[second]!r} as 1, by their order alone. To exchange them, choose "
        f"{names[first]!r} as the positive label."
    ]


def _known_order(first: str, second: str) -> tuple[str, str] | None:
    """The two labels as (0, 1) where their meaning is known."""
    for pair in ((first, second), (second, first)):
        if "/".join(map(_plain, pair)) in _KNOWN:
            return pair
    return None


def _sort_key(value: str) -> tuple:
    return (0, int(value), "") if re.fullmatch(r"-?\d{1,18}", value) else (1, 0, value)


def _distinct(pairs: list[tuple[str, int]], names: tuple[str, str]) -> tuple[list[tuple[str, int]], list[str]]:
    """Each text once, and none that stands under both labels."""
    labels: dict[str, int | None] = {}
    for said, label in pairs:
        labels[said] = label if labels.get(said, label) == label else None
    kept = [(said, label) for said, label in labels.items() if label is not None]
    torn = sum(1 for said, _ in pairs if labels[said] is None)
    repeated, notes = len(pairs) - len(kept) - torn, []
    if repeated:
        notes.append(
            f"{_rows_are(repeated)} left out because the same text stands above with the same label: a text that is in training and in "
            "validation too would make the validation look better than it is."
        )
    if torn:
        notes.append(
            f"{_rows_are(torn)} left out because the same text stands there as {names[0]!r} and as {names[1]!r}. Correct the labels to use them."
        )
    return kept, notes


def _check_counts(pairs: list[tuple[str, int]], names: tuple[str, str]) -> None:
    counts = Counter(label for _, label in pairs)
    if len(pairs) < LEAST_ROWS or min(counts[0], counts[1]) < LEAST_OF_CLASS:
        raise Problem(
            f"Distinct texts: {counts[0]:,} labelled {names[0]!r} and {counts[1]:,} labelled {names[1]!r}; at least "
            f"{LEAST_OF_CLASS} of each are needed, to learn from one and to check with the other. Add some; a few hundred make it interesting."
        )


def _chosen(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """MOST_ROWS of them in their order, with both labels as frequent as before (but never too few to validate)."""
    places: tuple[list[int], list[int]] = ([], [])
    for place, (_, label) in enumerate(pairs):
        places[label].append(place)
    rarer, other = sorted(places, key=len)
    rare = max(LEAST_OF_CLASS, round(len(rarer) * MOST_ROWS / len(pairs)))
    rng = random.Random(0)
    return [pairs[place] for place in sorted(rng.sample(rarer, rare) + rng.sample(other, MOST_ROWS - rare))]


def _cells(column: pd.Series) -> list[str]:
    """Cells as clean text; missing ones, which a typed table may hold, are empty."""
    return ["" if missing else _clean(str(cell)) for cell, missing in zip(column.tolist(), column.isna(), strict=True)]


def _clean(cell: str) -> str:
    # A browser may send half of a surrogate pair; byte order marks are left inside where files were put together.
    return clean(cell.replace("\ufeff", "")).encode("utf-8", "replace").decode().strip()


def _value(cell: str) -> str:
    """A label; 1, +1 and 1.0 are the same one (a column of numbers with a gap becomes floats in many programs)."""
    number = re.fullmatch(r"\+?(-?\d+)(?:\.0+)?", cell)
    return number[1] if number else cell


def _plain(name: str) -> str:
    """Without case, accents and blanks around."""
    return "".join(c for c in unicodedata.normalize("NFD", name.strip().casefold()) if not unicodedata.combining(c))


_TEXT_NAMES, _LABEL_NAMES = ([name for row in _COLUMN_NAMES for name in row[kind].split()] for kind in (0, 1))
_KNOWN = {_plain(pair) for row in _PAIRS for pair in row.split(", ")}
_KNOWN_LABELS = {label for pair in _KNOWN for label in pair.split("/")}


# --- Keeping them


def to_bytes(labelled: Labelled) -> bytes:
    """Canonical JSON: the same content gives the same bytes."""
    content = {"labels": labelled.labels, "names": labelled.names, "texts": labelled.texts}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_bytes(raw: bytes) -> Labelled:
    """What `to_bytes` wrote. Trusts nothing: raises `Problem` for whatever it cannot have written."""
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _damaged("it is not JSON in UTF-8") from None
    if not isinstance(content, dict) or sorted(content) != ["labels", "names", "texts"]:
        raise _damaged("it does not hold labels, names and texts")
    labels, names, texts = content["labels"], content["names"], content["texts"]
    if not all(isinstance(part, list) for part in (labels, names, texts)):
        raise _damaged("labels, names and texts are not lists")
    if not all(isinstance(part, str) and part and part == _clean(part) for part in (*names, *texts)):
        raise _damaged("a text or a name is empty or no clean text")
    if len(names) != 2 or names[0].casefold() == names[1].casefold():
        raise _damaged("two different names of labels are needed")
    if not all(type(label) is int and label in (0, 1) for label in labels):
        raise _damaged("a label is neither 0 nor 1")
    if len(texts) != len(labels) or len(texts) > MOST_ROWS or len(set(texts)) < len(texts):
        raise _damaged(f"each text needs one label, none may stand twice, and {MOST_ROWS:,} are the most")
    _check_counts(list(zip(texts, labels, strict=True)), tuple(names))
    return Labelled(tuple(texts), tuple(labels), tuple(names))


def _damaged(why: str) -> Problem:
    return Problem(f"These labelled texts are damaged: {why}. Load the file that they come from again.")
