"""The one error that is meant for the person in front of the page, and how it quotes what was given."""

import reprlib

_LONGEST = 60  # characters of a quotation
_short = reprlib.Repr()  # cuts while it reads: a deeply nested or endless value costs no more than a small one
_short.maxstring = _short.maxlong = _short.maxother = _LONGEST
_short.maxlevel, _short.maxdict, _short.maxlist, _short.maxtuple = 2, 3, 3, 3


def quoted(value: object) -> str:
    """What somebody gave, short enough for a sentence."""
    text = _short.repr(value).encode(errors="backslashreplace").decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


class Problem(ValueError):
    """Something the user can mend: each sentence says what happened, why, and what to do.

    Pages and the command line show `sentences` as they are; anything else that is raised is a fault of ours.
    """

    def __init__(self, *sentences: str):
        self.sentences = sentences
        super().__init__(" ".join(sentences))
