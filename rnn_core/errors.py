"""`UserError`, the only error written for users, and functions that quote user input and lists in its sentences."""

import re
import reprlib
from collections.abc import Iterable

_LONGEST = 60  # characters of a quotation
_short = reprlib.Repr()  # stops at these limits: a deeply nested or very large value takes no longer than a small one
_short.maxstring = _short.maxlong = _short.maxother = _LONGEST
_short.maxlevel, _short.maxdict, _short.maxlist, _short.maxtuple = 2, 3, 3, 3


_LONG_WORD = re.compile(r"\S{200,}")  # longer than usual paths


def quoted(value: object) -> str:
    """A user's value as Python writes it, cut to 60 characters."""
    text = _short.repr(value).encode(errors="backslashreplace").decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def shortened(sentence: str) -> str:
    """The sentence with every word of 200 or more characters cut to its first 60: user input may contain such words."""
    return _LONG_WORD.sub(lambda word: word[0][:_LONGEST] + "...", sentence)


class UserError(ValueError):
    """An error that the user can correct. The sentences say what happened, why, and what to do.

    Pages and the command line show `sentences` unchanged. Any other exception is a bug in this program.
    """

    def __init__(self, *sentences: str):
        self.sentences = sentences
        super().__init__(" ".join(sentences))


def listed(names: Iterable[str], most: int = 10) -> str:
    """The first names of a list, and how many more there are."""
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
