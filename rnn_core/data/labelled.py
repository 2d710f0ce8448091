"""Labelled texts of users: from a table, typed or read from a file, to texts with a label of 0 or 1."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnn_core.data.normalize import clean, normalize, trim
from rnn_core.errors import UserError, listed

if TYPE_CHECKING:  # training processes do not read tables and save about 70 MB
    import pandas as pd

MAX_ROWS = 100_000
MIN_ROWS, MIN_PER_CLASS = 4, 2  # rows in total, and of each label
_LONGEST_LABEL = 60  # characters
_SAMPLE_LENGTH = 1000  # characters of a cell that are counted to recognise texts
FEW_LABELS = 20  # a column with more distinct values cannot be the label column

# Names of text columns and of label columns, the surest first, without accents. v1 and v2 are used by a well-known spam data set.
_COLUMN_NAMES = (
    ("text review sentence comment message tweet content body document post phrase sms email question",
     "label sentiment class target polarity category rating stars score y tag spam labels"),
    ("satz rezension kommentar nachricht inhalt beitrag", "klasse stimmung kategorie bewertung sterne"),
    ("texte avis critique commentaire contenu", "etiquette classe polarite categorie note etoiles"),
    ("texto resena frase comentario opinion mensaje contenido", "etiqueta sentimiento clase polaridad categoria puntuacion estrellas"),
    ("testo recensione commento", "etichetta sentimento polarita"),
    ("v2", "v1"),
)  # fmt: skip
_RATING_NAMES = [
    "rating",
    "stars",
    "score",
    "category",
    "note",
    "etoiles",
    "bewertung",
    "sterne",
    "kategorie",
    "categorie",
    "puntuacion",
    "estrellas",
    "categoria",
]
# Pairs of labels, 0 first and then 1; looked up without case and accents.
_LABEL_PAIRS = (
    "0/1, -1/1, negative/positive, neg/pos, n/p, bad/good, no/yes, n/y, false/true, f/t, ham/spam, not spam/spam, non-spam/spam",
    "dislike/like, hate/love, sad/happy, unhappy/happy, thumbs down/thumbs up, -/+, 👎/👍, :(/:)",
    "negativ/positiv, schlecht/gut, nein/ja, falsch/wahr, falsch/richtig, kein spam/spam",
    "negatif/positif, mauvais/bon, non/oui, faux/vrai",
    "negativo/positivo, negativa/positiva, malo/bueno, mala/buena, no/si, falso/verdadero, cattivo/buono, falso/vero, ruim/bom, nao/sim",
    "negatief/positief, slecht/goed, nee/ja, отрицательный/положительный, негативный/позитивный, плохо/хорошо, нет/да",
    "负面/正面, 差评/好评, 否/是",
)  # fmt: skip


@dataclass(frozen=True)
class LabelledTexts:
    """Distinct texts, each with its label; `names` are the user's names of 0 and 1."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    names: tuple[str, str]


# --- Finding the columns


def guess(table: pd.DataFrame) -> tuple[str | None, str | None]:
    """The likely columns of the texts and of the labels, by their names or else by their content; None where unclear."""
    values = {column: labels for column in table if (labels := _distinct_labels(table[column])) is not None}
    label = next((column for column in _columns_named(table, LABEL_NAMES) if column in values), None)
    text = next((column for column in _columns_named(table, TEXT_NAMES) if column != label), None)
    if label is None or lookup_key(str(label)) in _RATING_NAMES:  # prefer a column of two labels to one of stars
        pairs = [column for column in values if column != text and len(values[column]) == 2]
        known = [column for column in pairs if _known_order(*values[column])]
        label = next(
            iter(known + ([label] if label else []) + pairs[::-1]), None
        )  # labels are more often in the last column than in the first
    if text is None:
        sizes = {column: _letters(table[column]) for column in table if column != label}
        best = max(sizes, key=sizes.get, default=None)
        text = best if best is not None and sizes[best] >= 3 else None
    return text, label


def _distinct_labels(column: pd.Series) -> set[str] | None:
    """Distinct labels of a column, perhaps none; None if there are too many for a label column."""
    spellings = column.drop_duplicates()
    if len(spellings) > 10 * FEW_LABELS:
        return None
    labels = {_label(cell).casefold() for cell in _cells(spellings) if cell}
    return labels if len(labels) <= FEW_LABELS else None


def _columns_named(table: pd.DataFrame, names: list[str]) -> list[str]:
    """The columns with one of `names`, the best first; a whole name ("text") before a part of one ("review_text")."""
    matches = []
    for column in table:
        plain = lookup_key(str(column))
        parts = [(1, names.index(part)) for part in re.split(r"[\W_]+", plain) if part in names]
        if plain in names:
            matches.append((0, names.index(plain), column))
        elif parts:
            matches.append((*min(parts), column))
    return [column for _, _, column in sorted(matches, key=lambda row: row[:2])]


