"""Nicknames in a class: as the welcome takes them, and as everybody's page then shows them."""

import pytest

from pages.parts.shell.formatting import plain
from rnn_core import settings as settings_of
from rnn_core.runs.store.people import MAX_NAME_LENGTH
from rnn_core.runs.store.store import Store
from tests.hostile import ACCEPTED, Row, faults_of
from tests.hostile.inputs import marks


def enter(nickname: str) -> str:
    person = Store.of(settings_of.load()).people.enter(nickname)
    assert 0 < len(person.name) <= MAX_NAME_LENGTH
    assert not faults_of([f"{person.name}."]), "signs that cannot be seen"
    return plain(person.name)


LETTER = "nickname of at least one letter"
LONG = f"^A nickname (may|can) have {MAX_NAME_LENGTH} characters"
TEACHER = "the teacher"

ROWS = {
    "nothing": Row(lambda: "", LETTER),
    "blanks": Row(lambda: " \t\u3000\u00a0", LETTER),
    "a zero byte": Row(lambda: "\0", LETTER),
    "control codes": Row(lambda: "".join(map(chr, range(32))), LETTER),
    "zero widths": Row(lambda: "\u200b\u200c\u200d\u2060\ufeff", LETTER),
    "directions": Row(lambda: "\u202e\u202d\u2066\u2069", LETTER),
    "half of a surrogate pair": Row(lambda: "\ud800", LETTER),
    "a name with half of a surrogate pair": Row(lambda: "Ann\udc80a", ACCEPTED),
    "tags": Row(lambda: "".join(chr(0xE0000 + ord(c)) for c in "anna"), LETTER),
    "private letters": Row(lambda: "\ue000\uf8ff", LETTER),
    "punctuation": Row(lambda: "...!?", LETTER),
    "only marks": Row(lambda: "\u0301" * 10, LETTER),
    "a letter under marks": Row(lambda: "a" + "\u0301" * 500, LONG),
    "160 KB of marks": Row(lambda: marks(160_000), LONG),
    "1 MB of marks": Row(lambda: marks(1_000_000), LONG),
    "1 MB": Row(lambda: "x" * 1_000_000, LONG),
    "1 MB of a ligature that becomes 18 letters": Row(lambda: "\ufdfa" * 330_000, LONG),
    "two of that ligature": Row(lambda: "\ufdfa" * 2, LONG),
    "one letter too many": Row(lambda: "x" * (MAX_NAME_LENGTH + 1), LONG),
    "as long as may be": Row(lambda: "x" * MAX_NAME_LENGTH, ACCEPTED),
    "emoji": Row(lambda: "🦊🐢", ACCEPTED),
    "a joined emoji": Row(lambda: "👩\u200d🚀", ACCEPTED),
    "turned around": Row(lambda: "\u202eannA\u202c", ACCEPTED),
    "Arabic": Row(lambda: "سَلْمَى", ACCEPTED),
    "a number": Row(lambda: "42", ACCEPTED),
    "None": Row(lambda: "None", ACCEPTED),
    "the teacher": Row(lambda: "Teacher", TEACHER),
    "the teacher in capitals": Row(lambda: "TEACHER", TEACHER),
    "the teacher with blanks": Row(lambda: "  teacher\u3000", TEACHER),
    "the teacher in wide letters": Row(lambda: "Ｔｅａｃｈｅｒ", TEACHER),
    "the teacher in bold letters": Row(lambda: "𝐓𝐞𝐚𝐜𝐡𝐞𝐫", TEACHER),
    "the teacher in circles": Row(lambda: "Ⓣⓔⓐⓒⓗⓔⓡ", TEACHER),
    "the teacher with zero widths": Row(lambda: "Tea\u200bcher", TEACHER),
    # Names are no proof: who the teacher is, the page says beside the name (docs/security.md).
    "the teacher with a Cyrillic letter": Row(lambda: "Tеacher", ACCEPTED),
    "the teacher with a Greek letter": Row(lambda: "Τeacher", ACCEPTED),
    "the teacher with a mark": Row(lambda: "Teácher", ACCEPTED),
    "a link": Row(lambda: "[a](//evil.example)", ACCEPTED),
    "the address of a page": Row(lambda: "www.evil.example", ACCEPTED),
    "web code": Row(lambda: "<img src=x onerror=a()>", ACCEPTED),
    "an icon and a formula": Row(lambda: ":material/home: $x$", ACCEPTED),
    "a spreadsheet's formula": Row(lambda: "=1+1|cmd", ACCEPTED),
    "SQL": Row(lambda: "'; DROP TABLE people", ACCEPTED),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_nickname_is_taken_or_refused_with_a_reason(name, check_row):
    check_row(name)
