"""The first words of a text: what a person's first prompt is, because an empty one often gives nothing but blanks."""

import re

from rnn_core.tasks.tokenizer import Tokenizer

_LONGEST = 20  # characters
_LINES, _MORE_LINES = 50, 500  # among which one is looked for; the second for one that begins with plain words
_ANYWHERE = "The "  # where the text cannot be read, or has no such line
_PLAIN = re.compile(r"[^\W\d_]+(?:[ ’'][^\W\d_]+){2,} ?")  # three words or more, without quotes, digits and other signs


def first_words(text: str, vocabulary: Tokenizer) -> str:
    """The beginning of a line, cut after a word: of the first one that begins with plain words, else of the first one with letters.

    "" where there is no line that the network can read.
    """
    lines = [line.lstrip() for line in text[: _MORE_LINES * 1000].split("\n")[:_MORE_LINES]]
    plain = [words for line in lines if len(line) > _LONGEST and _begins_plainly(words := _cut(line))]
    for words in (*plain, *map(_cut, lines[:_LINES]), _ANYWHERE):
        if any(c.isalpha() for c in words) and not vocabulary.unseen(words):
            return words
    return ""


def _begins_plainly(words: str) -> bool:
    return _PLAIN.fullmatch(words) is not None and not words[0].islower()


def _cut(line: str) -> str:
    """The line with the blank after its last word where it is cut there."""
    if len(line) <= _LONGEST:
        return line
    return line[: line.rfind(" ", 1, _LONGEST) + 1] or line[:_LONGEST]
