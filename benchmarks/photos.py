"""Photos and drawings of digits as people make them, built from MNIST's: in boxes, on ruled paper, on transparency, two at a time.

`KINDS` is a table from a name to a function that makes such a picture of digits (28, 28) uint8, and the number of signs in it: a picture
of more than one sign has to be refused.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from rnn_core.tasks.digits import photo_file

SIDE = 900  # pixels
_PAPER, _INK = 0.88, 0.2
Rng = np.random.Generator
Draw = Callable[[ImageDraw.ImageDraw, tuple[float, float, float, float], Rng], None]


@dataclass(frozen=True)
class Kind:
    make: Callable[[list[np.ndarray], Rng], bytes]
    digits: int = 1

    @property
    def readable(self) -> bool:
        return self.digits == 1


def pen(digit: np.ndarray, side: float, rng: Rng, *, turned: float = 4) -> Image.Image:
    """A digit as ink, 0..255, with sharp edges; `side` is that of its whole 28 x 28 square."""
    large = Image.fromarray(digit).resize((round(side), round(side)), Image.Resampling.BICUBIC)
    large = large.filter(ImageFilter.GaussianBlur(side / 90)).rotate(rng.uniform(-turned, turned), Image.Resampling.BICUBIC)
    return large.point(lambda value: min(255, max(0, (value - 96) * 4)))


def _ink(digits: list[np.ndarray], rng: Rng, share: float = 0.4, apart: float = 0.75) -> tuple[Image.Image, tuple]:
    """A layer of ink with the digits side by side, and where the middle one stands: left, top, right, bottom."""
    layer, side = Image.new("L", (SIDE, SIDE)), share * SIDE
    step = apart * side
    left = (SIDE - side - step * (len(digits) - 1)) / 2 + rng.uniform(-20, 20)
    top = (SIDE - side) / 2 + rng.uniform(-20, 20)
    for i, digit in enumerate(digits):
        large = pen(digit, side, rng)
        layer.paste(255, (round(left + i * step), round(top)), large)
    margin = 4 / 28 * side  # around the digits of MNIST
    first = left + step * (len(digits) - 1) / 2
    return layer, (first + margin, top + margin, first + side - margin, top + side - margin)


def _photo(ink: np.ndarray, rng: Rng, printed: np.ndarray | float = 0.0) -> bytes:
    """Ink 0..1 and printed lines 0..1 (of what the paper has) on paper under light from a side, with noise, as JPEG."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    gray = _PAPER * (1 - 0.12 * (np.cos(angle) * x + np.sin(angle) * y) - 0.05 * (x * x + y * y))
    gray = gray * np.minimum(1 - (1 - _INK / _PAPER) * ink, 1 - printed) + rng.normal(0, 0.015, gray.shape)
    image = Image.fromarray((255 * gray.clip(0, 1)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def printed(draw: Draw, *, darkness: float = 0.8, turned: float = 1, share: float = 0.4) -> Callable:
    """Photos of a digit on paper where `draw` printed something around the digit's box."""

    def make(digits: list[np.ndarray], rng: Rng) -> bytes:
        ink, box = _ink(digits, rng, share)
        lines = Image.new("L", (SIDE, SIDE))
        draw(ImageDraw.Draw(lines), box, rng)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        lines = lines.rotate(rng.uniform(-turned, turned), Image.Resampling.BICUBIC, center=middle)
        return _photo(np.asarray(ink) / 255, rng, darkness * np.asarray(lines) / 255)

    return make


def _box(*spaces: float, width: float = 5, radius: float = 0) -> Draw:
    """A box at each distance (of the digit's height) around the digit."""

    def draw(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
        for space in spaces:
            d = space * (box[3] - box[1])
            around = (box[0] - d, box[1] - d, box[2] + d, box[3] + d)
            lines.rounded_rectangle(around, radius * (box[3] - box[1]), outline=255, width=round(width))

    return draw


def _crossed(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    """A box that the digit touches or crosses on one or two sides."""
    high = box[3] - box[1]
    left, top, right, bottom = rng.permutation([-0.08, -0.04, 0.3, 0.4]) * high
    lines.rectangle((box[0] - left, box[1] - top, box[2] + right, box[3] + bottom), outline=255, width=5)


def _comb(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    """Dotted cells side by side, as on forms."""
    high = box[3] - box[1]
    top, bottom, wide = box[1] - 0.2 * high, box[3] + 0.2 * high, 1.35 * high
    first = (box[0] + box[2] - wide) / 2
    for x in np.arange(first - wide, SIDE, wide):
        for y in np.arange(top, bottom, 14):
            lines.rectangle((x, y, x + 4, y + 6), fill=255)
    for y in (top, bottom):
        for x in np.arange(0, SIDE, 14):
            lines.rectangle((x, y, x + 6, y + 4), fill=255)


def _cut(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    """A box whose left and top sides lie outside the picture."""
    high = box[3] - box[1]
    lines.rectangle((-50, -50, box[2] + 0.3 * high, box[3] + 0.3 * high), outline=255, width=5)


def _ruled(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    high = box[3] - box[1]
    for y in np.arange(box[3] % (1.2 * high), SIDE, 1.2 * high):
        lines.line((-SIDE, y, 2 * SIDE, y), fill=255, width=4)


def _squared(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    for at in np.arange(-SIDE + rng.uniform(0, 50), 2 * SIDE, 0.3 * (box[3] - box[1])):
        lines.line((-SIDE, at, 2 * SIDE, at), fill=255, width=3)
        lines.line((at, -SIDE, at, 2 * SIDE), fill=255, width=3)


def _baseline(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    """A line to write on."""
    high = box[3] - box[1]
    lines.line((box[0] - 0.8 * high, box[3] + 4, box[2] + 0.8 * high, box[3] + 4), fill=255, width=5)


def _circle(lines: ImageDraw.ImageDraw, box, rng: Rng) -> None:
    high = box[3] - box[1]
    lines.ellipse((box[0] - 0.35 * high, box[1] - 0.3 * high, box[2] + 0.35 * high, box[3] + 0.3 * high), outline=255, width=8)


def plain(digits: list[np.ndarray], rng: Rng) -> bytes:
    ink, _ = _ink(digits, rng, rng.uniform(0.3, 0.8) if len(digits) == 1 else rng.uniform(0.25, 0.35), rng.uniform(0.7, 1.0))
    return _photo(np.asarray(ink) / 255, rng)


def close(digits: list[np.ndarray], rng: Rng) -> bytes:
    """Side by side as in a number: between the digits a tenth of their height, and more where they are narrow."""
    cropped = []
    for digit in digits:
        columns = np.flatnonzero(digit.max(0) > 60)
        cropped.append(np.pad(digit[:, columns[0] : columns[-1] + 1], ((0, 0), (0, 3))))
    row = np.concatenate(cropped, axis=1)
    missing = max(row.shape) - np.array(row.shape)
    row = np.pad(row, [(n // 2, n - n // 2) for n in missing])
    layer = Image.new("L", (SIDE, SIDE))
    layer.paste(pen(row, 0.55 * SIDE, rng), (200, 200))
    return _photo(np.asarray(layer) / 255, rng)


def letter(digits: list[np.ndarray], rng: Rng) -> bytes:
    """A digit, and a letter of two strokes beside it."""
    ink, box = _ink(digits, rng, 0.35)
    high, draw = box[3] - box[1], ImageDraw.Draw(ink)
    left, thick = box[2] + 0.25 * high, round(0.1 * high)
    for stroke in (((0, 1), (0.3, 0.1), (0.6, 1)), ((0.12, 0.65), (0.48, 0.65))):  # A
        draw.line([(left + x * high, box[1] + y * high) for x, y in stroke], fill=255, width=thick)
    return _photo(np.asarray(ink) / 255, rng)


def broken(digits: list[np.ndarray], rng: Rng) -> bytes:
    """The pen failed across the whole digit, along a line through its middle: strokes that do not touch."""
    ink, box = _ink(digits, rng, 0.5)
    high, x, y = box[3] - box[1], (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    angle, far = rng.uniform(0, np.pi), SIDE
    along = far * np.cos(angle), far * np.sin(angle)
    ImageDraw.Draw(ink).line((x - along[0], y - along[1], x + along[0], y + along[1]), fill=0, width=round(0.06 * high))
    return _photo(np.asarray(ink) / 255, rng)


def transparent(colour: tuple[int, int, int], opaque: float = 1.0, outline: tuple[int, int, int] | None = None) -> Callable:
    """PNG files of a drawing program, with nothing behind the ink."""

    def make(digits: list[np.ndarray], rng: Rng) -> bytes:
        ink, _ = _ink(digits, rng, 0.6)
        image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
        if outline:
            image.paste((*outline, 255), (0, 0), ink.filter(ImageFilter.MaxFilter(9)))
        layer = Image.new("RGBA", (SIDE, SIDE), (*colour, 0))
        layer.putalpha(ink.point(lambda value: round(opaque * value)))
        image = Image.alpha_composite(image, layer)
        out = io.BytesIO()
        image.save(out, "PNG")
        return out.getvalue()

    return make


def cut_out(digits: list[np.ndarray], rng: Rng) -> bytes:
    """A sheet of paper, cut out of its photo: transparent around the sheet."""
    ink, _ = _ink(digits, rng, 0.5)
    image = Image.open(io.BytesIO(_photo(np.asarray(ink) / 255, rng))).convert("RGB")
    sheet = Image.new("L", image.size)
    ImageDraw.Draw(sheet).rounded_rectangle((90, 60, 820, 850), 40, fill=255)
    image.putalpha(sheet.rotate(5))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def drawing(digits: list[np.ndarray], rng: Rng) -> bytes:
    """A drawing (112, 112) like the one that the canvas sends."""
    image = Image.new("L", (112, 112), 255)
    image.paste(Image.fromarray(255 - digits[0]).resize((84, 84), Image.Resampling.BICUBIC), (14, 14))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


KINDS = {
    "drawing": Kind(drawing),
    "paper": Kind(plain),
    "broken pen": Kind(broken),
    "white on transparency": Kind(transparent((255, 255, 255))),
    "black on transparency": Kind(transparent((0, 0, 0))),
    "coloured on transparency": Kind(transparent((250, 120, 60))),
    "pale on transparency": Kind(transparent((255, 255, 255), 0.3)),
    "outlined on transparency": Kind(transparent((255, 255, 255), 1, (20, 20, 20))),
    "sheet cut out": Kind(cut_out),
    "box": Kind(printed(_box(0.3))),
    "tight box": Kind(printed(_box(0.05))),
    "thin gray box": Kind(printed(_box(0.25, width=2), darkness=0.4)),
    "thick box": Kind(printed(_box(0.3, width=16))),
    "double box": Kind(printed(_box(0.2, 0.28, width=4))),
    "round box": Kind(printed(_box(0.25, radius=0.3))),
    "turned box": Kind(printed(_box(0.25), turned=7)),
    "small in its box": Kind(printed(_box(0.4, width=3), share=0.2)),
    "crossed box": Kind(printed(_crossed)),
    "cut box": Kind(printed(_cut)),
    "comb": Kind(printed(_comb)),
    "line to write on": Kind(printed(_baseline)),
    "ruled paper": Kind(printed(_ruled, darkness=0.45)),
    "squared paper": Kind(printed(_squared, darkness=0.35)),
    "dark ruled paper": Kind(printed(_ruled)),
    "dark squared paper": Kind(printed(_squared)),
    "circle": Kind(printed(_circle)),
    "two digits": Kind(plain, 2),
    "two close digits": Kind(close, 2),
    "three digits": Kind(plain, 3),
    "digit and letter": Kind(letter, 2),
    "two digits in a box": Kind(printed(_box(0.9), share=0.3), 2),
}


def gray(kind: str, digits: list[np.ndarray], rng: Rng) -> np.ndarray:
    """Such a picture as `photo_file` reads it."""
    return photo_file.read(KINDS[kind].make(digits, rng))
