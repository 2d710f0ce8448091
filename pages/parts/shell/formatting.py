"""Formatting for several pages: durations, percentages, invisible characters, and text that must not act as Markdown."""

import re

from rnn_core.runs.store.rows import Run
from rnn_core.tasks.tokenizer import UNKNOWN

_BREAKS = re.compile("[\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_JOINER = "\u2060"  # invisible
# Streamlit turns www.x, a@b and http://x into links, :streamlit: into a picture and -> into an arrow, even behind a backslash.
_ACTIVE = re.compile(
    r"(?<=www)(?=\.)|(?<=@)|(?<=:)(?=[\w/])|(?<=[-<>=~])(?=[-<>=~])|(?<=^\d)(?=\.)|(?<=^\d\d)(?=\.)", re.IGNORECASE
)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_NAMED = {" ": "␣", "\n": "⏎", "\t": "⇥", "\u00a0": "nbsp", UNKNOWN: "unknown"}


def visible(character: str) -> str:
    """A character, or a visible name for one that cannot be seen."""
    return _NAMED.get(character, character if character.isprintable() else f"U+{ord(character):04X}")


def duration(seconds: float) -> str:
    if seconds < 1:
        return "under 1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def epoch_number(epoch: float) -> str:
    """10 and not 10.0, also for 9.99, but 9.5."""
    return f"{epoch:.1f}".removesuffix(".0")


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """A probability from 0 to 1 in whole percent; never 0% or 100%, which would claim certainty."""
    return ">99%" if share > 0.995 else "<1%" if share < 0.005 else f"{share:.0%}"


def outdated_test_notice(run: Run) -> str:
    """The notice for a run that was trained further after its test, and got better."""
    better = (
        f"The best epoch is now {run.metrics['best_epoch']:g}"
        if "best_epoch" in run.metrics
        else f"The network has been trained to epoch {epoch_number(run.epoch)}"
    )
    return f":material/history: These results are those of epoch {run.outdated_test:g}. {better}; Continue options has “Test again at the end”."


def plain(text: str) -> str:
    """Text from outside, such as a file's name, escaped for a place that reads Markdown.

    Line breaks become spaces, since the beginning of a line can make a heading, a list or code.
    """
    line = _ACTIVE.sub(_JOINER, _BREAKS.sub(" ", text))
    return "".join("\\" + c if c in "\\`*_{}[]<>()#+-!|$:~&" else c for c in line)


def spreadsheet_safe(text: str) -> str:
    """Text from outside for a table that can be saved as CSV, with an apostrophe where a spreadsheet would read a formula."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA else text
