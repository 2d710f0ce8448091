"""From a photo or drawing of one digit to an image like those of MNIST or of scikit-learn's digits."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from rnn_core.errors import UserError
from rnn_core.tasks.digits import marks
from rnn_core.tasks.digits.photo_file import read as read

_WORKING_SIDE = 320  # pixels: enough for a digit of a tenth of the photo's width
_FAINTEST = 0.08  # of the range from black to white; weaker marks count as texture of the paper
_BOX = 20  # pixels: MNIST's digits were scaled into 20x20, http://yann.lecun.com/exdb/mnist/
_WIDEST = 2.0  # width divided by height; no MNIST digit is wider
_ADVICE = "Show one dark digit on plain light paper, or light on dark, that fills about half of the picture."


@dataclass(frozen=True)
class DigitStrokes:
    """The strokes of one digit in a picture."""

    ink: np.ndarray  # (height, width), 0 to 1, cropped to the strokes
    frame_removed: bool  # whether printed lines or a frame were removed

    def scaled(self, size: int = 28) -> np.ndarray:
        """An image (size, size) uint8, bright on dark.

        Size 28: values 0 to 255, as in MNIST: scaled into 20 x 20 with the same aspect ratio, centre of mass in the centre.
        Size 8: values 0 to 16, as in scikit-learn's digits: a bitmap of 32 x 32, ink counted in blocks of 4 x 4
        (https://archive.ics.uci.edu/dataset/80).
        """
        if size not in (8, 28):
            raise ValueError(f"size must be 8 or 28; it is {size}")
        if size == 28:
            return _like_mnist(_thick_enough(self.ink, 0.1))
        return _like_optdigits(_thick_enough(self.ink, 0.16))


def find(gray: np.ndarray) -> DigitStrokes:
    """The digit in `gray` (height, width), 0 to 1. Raises `UserError` if there is none or more than one, or nearly all is ink."""
    return _one_digit(_contrast(gray))


def digit(gray: np.ndarray, size: int = 28) -> np.ndarray:
    """The digit in `gray` as input of a network; see `find` and `DigitStrokes.scaled`."""
    return find(gray).scaled(size)


def _contrast(gray: np.ndarray) -> np.ndarray:
    """The difference of each pixel from the paper, at least 0, for dark ink on light paper and for light ink on dark paper."""
    smooth = _smooth(gray)
    difference = smooth - _paper(smooth)
    weight = _towards_the_middle(smooth.shape)  # the border may show the table
    ink_is_lighter = float((weight * difference**3).sum()) > 0  # cubed: a few pixels far from the paper count more than its noise
    contrast = np.maximum(difference if ink_is_lighter else -difference, 0)
    # Standard deviation of the paper, from the median deviation; capped, since a digit that fills the picture is not noise.
    noise = min(0.06, 1.48 * float(np.median(np.abs(difference))))
    if contrast.max() < max(_FAINTEST, 4 * noise):
        raise UserError(f"No digit stands out: the picture is all one colour, or its marks are too faint. {_ADVICE}")
    return np.where(contrast > max(_FAINTEST / 2, 3 * noise), contrast, 0)


def _smooth(gray: np.ndarray) -> np.ndarray:
    """Without camera noise, and small enough to find a digit within milliseconds."""
    image = Image.fromarray((np.clip(gray, 0, 1) * 255).round().astype(np.uint8))  # Pillow cannot blur floats
    if max(image.size) > _WORKING_SIDE:
        image.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.HAMMING)
        image = image.filter(ImageFilter.GaussianBlur(0.7))
    return np.asarray(image, np.float32) / 255


def _towards_the_middle(shape: tuple[int, int]) -> np.ndarray:
    """Weights of a picture's pixels: 1 in the middle, 0 at the border."""
    rows, columns = (np.sin(np.pi * (np.arange(n) + 0.5) / n) for n in shape)
    return np.outer(rows, columns)


def _paper(gray: np.ndarray) -> np.ndarray:
    """The brightness of the empty paper at each pixel: a curved surface fitted to the pixels without ink.

    A surface of second order follows light from one side and the dark corners of a lens, but not strokes. Pixels far from the
    surface get small weights (iteratively reweighted least squares with Cauchy weights).
    """
    small = np.asarray(Image.fromarray(gray.astype(np.float32)).resize((48, 48), Image.Resampling.BOX))
    y, x = (a.ravel() for a in np.mgrid[-1:1:48j, -1:1:48j])
    terms, values = _surface_terms(x, y), small.ravel()
    weights = np.where(np.maximum(np.abs(x), np.abs(y)) > 0.6, 1.0, 0.05)  # the fit starts with the margin, which is seldom ink
    values_away = np.abs(values - np.median(values[weights == 1.0]))
    for _ in range(12):
        scale = max(0.01, 2 * float(np.median(values_away)))
        root = np.sqrt(weights / (1 + (values_away / scale) ** 2))
        surface = np.linalg.lstsq(terms * root[:, None], values * root, rcond=None)[0]
        values_away = np.abs(values - terms @ surface)
        weights = np.ones_like(weights)
    rows, columns = np.linspace(-1, 1, gray.shape[0]), np.linspace(-1, 1, gray.shape[1])
    y, x = np.meshgrid(rows, columns, indexing="ij")
    return (_surface_terms(x.ravel(), y.ravel()) @ surface).reshape(gray.shape)


def _surface_terms(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _one_digit(contrast: np.ndarray) -> DigitStrokes:
    """The digit's strokes, cropped, without specks, lines, frames and marks at the border. Raises `UserError`."""
    mask, frames = marks.without_frames(contrast > _otsu(contrast))
    mask, lines = marks.without_lines(mask)
    parts = marks.Marks.of(mask)
    areas, boxes = parts.areas, parts.boxes
    height, width = mask.shape
    framing = _framing(parts.labels, areas, boxes)
    if framing[1:].all():
        raise UserError(f"No digit was found, only a frame or a shadow at the border. {_ADVICE}")
    middle = np.bincount(parts.labels.ravel(), (_towards_the_middle(mask.shape) * contrast).ravel(), len(areas))
    middle[0] = 0
    middle[framing] = 0
    main = int(middle.argmax())
    if areas[main] < max(4, 2e-4 * mask.size):
        raise UserError(f"No digit was found, only specks. {_ADVICE}")
    at_border = (boxes[:, 0] == 0) | (boxes[:, 2] == 0) | (boxes[:, 1] == height) | (boxes[:, 3] == width)
    inside = ~framing & ~at_border
    digit_marks = parts.strokes_of(main, inside & (areas >= 0.04 * areas[main]))
    ink = digit_marks[parts.labels]
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    crop = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    tall, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    others = inside & ~digit_marks & (areas >= 0.15 * ink.sum()) & (parts.sizes.max(1) >= 0.45 * max(tall, wide))
    if others.any() or wide > _WIDEST * tall:
        raise UserError(
            "The picture seems to show more than one digit, but only one can be read. "
            "Crop the picture to one digit, and choose that."
        )
    if ink[crop].mean() > 0.8 and wide > 0.5 * tall:  # of written digits, only an upright 1 fills more of its box
        raise UserError(f"Nearly all is ink, so no strokes are visible. Use a thinner pen. {_ADVICE}")
    level = float(np.percentile(contrast[ink], 60))
    strokes = np.where(_widened(ink, 1), np.clip(1.6 * contrast / level - 0.3, 0, 1), 0)[crop]
    return DigitStrokes(strokes, bool(frames or lines))


def _otsu(values: np.ndarray) -> float:
    """The threshold between ink and paper with the largest variance between the two (Otsu 1979)."""
    counts, edges = np.histogram(values, 128)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * centres)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(centres[np.nanargmax(between)])


def _framing(labels: np.ndarray, areas: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which parts belong to the border of the photo: most of the part is in its outer tenth, or it runs along a whole side."""
    height, width = labels.shape
    inside = np.zeros(labels.shape, bool)
    inside[round(0.1 * height) : round(0.9 * height), round(0.1 * width) : round(0.9 * width)] = True
    in_the_margin = 1 - np.bincount(labels[inside], minlength=len(areas)) / np.maximum(areas, 1)
    tall, wide = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
    sides = np.stack([(labels[[0, -1]] > 0).mean(1), (labels[:, [0, -1]] > 0).mean(0)]).max()
    along = ((tall > 0.95 * height) | (wide > 0.95 * width)) & (sides > 0.5)
    lies_there = in_the_margin > np.where(np.maximum(tall / height, wide / width) > 0.5, 0.55, 0.9)
    return lies_there | (along & (in_the_margin > 0.4))


def _widened(mask: np.ndarray, pixels: int) -> np.ndarray:
    return np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * pixels + 1))) > 0


def _thick_enough(ink: np.ndarray, share: float) -> np.ndarray:
    """Strokes widened to at least this share of the digit's longer side."""
    missing = round((share * max(ink.shape) - marks.thickness(ink > 0.5)) / 2)
    if missing < 1:
        return ink
    image = Image.fromarray((np.pad(ink, missing) * 255).astype(np.uint8))
    for _ in range(missing):
        image = image.filter(ImageFilter.MaxFilter(3))
    return np.asarray(image, np.float32) / 255


def _like_mnist(ink: np.ndarray) -> np.ndarray:
    """An image like MNIST's, (28, 28) uint8."""
    scale = _BOX / max(ink.shape)
    height, width = (max(1, round(n * scale)) for n in ink.shape)
    small = _resized(ink, height, width)
    mass = small.sum()
    image = np.zeros((28, 28), np.float32)
    # 14, not 13.5: the mean centre of mass of MNIST's own images
    top = int(np.clip(round(14 - float(small.sum(1) @ np.arange(height) / mass)), 0, 28 - height))
    left = int(np.clip(round(14 - float(small.sum(0) @ np.arange(width) / mass)), 0, 28 - width))
    image[top : top + height, left : left + width] = small
    return np.round(image * 255).astype(np.uint8)


def _like_optdigits(ink: np.ndarray) -> np.ndarray:
    """An image like scikit-learn's digits, which are as high as the bitmap and at most about 24 of its 32 columns wide."""
    width = int(np.clip(round(32 * ink.shape[1] / ink.shape[0]), 4, 24))
    bitmap = np.zeros((32, 32), np.uint8)
    left = (32 - width) // 2
    bitmap[:, left : left + width] = _resized(ink, 32, width) > 0.5
    return bitmap.reshape(8, 4, 8, 4).sum((1, 3)).astype(np.uint8)


def _resized(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scaled with anti-aliasing; values from 0 to 1."""
    image = Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.HAMMING)
    return np.clip(np.asarray(image), 0, 1)
