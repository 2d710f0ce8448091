"""CSV files of labelled sentences that people upload: as the Reviews page takes them."""

import json
import random

import pytest

from rnn_core import settings as settings_of
from rnn_core.data import csv_file, labelled, uploads
from rnn_core.tasks.reviews import sources as reviews
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import archive, marks, spreadsheet

FILM = ["a fine film", "what a bore", "loved every scene", "dull and long", "great cast, poor plot", "never again"]


def enter(raw: bytes) -> list[str]:
    settings = settings_of.load()
    table = csv_file.read_csv(raw)
    own, notes = labelled.from_table(table, *labelled.guess(table))
    reviews.load(uploads.save(labelled.to_bytes(own), settings), settings)
    return notes


def lines(*given: str, end: str = "\n") -> bytes:
    return (end.join(given) + end).encode()


def csv(texts=FILM, labels=("good", "bad"), separator: str = ",", header: str = "text,label", mark: str = '"') -> bytes:
    """Each text with the next label, quoted; labels start again from the first."""
    body = [f"{mark}{text}{mark}{separator}{labels[i % len(labels)]}" for i, text in enumerate(texts)]
    return lines(*([header.replace(",", separator)] if header else []), *body)


def wide(columns: int, count: int = 2) -> bytes:
    return lines(",".join(f"c{i}" for i in range(columns)), *[",".join("x" * columns)] * count)


def noise(size: int) -> bytes:
    return random.Random(3).randbytes(size).replace(b"\0", b"")


ONE_COLUMN = "only one column"
QUOTE = r"In line \d+ a cell begins with a quotation mark"
NOT_TEXT = "not a text file but|does not look like text"
RAGGED = r"Line [\d,]+ has \d+ columns?, where the first line has"
NOTHING = "empty|no rows|only blank lines"

