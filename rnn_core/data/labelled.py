"""People's own labelled sentences: from a table, typed or read from a file, to texts with a label of 0 or 1."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnn_core.data.normalize import clean, normalize, trim
from rnn_core.errors import UserError

if TYPE_CHECKING:  # a training process reads what was made of a table, and does without some 70 MB
    import pandas as pd

MOST_ROWS = 100_000
LEAST_ROWS, LEAST_OF_CLASS = 4, 2  # of each, so that there is something to tell apart
_LONGEST_LABEL = 60  # characters
_SAMPLE_LENGTH = 1000  # characters of a cell that show whether it is a text
FEW_LABELS = 20  # a column with at most so many distinct values may hold labels

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
# Which of two labels is 0 and which is 1; looked up without case and accents.
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
    """Distinct texts, each with its label; `names` is what the person calls 0 and 1."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    names: tuple[str, str]


# --- Which columns


def guess(table: pd.DataFrame) -> tuple[str | None, str | None]:
    """The likely columns of the texts and of the labels, by their names and otherwise by what they hold; None: unclear."""
    values = {column: labels for column in table if (labels := _distinct_labels(table[column])) is not None}
    label = next((column for column in _columns_named(table, LABEL_NAMES) if column in values), None)
    text = next((column for column in _columns_named(table, TEXT_NAMES) if column != label), None)
    if label is None or lookup_key(str(label)) in _RATING_NAMES:  # stars beside a verdict: the verdict
        pairs = [column for column in values if column != text and len(values[column]) == 2]
        known = [column for column in pairs if _known_order(*values[column])]
        label = next(iter(known + ([label] if label else []) + pairs[::-1]), None)  # labels more often stand last than first
    if text is None:
        sizes = {column: _letters(table[column]) for column in table if column != label}
        best = max(sizes, key=sizes.get, default=None)
        text = best if best is not None and sizes[best] >= 3 else None
    return text, label


def _distinct_labels(column: pd.Series) -> set[str] | None:
    """Its different labels, perhaps none yet; None where they are too many to be labels."""
    spellings = column.drop_duplicates()
    if len(spellings) > 10 * FEW_LABELS:
        return None
    labels = {_label(cell).casefold() for cell in _cells(spellings) if cell}
    return labels if len(labels) <= FEW_LABELS else None


def _columns_named(table: pd.DataFrame, names: list[str]) -> list[str]:
    """The columns that carry one of `names`, the best first; a whole name ("text") before a part ("review_text")."""
    found = []
    for column in table:
        plain = lookup_key(str(column))
        parts = [(1, names.index(part)) for part in re.split(r"[\W_]+", plain) if part in names]
        if plain in names:
            found.append((0, names.index(plain), column))
        elif parts:
            found.append((*min(parts), column))
    return [column for _, _, column in sorted(found, key=lambda row: row[:2])]


def _letters(column: pd.Series) -> float:
    """Letters a cell, times the share of distinct cells: large for texts, small for names, numbers and labels."""
    cells = [cell[:_SAMPLE_LENGTH] for cell in _cells(column.head(1000)) if cell]
    return sum(letter.isalpha() for cell in cells for letter in cell) * len(set(cells)) / len(cells) ** 2 if cells else 0.0


# --- From a table to labelled texts


def typed_table(table: pd.DataFrame) -> pd.DataFrame:
    """What people typed into a table, as text: without empty rows, and a `?` for half a character, which no file can keep."""
    return table.dropna(how="all").fillna("").map(lambda cell: str(cell).encode(errors="replace").decode()).astype(str)


def from_table(
    table: pd.DataFrame, text: str | None, label: str | None, positive: str | None = None
) -> tuple[LabelledTexts, list[str]]:
    """Texts and labels of two columns, and a sentence about everything that was left out or decided.

    `positive` is the label that counts as 1. Rows without text or label, repeated rows, and texts that stand under both labels
    are left out. Raises `UserError` where that leaves nothing to learn from.
    """
    for column, holds in ((text, "the texts"), (label, "the labels")):
        if column not in table:  # `guess` gives None
            which = "It is unclear which column holds" if column is None else f"There is no column {column!r} for"
            raise UserError(f"{which} {holds}. Choose one of: {_listed(map(str, table))}.")
    if text == label:
        raise UserError(f"{text!r} is chosen for the texts and for the labels. Choose two different columns.")
    if not len(table):
        raise UserError("The table has no rows, so there is nothing to learn. Write or load some texts with their labels.")
    texts, labels = _cells(table[text]), _cells(table[label])
    value = {cell: _label(cell) for cell in set(labels)}
    values = [value[cell] for cell in labels]
    if not any(values):
        raise UserError(f"All labels in the column {label!r} are empty. Write one for each text, or choose another label column.")
    rows = [(said, value) for said, value in zip(texts, values, strict=True) if said and value]
    notes = _left_out_empty(texts, values)
    names, note = _class_names(rows, label, positive)
    notes += note
    positives = {value for value in set(values) if value.casefold() == names[1].casefold()}
    pairs, note = _distinct_texts([(said, int(value in positives)) for said, value in rows], names)
    notes += note
    _check_counts(pairs, names)
    if len(pairs) > MOST_ROWS:
        notes.append(
            f"Of {len(pairs):,} rows {MOST_ROWS:,} are used, chosen at random but always the same ones: more would take too long to "
            "learn here. To choose them yourself, give a file with at most that many."
        )
        pairs = _sampled(pairs)
    return LabelledTexts(*zip(*pairs, strict=True), names), notes