def _letters(column: pd.Series) -> float:
    """Letters a cell, times the share of distinct cells: large for texts, small for names, numbers and labels."""
    cells = [cell[:_SAMPLE_LENGTH] for cell in _cells(column.head(1000)) if cell]
    return sum(letter.isalpha() for cell in cells for letter in cell) * len(set(cells)) / len(cells) ** 2 if cells else 0.0


# --- From a table to labelled texts


def typed_table(table: pd.DataFrame) -> pd.DataFrame:
    """A typed table as `str` cells, without empty rows; surrogates, which files cannot hold, become `?`."""
    return table.dropna(how="all").fillna("").map(lambda cell: str(cell).encode(errors="replace").decode()).astype(str)


def from_table(
    table: pd.DataFrame, text_column: str | None, label_column: str | None, positive: str | None = None
) -> tuple[LabelledTexts, list[str]]:
    """Texts and labels of two columns, and sentences about rows that were left out and labels that were guessed.

    `positive` is the label that becomes 1. Rows without text or label, repeated rows, and texts with both labels are left out.
    Raises `UserError` if too little is left to learn from.
    """
    for column, content in ((text_column, "the texts"), (label_column, "the labels")):
        if column not in table:  # `guess` gives None
            reason = "It is unclear which column holds" if column is None else f"There is no column {column!r} for"
            raise UserError(f"{reason} {content}. Choose one of: {listed(map(str, table))}.")
    if text_column == label_column:
        raise UserError(f"{text_column!r} is chosen for the texts and for the labels. Choose two different columns.")
    if not len(table):
        raise UserError("The table has no rows, so there is nothing to learn. Write or load some texts with their labels.")
    texts, cells = _cells(table[text_column]), _cells(table[label_column])
    label_of = {cell: _label(cell) for cell in set(cells)}
    labels = [label_of[cell] for cell in cells]
    if not any(labels):
        raise UserError(
            f"All labels in the column {label_column!r} are empty. Write one for each text, or choose another label column."
        )
    rows = [(text, label) for text, label in zip(texts, labels, strict=True) if text and label]
    notes = _empty_notes(texts, labels)
    names, note = _class_names(rows, label_column, positive)
    notes += note
    positives = {label for label in set(labels) if label.casefold() == names[1].casefold()}
    pairs, note = _distinct_texts([(text, int(label in positives)) for text, label in rows], names)
    notes += note
    _check_counts(pairs, names)
    if len(pairs) > MAX_ROWS:
        notes.append(
            f"Of {len(pairs):,} rows {MAX_ROWS:,} are used, always the same random ones: training on more would take too long. "
            "To choose them yourself, use a file with at most that many."
        )
        pairs = _sampled(pairs)
    return LabelledTexts(*zip(*pairs, strict=True), names), notes


def _empty_notes(texts: list[str], labels: list[str]) -> list[str]:
    no_text = sum(not text and bool(label) for text, label in zip(texts, labels, strict=True))
    no_label = sum(bool(text) and not label for text, label in zip(texts, labels, strict=True))
    return [
        f"{_rows_are(count)} left out because the {what} is empty."
        for count, what in ((no_text, "text"), (no_label, "label"))
        if count
    ]