ROWS = {
    "empty": Row(lambda: b"", NOTHING),
    "only blank lines": Row(lambda: b"\n" * 100_000, NOTHING),
    "only separators": Row(lambda: b",,,\n" * 50_000, NOTHING),
    "only a header": Row(lambda: b"text,label\n", "no rows|nothing to learn"),
    "one column": Row(lambda: lines("text", *FILM), ONE_COLUMN),
    "one cell": Row(lambda: b"text", ONE_COLUMN),
    "16,000 columns": Row(lambda: wide(16_000), "columns"),
    "16,000 columns of one name": Row(lambda: lines(",".join(["text"] * 16_000), ",".join("x" * 16_000)), "columns"),
    "16,000 columns without names": Row(lambda: lines("," * 16_000, ",".join("x" * 16_000)), "columns"),
    "a million columns": Row(lambda: wide(1_000_000), "has more than [\\d,]+ characters"),
    "16,000 columns by semicolons": Row(lambda: wide(16_000).replace(b",", b";"), "columns"),
    "16,000 columns by tabs": Row(lambda: wide(16_000).replace(b",", b"\t"), "columns"),
    "201 columns": Row(lambda: wide(201, 10), "columns"),
    "a million separators in one row": Row(lambda: csv() + b"," * 1_000_000 + b"x\n", "has more than [\\d,]+ characters"),
    "names of 100 KB": Row(lambda: csv(header="t" * 100_000 + ",label"), ACCEPTED),
    "a mark that is never closed": Row(lambda: csv() + b'"and so on,good\n' + csv(header=""), QUOTE),
    "a mark in the first cell": Row(lambda: b'"text,label\n' + csv(header=""), QUOTE),
    "200,000 quotation marks": Row(lambda: b"text,label\n" + b'"' * 200_000 + b",good\n", "nothing to tell apart"),
    "marks that end in the middle": Row(lambda: lines("text,label", '"a" b,good', '"c" d,bad'), QUOTE),
    "a cell of 5 MB": Row(lambda: csv([*FILM, "word " * 1_000_000]), "has more than [\\d,]+ characters"),
    "a cell of 5 MB without marks": Row(
        lambda: csv(mark="", texts=["a", "b", "word " * 1_000_000]), "has more than [\\d,]+ characters"
    ),
    "ragged": Row(lambda: lines("text,label", "a,good", "b,bad,1", "c"), RAGGED),
    "a title above": Row(lambda: lines("My sentences") + csv(), RAGGED),
    "300,000 ragged rows": Row(lambda: b"text,label\n" + b"a,b,c\n" * 300_000, RAGGED),
    "all labels equal": Row(lambda: csv(labels=["good"]), "nothing to tell apart"),
    "all labels missing": Row(lambda: csv(labels=[""]), "labels"),
    "half the labels missing": Row(lambda: csv(labels=["good", "", "bad"]), ACCEPTED),
    "a label each": Row(lambda: csv(texts=[f"film {i}" for i in range(1000)], labels=[f"l{i}" for i in range(1000)]), "label"),
    "100,000 labels": Row(
        lambda: csv(texts=[f"film {i}" for i in range(100_000)], labels=[f"l{i}" for i in range(100_000)]), "label"
    ),
    "labels of 10 KB": Row(lambda: csv(labels=["g" * 10_000, "b" * 10_000]), "labels of more than"),
    "labels of 160 KB of marks": Row(lambda: csv(labels=[marks(80_000), "bad"]), ACCEPTED),
    "texts of marks": Row(lambda: csv(texts=[*FILM, marks(80_000), "b" + marks(80_000)]), ACCEPTED),
    "a name of 160 KB of marks": Row(lambda: csv(header=marks(100_000) + ",label"), ACCEPTED),
    "labels that differ in case": Row(lambda: csv(labels=["Good", "good", "GOOD"]), "nothing to tell apart"),
    "labels that look alike": Row(lambda: csv(labels=["good", "ｇｏｏｄ"]), ACCEPTED),
    "labels of zero width": Row(lambda: csv(labels=["\u200b", "\u200c"]), "labels"),
    "numbers for labels": Row(lambda: csv(labels=["1e999", "-1e999"]), ACCEPTED),
    "not numbers": Row(lambda: csv(labels=["nan", "inf"]), ACCEPTED),
    "numbers of a thousand digits": Row(lambda: csv(labels=["9" * 5000, "8" * 5000]), "labels of more than"),
    "one text, many times": Row(lambda: csv(texts=["a fine film"] * 1000, labels=["good"]), "nothing to tell apart"),
    "one text under both labels": Row(lambda: csv(texts=["a fine film"] * 1000), "needed|Distinct texts"),
    "only punctuation": Row(lambda: csv(texts=["!!!", "???", "...", ";;;"] * 3), "no word"),
    "only emoji": Row(lambda: csv(texts=["😀" * i for i in range(1, 9)]), ACCEPTED),
    "formulas": Row(lambda: csv(texts=["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "=HYPERLINK(1)"]), ACCEPTED),
    "web code": Row(lambda: csv(texts=[f"<script>alert({i})</script>" for i in range(6)]), ACCEPTED),
    "a zero byte": Row(lambda: csv() + b"a\0b,good\n", NOT_TEXT),
    "only zero bytes": Row(lambda: b"\0" * 10_000, NOT_TEXT),
    "noise": Row(lambda: noise(500_000), NOT_TEXT),
    "separated by pipes": Row(lambda: csv(separator="|"), ACCEPTED),
    "separated by blanks": Row(lambda: csv(separator=" "), ONE_COLUMN + "|column"),
    "separated by colons": Row(lambda: csv(separator=":"), ONE_COLUMN + "|column"),
    "separated by semicolons": Row(lambda: csv(separator=";"), ACCEPTED),
    "a separator that the file names wrongly": Row(lambda: b"sep=;\n" + csv(), f"{QUOTE}|column"),
    "JSON lines": Row(lambda: lines(*(json.dumps({"text": t, "label": i % 2}) for i, t in enumerate(FILM))), "JSON"),
    "JSON": Row(lambda: json.dumps([{"text": t, "label": i % 2} for i, t in enumerate(FILM)]).encode(), "JSON"),
    "JSON 100,000 deep": Row(lambda: b"[" * 100_000 + b"]" * 100_000, "JSON|column"),
    "fastText": Row(lambda: lines(*(f"__label__{'good' if i % 2 else 'bad'} {t}" for i, t in enumerate(FILM))), "fastText|column"),
    "web page": Row(
        lambda: b"<!DOCTYPE html>\n<html><body><table><tr><td>a</td></tr></table></body></html>\n", "web page|column|HTML"
    ),
    "spreadsheet": Row(spreadsheet, NOT_TEXT),
    "an archive of CSV files": Row(lambda: archive(**{"a.csv": csv()}), NOT_TEXT),
    "an archive of 50 MB of zeros": Row(lambda: archive(a=bytes(50_000_000)), NOT_TEXT),
    "PDF": Row(lambda: b"%PDF-1.7\n" + noise(5000), NOT_TEXT),
    "photo": Row(lambda: b"\x89PNG\r\n\x1a\n" + noise(5000), NOT_TEXT),
    "line ends of three kinds": Row(lambda: csv().replace(b"\n", b"\r") + csv(header="").replace(b"\n", b"\r\n"), ACCEPTED),
    "UTF-16": Row(lambda: csv().decode().encode("utf-16"), ACCEPTED),
    "marks of joined files": Row(lambda: b"\xef\xbb\xbf" + csv() + b"\xef\xbb\xbf" + csv(texts=["x", "y"], header=""), ACCEPTED),
    "an empty row between all": Row(lambda: csv().replace(b"\n", b"\n\n\n"), ACCEPTED),
    "20,000 short rows": Row(lambda: csv(texts=[f"film {i}" for i in range(20_000)]), ACCEPTED),
    "50,000 rows that are one cell": Row(lambda: b'text,label\n"' + b"a,good\n" * 50_000 + b'",good\n', QUOTE + "|cell of more"),
    "a cell of 10,000 lines": Row(lambda: csv(texts=[*FILM, "verse\n" * 10_000]), ACCEPTED),
    "a table of three texts": Row(lambda: csv(texts=FILM[:3]), "at least"),
    "two columns of labels": Row(lambda: lines("a,b", *["good,bad", "bad,good"] * 5), "column|needed|labels"),
    "no column of texts": Row(
        lambda: lines("n,label", *[f"{i},good" if i % 2 else f"{i},bad" for i in range(20)]), "unclear which column"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_table_is_taken_or_refused_with_a_reason(name, check_row):
    check_row(name)
