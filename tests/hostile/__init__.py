"""Hostile input, a table for each door: the inputs, and the sentence that a person then reads.

A door is a file `test_*.py` with `enter(given)` and `ROWS`: name -> Row(function that makes the input, expected answer). Each row runs in a
separate process (`row_process.py`), whose CPU time and memory are measured.
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
    expected: str  # ACCEPTED, or a pattern that the sentences match


def faults_of(sentences: list[str]) -> list[str]:
    """What is wrong with sentences that a person reads. They may contain numbers and names that the person typed."""
    text = "\n".join(sentences)
    beginning = text[:2000]
    faults = [f"no full stop: {sentence[-100:]!r}" for sentence in sentences if not _SENTENCE.search(sentence[-80:])]
    faults += [f"{len(text)} characters"] if len(text) > MOST_LETTERS else []
    faults += [f"the words of a program: {match[0]!r}" for match in [_OF_A_PROGRAM.search(beginning)] if match]
    faults += [f"the word {match[0]!r}" for match in [_WORDS.search(beginning)] if match]
    faults += [f"a sign that cannot be seen: {match[0]!r}" for match in [_UNSEEN.search(beginning)] if match]
    return faults
