"""Small things said on several pages: durations, characters that cannot be seen, text that must not act as Markdown."""

from rnn_core.tasks.text import UNKNOWN

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


def plain(text: str) -> str:
    """Text from outside, such as a file's name, for a place that reads Markdown: shown, not obeyed."""
    return "".join("\\" + c if c in "\\`*_{}[]<>()#+-!|$:~" else c for c in text)
