"""The one error that is meant for the person in front of the page, and how it quotes what was given."""

import re
import reprlib

_LONGEST = 60  # characters of a quotation
_short = reprlib.Repr()  # cuts while it reads: a deeply nested or endless value costs no more than a small one
_short.maxstring = _short.maxlong = _short.maxother = _LONGEST
_short.maxlevel, _short.maxdict, _short.maxlist, _short.maxtuple = 2, 3, 3, 3


_LONG_WORD = re.compile(r"\S{200,}")  # longer than paths are


def quoted(value: object) -> str:
    """What somebody gave, short enough for a sentence."""
    text = _short.repr(value).encode(errors="backslashreplace").decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def shortened(sentence: str) -> str:
    """A sentence in which no word is longer than a line: what somebody gave is echoed only by its beginning."""
    return _LONG_WORD.sub(lambda word: word[0][:_LONGEST] + "...", sentence)


class UserError(ValueError):
    """Something the user can mend: each sentence says what happened, why, and what to do.

    Pages and the command line show `sentences` as they are; anything else that is raised is a fault of ours.
    """

    def __init__(self, *sentences: str):
        self.sentences = sentences
        super().__init__(" ".join(sentences))
