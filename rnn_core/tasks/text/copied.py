"""What a network has memorised: the longest stretches of a sample that are copied, character by character, from its training text.

One vectorised pass over the text hashes each piece of SHORTEST characters and finds those that the sample has, too. Around these places
the text is compared itself, so the result is exact. 20 MB of text take about a second (`python -m benchmarks.copied`).
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SHORTEST = 16  # characters; a power of two
_CHUNK = 65_536  # characters that are hashed at once: their hashes fit into a processor's cache
_BASE = np.uint64(0x9E3779B97F4A7C15)  # of the hash, a polynomial modulo 2**64; odd
_TABLE_BITS = 22  # of a hash, which index a table of hashes that the sample may have


@dataclass(frozen=True)
class Stretch:
    start: int  # in the sample
    end: int
    place: int  # where it starts in the training text

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Copied:
    """Stretches by their start. They do not overlap: where two do, the longer one is whole and the other one loses that part."""

    stretches: tuple[Stretch, ...]
    longest: int  # characters
    share: float  # of the sample


def copied(sample: str, training: str) -> Copied:
    """The stretches of at least SHORTEST characters, more than white space, that are in both texts."""
    maximal = [stretch for stretch in _maximal(sample, training) if sample[stretch.start : stretch.end].strip()]
    free, chosen = np.ones(len(sample), bool), []
    for stretch in sorted(maximal, key=lambda stretch: -stretch.length):
        places = stretch.start + np.flatnonzero(free[stretch.start : stretch.end])
        if len(places):  # one piece: a shorter stretch cannot lie on both sides of a longer one
            start, end = int(places[0]), int(places[-1]) + 1
            chosen.append(Stretch(start, end, stretch.place + start - stretch.start))
        free[stretch.start : stretch.end] = False
    chosen.sort(key=lambda stretch: stretch.start)
    longest = max((stretch.length for stretch in maximal), default=0)
    return Copied(tuple(chosen), longest, float((~free).mean()) if len(sample) else 0.0)


def _maximal(sample: str, training: str) -> Iterator[Stretch]:
    """Every stretch that cannot be made longer, with one of its places, by start."""
    common, places = _common(sample, training)
    if not common:
        return
    known = {common[i : i + SHORTEST] for i in range(len(common) - SHORTEST + 1)}
    there = [sample[i : i + SHORTEST] in known for i in range(len(sample) - SHORTEST + 1)] + [False]
    starts = [start for start, _ in places]

    def place_of(found: int) -> int:
        start, place = places[bisect_right(starts, found) - 1]
        return place + found - start

    i = 0
    while i < len(there):
        if not there[i]:
            i += 1
            continue
        limit = there.index(False, i) + SHORTEST - 1  # a stretch from here ends there at the latest
        end, found = i + SHORTEST, common.find(sample[i : i + SHORTEST])
        while end < limit:
            if common[found + end - i] == sample[end]:
                end += 1
            elif (further := common.find(sample[i : end + 1], found + 1)) >= 0:
                end, found = end + 1, further
            else:
                break
        yield Stretch(i, end, place_of(found))
        i = limit - SHORTEST + 1 if end == limit else _next_start(sample, common, i + 1, end + 1)


def _next_start(sample: str, common: str, low: int, end: int) -> int:
    """The first start from `low` on of a stretch that reaches `end`; if it is later, the same stretch from there is in both texts, too."""
    high = end - SHORTEST
    while low < high:
        middle = (low + high) // 2
        if sample[middle:end] in common:
            high = middle
        else:
            low = middle + 1
    return low


def _common(sample: str, training: str) -> tuple[str, list[tuple[int, int]]]:
    """The parts of the training text that may be in the sample, joined by a character that the sample does not have; and for each part
    (its start there, its start in the training text). Parts of the same content are there once."""
    if len(sample) < SHORTEST or len(training) < SHORTEST:
        return "", []
    wanted = np.unique(_hashes(sample))
    table = np.zeros(1 << _TABLE_BITS, bool)
    table[wanted >> np.uint64(64 - _TABLE_BITS)] = True
    parts: dict[str, int] = {}
    for first, last in _joined(_places(training, wanted, table)):
        parts.setdefault(training[first : last + SHORTEST], first)
    apart = next(c for c in map(chr, range(1, 0x110000)) if c not in set(sample))
    places, at = [], 0
    for part, place in parts.items():
        places.append((at, place))
        at += len(part) + 1
    return apart.join([*parts, ""]), places


def _places(training: str, wanted: np.ndarray, table: np.ndarray) -> Iterator[np.ndarray]:
    """Starts of the pieces of the training text with a hash in `wanted`, which is sorted."""
    for start in range(0, len(training) - SHORTEST + 1, _CHUNK):
        hashes = _hashes(training[start : start + _CHUNK + SHORTEST - 1])
        likely = np.flatnonzero(table[hashes >> np.uint64(64 - _TABLE_BITS)])
        found = np.minimum(np.searchsorted(wanted, hashes[likely]), len(wanted) - 1)
        yield start + likely[wanted[found] == hashes[likely]]


def _joined(places: Iterator[np.ndarray]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of consecutive numbers."""
    numbers = np.concatenate(list(places))
    if len(numbers):
        gaps = np.flatnonzero(np.diff(numbers) > 1)
        yield from zip(numbers[np.r_[0, gaps + 1]].tolist(), numbers[np.r_[gaps, len(numbers) - 1]].tolist(), strict=True)


def _hashes(text: str) -> np.ndarray:
    """uint64 hashes of the pieces of SHORTEST characters, by their start; each doubling joins two neighbours."""
    hashes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    hashes += np.uint64(1)
    width, factor = 1, _BASE
    while width < SHORTEST:
        hashes = hashes[:-width] * factor + hashes[width:]
        width, factor = 2 * width, np.multiply(factor, factor)
    return hashes
