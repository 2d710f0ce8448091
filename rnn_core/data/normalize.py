"""One form of each text, whatever its origin: composed characters, one kind of line end, no invisible characters.

Only this module calls `unicodedata.normalize`, which takes quadratic time on a long run of combining marks and holds
Python's lock meanwhile: 160 KB of them stop every other thread for six seconds. Runs are therefore shortened first.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import numpy as np

MOST_MARKS = 30  # combining marks after one letter, as in the stream-safe text format of UAX 15
_PIECE = 100_000  # characters normalised at once, in a few milliseconds; then other threads may run
_PLANES = range(0x300, 0x20000)  # code points among which combining marks are
_CUT = re.compile(r"[\n -~]")  # characters that stay as they are and do not combine with those before them
_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # those of `str.splitlines` besides CR and LF
_INVISIBLE = re.compile("[\0-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u2060\ufeff\ufff9-\ufffb\ufffe\uffff]")
_HALVES = re.compile("[\ud800-\udfff]")  # halves of surrogate pairs, such as an emoji cut in two


def clean(text: str, breaks: str = "\n") -> str:
    """NFC, line ends as \\n, without byte order marks, soft hyphens, word joiners and control codes other than tab.

    `breaks` is what line ends other than CR and LF become: in a file whose rows are lines they are part of a cell.
    """
    if text.isascii() and text.isprintable():  # nothing to do; saves half the time of reading a table with many short cells
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_clean(piece, breaks) for piece in _pieces(text))


def _clean(text: str, breaks: str) -> str:
    return normalize(_HALVES.sub("\ufffd", _INVISIBLE.sub("", _LINE_ENDS.sub(breaks, text))))


def can_be_seen(character: str) -> bool:
    """Whether the character is visible: no blank, no direction mark, not of zero width."""
    return not character.isspace() and unicodedata.category(character) != "Cf"


def trim(text: str) -> str:
    """The text without invisible characters at both ends."""
    text = text.strip()
    if text.isascii():
        return text
    start, end = 0, len(text)
    while start < end and not can_be_seen(text[start]):
        start += 1
    while start < end and not can_be_seen(text[end - 1]):
        end -= 1
    return text[start:end]


def normalize(text: str, form: str = "NFC") -> str:
    """`unicodedata.normalize` in linear time, with at most MOST_MARKS combining marks in a row."""
    return text if text.isascii() else "".join(_normalize(piece, form) for piece in _pieces(text))


def _normalize(text: str, form: str) -> str:
    """Shortened before and after, since some letters become a letter with marks: normalising the result again changes nothing."""
    return _shorten(unicodedata.normalize(form, _shorten(text)))


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        cut = _CUT.search(text, start + _PIECE)
        end = cut.start() if cut else len(text)
        yield text[start:end]
        start = end


def _shorten(text: str) -> str:
    """Drop the marks of each run beyond MOST_MARKS."""
    if len(text) <= MOST_MARKS or text.isascii():
        return text
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    marks = _marks()[codes]
    if np.count_nonzero(marks) <= MOST_MARKS:
        return text
    places = np.arange(len(codes))
    run = places - np.maximum.accumulate(np.where(marks, -1, places))
    keep = run <= MOST_MARKS
    return text if keep.all() else codes[keep].tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _marks() -> np.ndarray:
    """Whether each code point is or becomes a combining mark (such as a Tibetan vowel sign or a halfwidth voiced mark)."""
    table = np.zeros(0x110000, bool)
    table[[code for code in _PLANES if unicodedata.combining(unicodedata.normalize("NFKD", chr(code))[0])]] = True
    return table
