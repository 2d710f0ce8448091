"""Drawings as lines: a digit to begin with, and some that show no digit. A network without the answer "none of these" calls each of
them a digit.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np

_PEN = 1 / 11  # width of the pen in sides of the drawing; the pen of the canvas is as wide

Line = Sequence[tuple[float, float]]  # points (x, y) from 0 to 1, from the top left corner


def _arc(centre: tuple[float, float], radius: float, start: float, end: float) -> Line:
    """Part of a circle; angles in degrees, 0 to the right and 90 down."""
    angles = np.radians(np.linspace(start, end, 60))
    return list(zip(centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles), strict=True))


def _smiley() -> list[Line]:
    eyes = [[(x, 0.32), (x, 0.42)] for x in (0.35, 0.65)]  # apart from every other line by more than a pixel of 28 × 28 pixels
    return [_arc((0.5, 0.5), 0.44, 0, 360), *eyes, _arc((0.5, 0.46), 0.26, 35, 145)]


def _square() -> list[Line]:
    return [[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)]]


def _letter_a() -> list[Line]:
    return [[(0.22, 0.86), (0.5, 0.14), (0.78, 0.86)], [(0.33, 0.6), (0.67, 0.6)]]


def _two() -> list[Line]:
    return [[*_arc((0.48, 0.36), 0.2, 190, 385), (0.58, 0.56), (0.3, 0.8), (0.5, 0.76), (0.74, 0.8)]]


NO_DIGITS: dict[str, Callable[[], list[Line]]] = {
    "Smiley": _smiley,
    "A square": _square,
    "Letter A": _letter_a,
    "Nothing at all": list,
}


FIRST = "A two"
_DRAWINGS = {FIRST: _two, **NO_DIGITS}


@cache
def drawing(name: str, side: int) -> np.ndarray:
    """A drawing, `FIRST` or one of `NO_DIGITS`, as gray (side, side) float32, 1 paper and 0 ink. Do not change the array."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    distance = np.full((side, side), np.inf)
    for line in _DRAWINGS[name]():
        for start, end in pairwise(line):
            distance = np.minimum(distance, _distance(x, y, np.array(start), np.array(end)))
    return (0.5 + side * (distance - _PEN / 2)).clip(0, 1).astype(np.float32)  # the edge is one pixel wide


def _distance(x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The distance of each point from the nearest point of a line."""
    along = end - start
    share = (((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (along @ along)).clip(0, 1)
    return np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
