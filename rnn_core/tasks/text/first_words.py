"""The first words of a text: what a person's first prompt is, because an empty one often gives nothing but blanks."""

from rnn_core.tasks.tokenizer import Tokenizer

_LONGEST = 20  # characters
_LINES = 50  # among which one is looked for
_ANYWHERE = "The "  # where the text cannot be read, or has no such line


def first_words(text: str, vocabulary: Tokenizer) -> str:
    """The beginning of the first line with letters that the network can read, cut after a word; "" where there is none."""
    for line in [*text[: _LINES * 1000].split("\n")[:_LINES], _ANYWHERE]:
        words = _cut(line)
        if any(c.isalpha() for c in words) and not vocabulary.unseen(words):
            return words
    return ""


def _cut(line: str) -> str:
    """The line without blanks in front, and with the blank after its last word where it is cut there."""
    line = line.lstrip()
    if len(line) <= _LONGEST:
        return line
    return line[: line.rfind(" ", 1, _LONGEST) + 1] or line[:_LONGEST]
