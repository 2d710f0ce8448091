"""Small things said on several pages: durations, characters that cannot be seen, text that must not act as Markdown."""

import re

from rnn_core.runs.store.rows import Run
from rnn_core.tasks.tokenizer import UNKNOWN

_BREAKS = re.compile("[\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_JOINER = "\u2060"  # cannot be seen
# Streamlit makes links of www.x, a@b and http://x, a picture of :streamlit: and arrows of -> after it has read the backslashes.
_ACTIVE = re.compile(
    r"(?<=www)(?=\.)|(?<=@)|(?<=:)(?=[\w/])|(?<=[-<>=~])(?=[-<>=~])|(?<=^\d)(?=\.)|(?<=^\d\d)(?=\.)", re.IGNORECASE
)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones, too
_NAMED = {" ": "␣", "\n": "⏎", "\t": "⇥", "\u00a0": "nbsp", UNKNOWN: "unknown"}


def visible(character: str) -> str:
    """A character as something that can be seen."""
    return _NAMED.get(character, character if character.isprintable() else f"U+{ord(character):04X}")


def duration(seconds: float) -> str:
    if seconds < 1:
        return "under 1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def percent(share: float) -> str:
    """A probability in whole percent; one that was only rounded to certainty is said to be above or below."""
    return ">99%" if share > 0.995 else "<1%" if share < 0.005 else f"{share:.0%}"


def older_test(run: Run) -> str:
    """For a run that was trained further after its test."""
    return (
        f":material/history: These results were measured at epoch {run.outdated_test:g}. The network has been trained to epoch "
        f"{run.epoch:.1f} since; Continue options has “Test again at the end”."
    )


def plain(text: str) -> str:
    """Text from outside, such as a file's name, for a place that reads Markdown: shown, not obeyed.

    On one line, since a line's beginning can make it a heading, a list or code.
    """
    line = _ACTIVE.sub(_JOINER, _BREAKS.sub(" ", text))
    return "".join("\\" + c if c in "\\`*_{}[]<>()#+-!|$:~&" else c for c in line)


def in_table(text: str) -> str:
    """Text from outside for a table that can be saved as CSV: a spreadsheet takes what begins so for a formula."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA else text
