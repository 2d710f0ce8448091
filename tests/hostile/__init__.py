"""Hostile input, a table for each door: what is thrown at it, and the sentence that a person then reads.

A door is a file `test_*.py` with `enter(given)` and `ROWS`: name -> Row(what makes the input, what is expected). Each row runs
in a process of its own (`thrower.py`), so that its CPU time and its memory are its own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ACCEPTED = "accepted"
MOST_SECONDS = 2.0  # of CPU time on a busy machine, where other processes share its caches: 1 s on a quiet one
MOST_MB = 300.0  # of memory at the peak: the whole process, with Python, NumPy, pandas and Streamlit in it
MOST_LETTERS = 400  # of all sentences together

_SENTENCE = re.compile(r"([.!?:…][”\")]?|: python -m rnn_core[ \w]* --help)$")
_OF_A_PROGRAM = re.compile(r"Traceback|Errno|0x[0-9a-f]{6}|<class|<function| object at |Exception|Error\b|\bcodec\b|\bself\b|b'\\x")
_WORDS = re.compile(r"\b(shall|anew|by heart|here is|begun|sorry|apologi\w+|we|our|please)\b", re.IGNORECASE)
_UNSEEN = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    given: Callable[[], Any]  # makes the input, before anything is measured
    expected: str  # ACCEPTED, or a pattern that the sentences hold


def faults_of(sentences: list[str]) -> list[str]:
    """What is wrong with sentences that a person reads; numbers and names that the person typed may stand in them."""
    told = "\n".join(sentences)
    begin = told[:2000]
    wrong = [f"no full stop: {sentence[-100:]!r}" for sentence in sentences if not _SENTENCE.search(sentence[-80:])]
    wrong += [f"{len(told)} characters"] if len(told) > MOST_LETTERS else []
    wrong += [f"the words of a program: {found[0]!r}" for found in [_OF_A_PROGRAM.search(begin)] if found]
    wrong += [f"the word {found[0]!r}" for found in [_WORDS.search(begin)] if found]
    wrong += [f"a sign that cannot be seen: {found[0]!r}" for found in [_UNSEEN.search(begin)] if found]
    return wrong
