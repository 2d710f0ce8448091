"""Cleaning of text, the same and fast for text of every origin."""

import ast
import random
import re
import unicodedata
from pathlib import Path

import pytest

from benchmarks import hostile_text
from rnn_core.data import normalize as module
from rnn_core.data.normalize import MOST_MARKS, clean, normalize
from rnn_core.errors import UserError

ROOT = Path(__file__).parents[2]
SOURCES = [path for room in ("rnn_core", "pages", "benchmarks") for path in sorted((ROOT / room).rglob("*.py"))]
MARKS = re.compile("[\u0300-\u036f]+")


def test_unicode_is_normalised_in_one_place():
    """`is_normalized` takes as long."""
    calls = [
        path.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("unicodedata.normalize", "unicodedata.is_normalized"))
        or (isinstance(node, ast.ImportFrom) and node.module == "unicodedata")
    ]
    assert set(calls) == {"normalize.py"}


@pytest.fixture
def longest(monkeypatch) -> list[int]:
    """The longest run of marks in each call of `unicodedata.normalize`, which takes quadratic time."""
    seen, normalise = [], unicodedata.normalize

    def spy(form: str, text: str) -> str:
        seen.append(max((len(run) for run in MARKS.findall(text)), default=0))
        return normalise(form, text)

    module._marks()  # made by normalising each code point
    monkeypatch.setattr(module.unicodedata, "normalize", spy)
    return seen


def test_no_door_normalises_a_long_run_of_marks(longest, home):
    text, reached = hostile_text.marks(20_000), set()
    with hostile_text.doors() as doors:
        for name, door in doors.items():
            longest.clear()
            hostile_text.seconds(door, text)
            assert max(longest, default=0) <= MOST_MARKS, name
            reached |= {name} if longest else set()
    assert len(reached) >= 6  # the others refuse or cut it first


@pytest.mark.parametrize("text", [
    "a" + "\u0301\u0316" * 40_000, "\u0316" * 99, "\u0f73" * 99, "a\u0344" * 99, "a\u0344\u0301" + "\u0344" * 99,
    "a" + "\U0001d165" * 99, "a" + "\u0301\0\u0316" * 99, "\u0958" + "\u0316" * 99,
])  # fmt: skip
def test_runs_of_marks_are_cut(text):
    normal = clean(text)
    assert 0 < longest_run(normal) <= MOST_MARKS and clean(normal) == normal == unicodedata.normalize("NFC", normal)


def longest_run(text: str) -> int:
    runs = re.findall("m+", "".join("m" if unicodedata.combining(c) else "-" for c in text))
    return max(map(len, runs), default=0)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_what_was_normalised_stays_as_it_is(form):
    """Letters that become several, marks that become several, and letters that combine, in any order."""
    letters = [*"ae é\u0958\ufb2c\u1100\u1161\u11a8\u09c7\u09be가\U0001d15e", "\u0301", "\u0316", "\u0344", "\u0f73", "\uff9e", "\u3099"]  # fmt: skip
    rng = random.Random(0)
    for _ in range(300):
        text = "".join(rng.choices(letters, k=120))
        normal = normalize(text, form)
        assert normalize(normal, form) == normal == unicodedata.normalize(form, normal)


def test_a_long_text_is_worked_on_in_pieces_without_a_seam(monkeypatch):
    text = "\r\n".join(["e\u0301tude \u1112\u1161\u11ab", "x\u2028\u0301y"]) * 50
    whole = clean(text)
    monkeypatch.setattr(module, "_PIECE", 1)
    assert clean(text) == whole and unicodedata.is_normalized("NFC", whole)


INVISIBLE = ["\ufeff", "\u00ad", "\u2060", "\0", "\x07", "\x1b", "\x7f", "\x90", "\ufffe"]
LINE_ENDS = ["\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"]


@pytest.mark.parametrize("sign", INVISIBLE)
def test_what_cannot_be_seen_goes(sign):
    assert clean(f"{sign}wonder{sign}ful{sign}") == "wonderful"


@pytest.mark.parametrize("end", LINE_ENDS)
def test_there_is_one_line_end(end):
    assert clean(f"a{end}b{end}") == "a\nb\n"


def test_what_means_something_stays():
    persian, family, tab = "می\u200cخواهم", "👨\u200d👩\u200d👧", "a\tb"
    assert [clean(text) for text in (persian, family, tab)] == [persian, family, tab]


def test_half_of_an_emoji_becomes_a_sign_that_can_be_kept():
    assert clean("a\ud83db").encode() == "a\ufffdb".encode()


def test_a_nickname_is_measured_after_it_was_normalised(store):
    people = store.people
    assert people.enter("a" + "\u0301\u0316" * 9).name[0] == "á"
    with pytest.raises(UserError, match="24 characters; this one has 36"):
        people.enter("\ufdfa" * 2)  # one sign for a whole sentence
    with pytest.raises(UserError, match="this one has 100,000"):
        people.enter("\u0301" * 100_000)
