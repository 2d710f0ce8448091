"""An input for the Inside page, which a task's view provides: what is read, the names of its timesteps, and what answers mean."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MOST_TIMESTEPS = 2000  # that are read

Answer = tuple[str, float | None]  # in words, and its probability if it has one


@dataclass(frozen=True)
class Reading:
    inputs: np.ndarray  # ids (time,) or vectors (time, features)
    labels: tuple[str, ...]  # of the timesteps, short
    item: str  # what one timestep reads, such as "character"
    # (logits (points, outputs), timesteps read (points,)) -> the likeliest answers of each point
    answers: Callable[[np.ndarray, np.ndarray], list[list[Answer]]]
    asks: str  # what stands before the answers, such as "Next character"
    picture: np.ndarray | None = None  # (side, side) uint8, 255 ink, if the input is a picture
    reads: str = ""  # what a timestep reads of the picture: "rows", "columns" or "pixels", in the order of reading
    note: str = ""  # a sentence about the input


@dataclass(frozen=True)
class Followed:
    """Something that a person knows about the input, and the units of a layer that follow it."""

    label: str
    help: str
    units: tuple[tuple[int, str, float], ...]  # (unit, its state, correlation), the strongest first


@dataclass(frozen=True)
class Following:
    """What the units of a layer follow."""

    when: str  # the epoch of the weights, in words
    features: tuple[Followed, ...]