def _rows_are(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _class_names(rows: list[tuple[str, str]], column: str, positive: str | None) -> tuple[tuple[str, str], list[str]]:
    """The names of 0 and 1, and a note if their order is only a guess. "Good" and "good" are one label."""
    spellings = Counter(label for _, label in rows)
    names: dict[str, str] = {}  # lower case -> most frequent spelling
    for label, _ in spellings.most_common():
        names.setdefault(label.casefold(), label)
    if len(names) > 2:
        counts = Counter(label.casefold() for _, label in rows).most_common()
        names_and_counts = listed([f"{names[key][:_LONGEST_LABEL]!r} ({count:,})" for key, count in counts], 5)
        raise UserError(
            f"The column {column!r} holds {len(counts):,} different labels, but two are needed: {names_and_counts}.",
            "Keep the rows of two of them, merge them to two (of star ratings, for example, 1 and 2 against 4 and 5, without the 3s), "
            "or choose another label column.",
        )
    if too_long := next((name for name in names.values() if len(name) > _LONGEST_LABEL), None):
        raise UserError(
            f"The column {column!r} holds labels of more than {_LONGEST_LABEL} characters: {too_long[:_LONGEST_LABEL]!r} … They look like "
            "texts. Choose another label column."
        )
    if len(names) < 2:
        reason = f"All rows have the label {next(iter(names.values()))!r}" if names else "No row has both a text and a label"
        raise UserError(
            f"{reason}, so there is nothing to tell apart. Add rows with another label, or choose another label column."
        )
    if positive is not None:
        chosen = _label(str(positive)).casefold()
        if chosen not in names:
            raise UserError(f"{positive!r} is not one of the labels. Choose {' or '.join(map(repr, names.values()))}.")
        return (next(name for key, name in names.items() if key != chosen), names[chosen]), []
    first, second = sorted(names, key=_sort_key)
    known = _known_order(first, second)
    if known:
        return (names[known[0]], names[known[1]]), []
    return (names[first], names[second]), [
        f"{names[second]!r} counts as positive and {names[first]!r} as negative, only because of their order. To exchange them, choose "
        f"{names[first]!r} as the label that counts as positive."
    ]


def _known_order(first: str, second: str) -> tuple[str, str] | None:
    """The two labels as (0, 1) where their meaning is known."""
    for pair in ((first, second), (second, first)):
        if "/".join(map(lookup_key, pair)) in _KNOWN_PAIRS:
            return pair
    return None


def _sort_key(value: str) -> tuple:
    return (0, int(value), "") if re.fullmatch(r"-?\d{1,18}", value) else (1, 0, value)


def _distinct_texts(pairs: list[tuple[str, int]], names: tuple[str, str]) -> tuple[list[tuple[str, int]], list[str]]:
    """Each text once, without texts that have both labels, and notes about the rows left out."""
    labels: dict[str, int | None] = {}
    for text, label in pairs:
        labels[text] = label if labels.get(text, label) == label else None
    consistent = [(text, label) for text, label in labels.items() if label is not None]
    contradicted = sum(1 for text, _ in pairs if labels[text] is None)
    repeated, notes = len(pairs) - len(consistent) - contradicted, []
    if repeated:
        notes.append(
            f"{_rows_are(repeated)} left out because the same text occurs above with the same label: a text in both training and "
            "validation would make the validation result too good."
        )
    if contradicted:
        notes.append(
            f"{_rows_are(contradicted)} left out because the same text occurs as {names[0]!r} and as {names[1]!r}. Correct the labels to use them."
        )
    return consistent, notes


def _check_counts(pairs: list[tuple[str, int]], names: tuple[str, str]) -> None:
    counts = Counter(label for _, label in pairs)
    if len(pairs) < MIN_ROWS or min(counts[0], counts[1]) < MIN_PER_CLASS:
        raise UserError(
            f"Distinct texts: {counts[0]:,} labelled {names[0]!r} and {counts[1]:,} labelled {names[1]!r}; at least "
            f"{MIN_PER_CLASS} of each are needed. Add some; a few hundred make it interesting."
        )


def _sampled(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """A random sample of MAX_ROWS in their order, with both labels as frequent as before, but at least MIN_PER_CLASS times."""
    places: tuple[list[int], list[int]] = ([], [])
    for place, (_, label) in enumerate(pairs):
        places[label].append(place)
    rarer, other = sorted(places, key=len)
    rare = max(MIN_PER_CLASS, round(len(rarer) * MAX_ROWS / len(pairs)))
    rng = random.Random(0)
    return [pairs[place] for place in sorted(rng.sample(rarer, rare) + rng.sample(other, MAX_ROWS - rare))]


def _cells(column: pd.Series) -> list[str]:
    """Cells as clean text; missing ones, which a typed table may have, become empty."""
    return ["" if missing else _clean(str(cell)) for cell, missing in zip(column.tolist(), column.isna(), strict=True)]


def _clean(cell: str) -> str:
    return trim(clean(cell))


def _label(cell: str) -> str:
    """The label of a cell; 1, +1 and 1.0 are the same label, since many programs save a column with gaps as floats."""
    number = re.fullmatch(r"\+?(-?\d+)(?:\.0+)?", cell)
    return number[1] if number else cell


def lookup_key(name: str) -> str:
    """The name without case, accents and surrounding blanks."""
    return "".join(c for c in normalize(name.strip().casefold(), "NFD") if not unicodedata.combining(c))


TEXT_NAMES, LABEL_NAMES = ([name for row in _COLUMN_NAMES for name in row[kind].split()] for kind in (0, 1))
_KNOWN_PAIRS = {lookup_key(pair) for row in _LABEL_PAIRS for pair in row.split(", ")}
KNOWN_LABELS = {label for pair in _KNOWN_PAIRS for label in pair.split("/")}


# --- As bytes of a file


def to_bytes(labelled: LabelledTexts) -> bytes:
    """Canonical JSON: equal texts give equal bytes."""
    content = {"labels": labelled.labels, "names": labelled.names, "texts": labelled.texts}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_bytes(raw: bytes) -> LabelledTexts:
    """Read what `to_bytes` wrote. Raises `UserError` for everything that it cannot have written."""
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
    if len(texts) != len(labels) or len(texts) > MAX_ROWS or len(set(texts)) < len(texts):
        raise _damaged(f"each text needs one label, no text may occur twice, and at most {MAX_ROWS:,} are allowed")
    _check_counts(list(zip(texts, labels, strict=True)), tuple(names))
    return LabelledTexts(tuple(texts), tuple(labels), tuple(names))


def _damaged(why: str) -> UserError:
    return UserError(f"These labelled texts are damaged: {why}. Load their original file again.")
