"""Separates printed lines and frames from the marks of one digit on paper.

Masks are (height, width) bool, True for ink; lengths are in pixels. Functions import SciPy when they run: that takes half a
second and 30 MB, and only photos and drawings need it.
"""

from dataclasses import dataclass

import numpy as np

_SHORTEST = 0.18  # of the picture's longer side: the shortest line that is removed; at least 40 pixels
_SLANTS = np.arange(-9, 10, 1.5)  # degrees by which a line may be turned
_GAP = 7  # pixels between the dots of a dotted line
_SLIMMEST = 0.06  # largest thickness of a line divided by its length; strokes of a digit are thicker
_ALL_SIDES = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Line:
    where: np.ndarray  # mask
    start: int
    end: int
    thickness: float

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Marks:
    """Connected strokes, numbered from 1 in `labels`; row 0 of the others is the paper."""

    labels: np.ndarray
    areas: np.ndarray  # pixels
    boxes: np.ndarray  # (marks, 4): top, bottom, left, right; bottom and right are exclusive

    @classmethod
    def of(cls, mask: np.ndarray) -> "Marks":
        from scipy import ndimage

        labels, count = ndimage.label(mask, _ALL_SIDES)
        areas = np.bincount(labels.ravel(), minlength=count + 1)
        areas[0] = 0
        boxes = [(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in ndimage.find_objects(labels)]
        return cls(labels, areas, np.array([(0, 0, 0, 0), *boxes]))

    @property
    def sizes(self) -> np.ndarray:
        """(marks, 2): height and width."""
        return self.boxes[:, 1::2] - self.boxes[:, ::2]

    def frames(self) -> np.ndarray:
        """Which marks (marks,) enclose another one that is at least a quarter as high: boxes and circles."""
        from scipy import ndimage

        around = np.zeros(len(self.areas), bool)
        for mark in np.flatnonzero(self.sizes.min(1) >= 20):
            top, bottom, left, right = self.boxes[mark]
            labels = self.labels[top:bottom, left:right]
            inside = np.unique(labels[ndimage.binary_fill_holes(labels == mark) & (labels != mark)])
            around[mark] = any(self.sizes[other, 0] >= 0.25 * (bottom - top) for other in inside[inside > 0])
        return around

    def strokes_of(self, main: int, candidates: np.ndarray) -> np.ndarray:
        """Which marks (marks,) are strokes of the same digit as `main`, among the candidates: the bar of a 5, parts of a broken line."""
        from scipy import ndimage

        group = np.arange(len(self.areas)) == main
        while True:
            far = ndimage.distance_transform_edt(~group[self.labels])
            distances = ndimage.minimum(far, self.labels, np.arange(len(self.areas)))
            joined = [
                mark for mark in np.flatnonzero(candidates & ~group)
                if _same_digit(self._box_of(group), self.boxes[mark], distances[mark])
            ]  # fmt: skip
            if not joined:
                return group
            group[min(joined, key=lambda mark: distances[mark])] = True

    def _box_of(self, group: np.ndarray) -> np.ndarray:
        return _union(self.boxes[group])


def _union(boxes: np.ndarray) -> np.ndarray:
    return np.array([boxes[:, 0].min(), boxes[:, 1].max(), boxes[:, 2].min(), boxes[:, 3].max()])


def _same_digit(digit: np.ndarray, stroke: np.ndarray, distance: float) -> bool:
    height, width = digit[1] - digit[0], digit[3] - digit[2]
    high, wide = stroke[1] - stroke[0], stroke[3] - stroke[2]
    size = max(height, width, high, wide)
    if distance > 0.12 * size:  # only a flat stroke, such as the bar of a 5, or a short one lies that far away
        return distance <= 0.3 * size and high <= 0.45 * max(height, high)
    union = _union(np.array([digit, stroke]))
    side_by_side = min(digit[3], stroke[3]) - max(digit[2], stroke[2]) < 0.2 * min(width, wide)
    return not (
        side_by_side and min(height, high) > 0.65 * (union[1] - union[0]) and union[3] - union[2] > 1.1 * (union[1] - union[0])
    )


def without_frames(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """The mask without boxes and circles around other marks, and the number of those."""
    marks = Marks.of(mask)
    frames = marks.frames()
    return mask & ~frames[marks.labels], int(frames.sum())


def without_lines(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """The mask without printed lines (boxes, combs, ruled and squared paper), and the number of those.

    A stroke that crosses a line or runs along it stays, because the ink is thicker than the line there. A line counts as
    printed if it spans the picture, is thinner than the pen, is much longer than the writing, or is part of a box.
    """
    across, down = _lines(mask), _lines(mask.T)
    if not across and not down:
        return mask, 0
    rest = _removed(_removed(mask.T, down).T, across)
    if not (main := _main_box(rest)):
        return (rest, 4) if len(across) == len(down) == 2 else (mask, 0)  # an empty box; or the lines are the digit
    height, width, pen = main
    boxed = _boxed(across, down, height, width)
    one_way = not (across and down)  # a 1 with a foot has both

    def is_printed(line: Line, side: int, longest_stroke: float) -> bool:
        longer = one_way and line.length > max(longest_stroke, 0.9 * max(height, width))
        return boxed or longer or line.length > 0.9 * side or line.thickness < 0.6 * pen

    across = [line for line in across if is_printed(line, mask.shape[1], 1.6 * width)]
    down = [line for line in down if is_printed(line, mask.shape[0], 3.5 * max(height, width))]
    return _removed(_removed(mask.T, down).T, across), len(across) + len(down)


def _boxed(across: list[Line], down: list[Line], height: int, width: int) -> bool:
    """Whether there are at least three sides of a box that is about as large as the writing, or larger."""
    sides = sum(line.length > 0.8 * width for line in across), sum(line.length > 0.8 * height for line in down)
    return min(sides) >= 1 and sum(sides) >= 3


def _main_box(mask: np.ndarray) -> tuple[int, int, float] | None:
    """Height, width and stroke thickness of the largest mark; None if only remains of lines are left."""
    marks = Marks.of(mask)
    main = int(marks.areas.argmax())
    if max(marks.sizes[main]) < 0.08 * max(mask.shape):
        return None
    return (*marks.sizes[main].tolist(), thickness(marks.labels == main))


def thickness(mask: np.ndarray) -> float:
    """Mean thickness of strokes in pixels."""
    mask = np.pad(mask, 1)
    outline = int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())
    return 2 * mask.sum() / (0.8 * max(1, outline))  # the count overestimates slanted edges; the factor is 0.8 on average


def _lines(mask: np.ndarray) -> list[Line]:
    """Straight thin lines from left to right, turned by at most 9 degrees, dotted ones included."""
    from scipy import ndimage

    shortest = max(40, round(_SHORTEST * max(mask.shape)))
    height, width = mask.shape
    straight, columns = np.zeros(mask.shape, bool), np.arange(width)
    margin = int(np.tan(np.radians(_SLANTS[-1])) * width) + 1
    padded = np.pad(mask, ((margin, margin), (0, 0)))
    rows = np.arange(margin, margin + height)[:, None]
    everywhere = np.arange(len(padded))[:, None]
    for slant in _SLANTS:
        shift = np.round(np.tan(np.radians(slant)) * (columns - width / 2)).astype(int)[None]
        level = padded[(everywhere + shift) % len(padded), columns[None]].astype(np.uint8)
        level = ndimage.maximum_filter(level, (3, _GAP), mode="constant")  # a line may leave its row of pixels
        level = ndimage.minimum_filter1d(level, _GAP, axis=1, mode="constant")
        long = (_run_lengths(level.T.astype(bool)) >= shortest).T
        straight |= long[(rows - shift) % len(padded), columns[None]]
    thick = _run_lengths(mask)
    labels, count = ndimage.label(straight, _ALL_SIDES)
    lines = []
    for mark in range(1, count + 1):
        where = (labels == mark) & mask
        if not where.any():
            continue
        ink = np.flatnonzero(where.any(0))
        thinnest = np.where(where, thick, height)[:, ink].min(0)  # in each column; strokes that cross a line are thicker
        line = Line(where, int(ink[0]), int(ink[-1]) + 1, float(np.median(thinnest)))
        if line.length >= 0.9 * shortest and line.thickness <= max(3, _SLIMMEST * line.length):
            lines.append(line)
    return lines


def _removed(mask: np.ndarray, lines: list[Line]) -> np.ndarray:
    """The mask without lines from left to right, except where they are thicker than usual."""
    for line in lines:
        around = np.zeros_like(mask)
        for shift in (-1, 0, 1):
            around |= np.roll(line.where, shift, axis=0)
        mask = mask & ~(around & (_run_lengths(mask) <= 1.5 * line.thickness + 1))
    return mask


def _run_lengths(mask: np.ndarray) -> np.ndarray:
    """For each pixel of ink, the length of its vertical run of ink; 0 for paper."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask, [[0, 1, 0]] * 3)
    lengths = np.bincount(labels.ravel())
    lengths[0] = 0
    return lengths[labels]
