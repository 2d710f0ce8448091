"""Memory problems: made-up sequences whose answer depends on something that came earlier, over a known number of timesteps.

Each problem draws sequences of symbols. A sequence that is shorter than the longest is preceded by blanks, the symbol 0, which the
network reads as zeros: the end, where the answer is due, is always the last timestep.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Random = np.random.Generator
_LETTERS = tuple("abcdefgh")
_COPIED, _COPY_LETTERS = 3, tuple("abcd")
_DIGITS = 5  # 0 to 4, marked and unmarked
_PAIRS = ("()", "[]")
_DEEPEST = 4  # brackets that are open at once


@dataclass(frozen=True)
class Problem:
    label: str
    origin: str  # what is asked, in one sentence
    symbols: tuple[str, ...]  # by number, from 1; 0 is a blank
    answers: tuple[str, ...]
    # (random numbers, timesteps over which to remember) -> numbers of symbols, and the number of the answer
    draw: Callable[[Random, int], tuple[list[int], int]]
    extra: int  # timesteps of a sequence besides those over which to remember
    kinds: tuple[int, ...]  # how many symbols there are of each kind, such as letters, then noise: one may stand for another
    shortest: int = 1  # number of timesteps over which to remember

    def others(self, symbol: int) -> list[int]:
        """The other symbols of its kind."""
        first = 1
        for count in self.kinds:
            if symbol < first + count:
                return [other for other in range(first, first + count) if other != symbol]
            first += count
        raise ValueError(f"{symbol} is no symbol of this problem.")

    def length(self, longest: int) -> int:
        """Timesteps of the longest sequence."""
        return longest + self.extra


def _first(random: Random, distance: int) -> tuple[list[int], int]:
    letter = int(random.integers(len(_LETTERS)))
    noise = len(_LETTERS) + 1 + random.integers(2, size=distance)
    return [letter + 1, *noise.tolist()], letter


def _copy(random: Random, distance: int) -> tuple[list[int], int]:
    letters = random.integers(len(_COPY_LETTERS), size=_COPIED)
    asked = int(random.integers(_COPIED))
    wait = len(_COPY_LETTERS) + 1
    return [*(letters + 1).tolist(), *[wait] * (distance - 1), wait + 1 + asked], int(letters[asked])


def _add(random: Random, distance: int) -> tuple[list[int], int]:
    """The first marked digit is the first symbol, so that it must be remembered to the end; the second is anywhere after it."""
    digits = random.integers(_DIGITS, size=distance + 1)
    second = int(random.integers(1, distance + 1))
    marked = np.isin(np.arange(distance + 1), [0, second])
    return (1 + digits + _DIGITS * marked).tolist(), int(digits[0] + digits[second])


def _parity(random: Random, distance: int) -> tuple[list[int], int]:
    bits = random.integers(2, size=distance)
    return (1 + bits).tolist(), int(bits.sum() % 2)


def _brackets(random: Random, distance: int) -> tuple[list[int], int]:
    """A balanced sequence of pairs; in half of the cases one closing bracket is of the other kind."""
    length, sequence, open_kinds, closings = 2 * max(1, distance // 2), [], [], []
    for left in range(length, 0, -1):
        must_close = len(open_kinds) == left
        if open_kinds and (must_close or len(open_kinds) == _DEEPEST or random.random() < 0.5):
            closings.append(len(sequence))
            sequence.append(2 + 2 * open_kinds.pop())
        else:
            kind = int(random.integers(len(_PAIRS)))
            open_kinds.append(kind)
            sequence.append(1 + 2 * kind)
    balanced = int(random.integers(2))
    if not balanced:
        place = closings[int(random.integers(len(closings)))]
        sequence[place] = 6 - sequence[place]  # 2 is ")", 4 is "]"
    return sequence, balanced


PROBLEMS: dict[str, Problem] = {
    "first": Problem(
        "Remember the first",
        "The first symbol is a letter, then come x and y in any order: which letter was it?",
        (*_LETTERS, "x", "y"), _LETTERS, _first, extra=1, kinds=(len(_LETTERS), 2),
    ),
    "copy": Problem(
        "Recall one of three",
        "Three letters, then a delay, then a question such as 2?: which letter was the second?",
        (*_COPY_LETTERS, "·", "1?", "2?", "3?"), _COPY_LETTERS, _copy, extra=_COPIED, kinds=(len(_COPY_LETTERS), 1, _COPIED),
    ),
    "add": Problem(
        "Add two marked digits",
        "Two of the digits are marked with a star: what is their sum? After Hochreiter and Schmidhuber (1997), who used real numbers.",
        (*map(str, range(_DIGITS)), *(f"{digit}*" for digit in range(_DIGITS))), tuple(map(str, range(2 * _DIGITS - 1))), _add, extra=1, kinds=(_DIGITS, _DIGITS),
    ),
    "parity": Problem(
        "Odd or even",
        "Zeros and ones: is the number of ones even or odd? One symbol too many or too few changes the answer.",
        ("0", "1"), ("even", "odd"), _parity, extra=0, kinds=(2,),
    ),
    "brackets": Problem(
        "Balanced brackets",
        "Round and square brackets: does each closing one fit the one that is open?",
        ("(", ")", "[", "]"), ("wrong", "balanced"), _brackets, extra=0, kinds=(4,), shortest=2,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Sequences:
    symbols: np.ndarray  # (count, timesteps) uint8, 0 for a blank
    answers: np.ndarray  # (count,) uint8
    distances: np.ndarray  # (count,): timesteps over which to remember


def draw(problem: Problem, count: int, longest: int, seed: int) -> Sequences:
    """Sequences over which to remember for 1 to `longest` timesteps, each number as often."""
    random, length = np.random.default_rng(seed), problem.length(longest)
    distances = random.integers(problem.shortest, max(problem.shortest, longest) + 1, count)
    symbols, answers = np.zeros((count, length), np.uint8), np.empty(count, np.uint8)
    for row, distance in enumerate(distances):
        sequence, answers[row] = problem.draw(random, int(distance))
        symbols[row, length - len(sequence) :] = sequence
    return Sequences(symbols, answers, distances)


def vectors(problem: Problem, symbols: np.ndarray) -> np.ndarray:
    """Numbers of symbols (..., timesteps) -> vectors (..., timesteps, symbols) float32 with a one; a blank is all zeros."""
    table = np.eye(len(problem.symbols) + 1, dtype=np.float32)[:, 1:]
    return table[symbols]