def _listed(names: Iterable[str], most: int = 10) -> str:
    """Of a long list only the first ones, and how many more there are."""
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


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


def _class_names(rows: list[tuple[str, str]], label: str, positive: str | None) -> tuple[tuple[str, str], list[str]]:
    """What 0 and 1 are called, and a note where their order is only a guess. "Good" and "good" are one label."""
    spellings = Counter(value for _, value in rows)
    names: dict[str, str] = {}  # without case -> the most frequent spelling
    for value, _ in spellings.most_common():
        names.setdefault(value.casefold(), value)
    if len(names) > 2:
        counts = Counter(value.casefold() for _, value in rows).most_common()
        listed = _listed([f"{names[key][:_LONGEST_LABEL]!r} ({count:,})" for key, count in counts], 5)
        raise UserError(
            f"The column {label!r} holds {len(counts):,} different labels, but two are needed: {listed}.",
            "Keep the rows of two of them, or join them to two: of star ratings, for example, 1 and 2 against 4 and 5, without the 3s. "
            "Or choose another label column.",
        )
    if too_long := next((name for name in names.values() if len(name) > _LONGEST_LABEL), None):
        raise UserError(
            f"The column {label!r} holds labels of more than {_LONGEST_LABEL} characters: {too_long[:_LONGEST_LABEL]!r} … They look like "
            "texts. Choose another label column."
        )
    if len(names) < 2:
        found = f"All rows have the label {next(iter(names.values()))!r}" if names else "No row has both a text and a label"
        raise UserError(f"{found}, so there is nothing to tell apart. Add rows with another label, or choose another label column.")
    if positive is not None:
        chosen = _label(str(positive)).casefold()
        if chosen not in names:
            raise UserError(f"{positive!r} is none of the labels. Choose {' or '.join(map(repr, names.values()))}.")
        return (next(name for key, name in names.items() if key != chosen), names[chosen]), []
    first, second = sorted(names, key=_sort_key)
    known = _known_order(first, second)
    if known:
        return (names[known[0]], names[known[1]]), []
    return (names[first], names[second]), [
        f"{names[second]!r} is taken as positive and {names[first]!r} as negative, by their order alone. To exchange them, choose "
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
    """Each text once, and none that stands under both labels."""
    labels: dict[str, int | None] = {}
    for said, label in pairs:
        labels[said] = label if labels.get(said, label) == label else None
    kept = [(said, label) for said, label in labels.items() if label is not None]
    contradicted = sum(1 for said, _ in pairs if labels[said] is None)
    repeated, notes = len(pairs) - len(kept) - contradicted, []
    if repeated:
        notes.append(
            f"{_rows_are(repeated)} left out because the same text stands above with the same label: a text that is in training and in "
            "validation too would make the validation look better than it is."
        )
    if contradicted:
        notes.append(
            f"{_rows_are(contradicted)} left out because the same text stands there as {names[0]!r} and as {names[1]!r}. Correct the labels to use them."
        )
    return kept, notes


def _check_counts(pairs: list[tuple[str, int]], names: tuple[str, str]) -> None:
    counts = Counter(label for _, label in pairs)
    if len(pairs) < LEAST_ROWS or min(counts[0], counts[1]) < LEAST_OF_CLASS:
        raise UserError(
            f"Distinct texts: {counts[0]:,} labelled {names[0]!r} and {counts[1]:,} labelled {names[1]!r}; at least "
            f"{LEAST_OF_CLASS} of each are needed. Add some; a few hundred make it interesting."
        )


def _sampled(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
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
    return trim(clean(cell))


def _label(cell: str) -> str:
    """A label; 1, +1 and 1.0 are the same one (a column of numbers with a gap becomes floats in many programs)."""
    number = re.fullmatch(r"\+?(-?\d+)(?:\.0+)?", cell)
    return number[1] if number else cell


def lookup_key(name: str) -> str:
    """Without case, accents and blanks around."""
    return "".join(c for c in normalize(name.strip().casefold(), "NFD") if not unicodedata.combining(c))


TEXT_NAMES, LABEL_NAMES = ([name for row in _COLUMN_NAMES for name in row[kind].split()] for kind in (0, 1))
_KNOWN_PAIRS = {lookup_key(pair) for row in _LABEL_PAIRS for pair in row.split(", ")}
KNOWN_LABELS = {label for pair in _KNOWN_PAIRS for label in pair.split("/")}


# --- Keeping them


def to_bytes(labelled: LabelledTexts) -> bytes:
    """Canonical JSON: the same content gives the same bytes."""
    content = {"labels": labelled.labels, "names": labelled.names, "texts": labelled.texts}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_bytes(raw: bytes) -> LabelledTexts:
    """What `to_bytes` wrote. Trusts nothing: raises `UserError` for whatever it cannot have written."""
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
    return LabelledTexts(tuple(texts), tuple(labels), tuple(names))


def _damaged(why: str) -> UserError:
    return UserError(f"These labelled texts are damaged: {why}. Load the file that they come from again.")
