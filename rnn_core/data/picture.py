"""From a photo or a drawing of one digit to what a network reads that was trained on MNIST or on scikit-learn's digits."""

import io

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from rnn_core.problem import Problem

MOST_MEGAPIXELS = 30  # of an upload; a decoded pixel takes up to 4 bytes
_LONGER_SIDE = 640  # pixels: a photo is worked on at this size
_WORKING_SIDE = 320  # pixels: enough for a digit that takes a tenth of the photo's width
_SMALLEST = 8  # pixels
# Only formats that Pillow decodes itself: for others, such as EPS, it would start programs.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
_FAINTEST = 0.08  # of the range from black to white: weaker marks are taken for the texture of the paper
_BOX = 20  # pixels: MNIST's digits were scaled into 20x20, http://yann.lecun.com/exdb/mnist/
_ANOTHER = "Take one dark digit on plain light paper, or light on dark, so that it fills about half of the picture."


def read(raw: bytes) -> np.ndarray:
    """Bytes of an image file to gray (height, width) float32, 0 black to 1 white, longer side at most 640 pixels.

    Turned as the camera says, transparency laid on white, of an animation the first frame. Raises `Problem` for what is
    no picture, is damaged, has more than `MOST_MEGAPIXELS` or fewer than 8x8 pixels.
    """
    if not raw:
        raise Problem("The file is empty (0 bytes), so there is nothing to see. Choose a PNG or JPEG file.")
    try:
        image = Image.open(io.BytesIO(raw), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large("more than 170") from None  # Pillow does not say how large
    except Exception:  # each format has its own way to fail on a broken header
        heic = raw[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")
        what = (
            "is an HEIC photo, which is not read here" if heic else "is not a picture that can be read, or its beginning is damaged"
        )
        raise Problem(f"The file {what}. Save it as PNG or JPEG (a screenshot of it will do) and choose that.") from None
    width, height = image.size
    if width * height > MOST_MEGAPIXELS * 1e6:
        raise _too_large(f"{width:,} x {height:,} = {width * height / 1e6:.0f}")
    shrink = max(1.0, max(width, height) / _LONGER_SIDE)
    if min(width, height) < _SMALLEST * shrink:
        raise Problem(
            f"The picture has only {width:,} x {height:,} pixels, too few to see a digit in it. "
            f"Choose one with at least {_SMALLEST} x {_SMALLEST} pixels that is not a narrow strip."
        )
    try:
        return _gray(image)
    except Exception:  # what a decoder raises on damaged data: OSError, SyntaxError, struct.error, zlib.error and others
        raise Problem(
            "The picture is damaged: its data end too early or do not fit. Save or send it again, and choose the new file."
        ) from None


def _too_large(megapixels: str) -> Problem:
    return Problem(
        f"The picture has {megapixels} megapixels; at most {MOST_MEGAPIXELS} are read, so that memory suffices. "
        "Scale it down, or take a screenshot of it, and choose that."
    )


def _gray(image: Image.Image) -> np.ndarray:
    image.draft("L", (_LONGER_SIDE, _LONGER_SIDE))  # JPEG: decoded at 1/2, 1/4 or 1/8 of its size, never below the one wanted
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image.thumbnail((_LONGER_SIDE, _LONGER_SIDE), reducing_gap=2.0)
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    elif image.mode.startswith(("I", "F")):  # 16 bits a pixel, or floats: Pillow's own conversion would cut off, not scale
        values = np.asarray(image, np.float32)
        highest = 65535 if image.mode.startswith("I") else max(1.0, float(values.max()))
        image = Image.fromarray((np.clip(values / highest, 0, 1) * 255).astype(np.uint8))
    image = image.convert("L")
    image.thumbnail((_LONGER_SIDE, _LONGER_SIDE), reducing_gap=2.0)
    return np.asarray(image, np.float32) / 255


def digit(gray: np.ndarray, size: int = 28) -> np.ndarray:
    """The digit in `gray` (height, width; 0..1), bright on dark, as uint8 (size, size).

    28: values 0..255, made as MNIST was: scaled into 20x20 keeping the aspect ratio, centre of mass in the centre.
    8: values 0..16, made as scikit-learn's digits were: a bitmap of 32x32, ink counted in blocks of 4x4
    (https://archive.ics.uci.edu/dataset/80). Raises `Problem` where no digit stands out or nearly all is ink.
    """
    if size not in (8, 28):
        raise ValueError(f"size must be 8 or 28; it is {size}")
    ink = _one_digit(_contrast(gray))
    if size == 28:
        return _like_mnist(_thick_enough(ink, 0.1))
    return _like_optdigits(_thick_enough(ink, 0.16))


def _contrast(gray: np.ndarray) -> np.ndarray:
    """How much each pixel stands out from its paper, >= 0, whether the ink is the darker or the lighter one."""
    smooth = _smooth(gray)
    difference = smooth - _paper(smooth)
    weight = _towards_the_middle(smooth.shape)  # what lies at the border may be the table
    ink_is_lighter = float((weight * difference**3).sum()) > 0  # cubed: few pixels far from the paper outvote its noise
    contrast = np.maximum(difference if ink_is_lighter else -difference, 0)
    # Standard deviation of the paper, from the median deviation; capped, since a digit that fills its picture is no noise.
    noise = min(0.06, 1.48 * float(np.median(np.abs(difference))))
    if contrast.max() < max(_FAINTEST, 4 * noise):
        raise Problem(f"No digit stands out: the picture is all one colour, or its marks are too faint. {_ANOTHER}")
    return np.where(contrast > max(_FAINTEST / 2, 3 * noise), contrast, 0)


def _smooth(gray: np.ndarray) -> np.ndarray:
    """Without the noise of a camera, and small enough that a digit is found within milliseconds."""
    image = Image.fromarray((np.clip(gray, 0, 1) * 255).round().astype(np.uint8))  # Pillow blurs no floats
    if max(image.size) > _WORKING_SIDE:
        image.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.HAMMING)
        image = image.filter(ImageFilter.GaussianBlur(0.7))
    return np.asarray(image, np.float32) / 255


def _towards_the_middle(shape: tuple[int, int]) -> np.ndarray:
    """Weights of a picture's pixels: 1 in the middle, 0 at the border."""
    rows, columns = (np.sin(np.pi * (np.arange(n) + 0.5) / n) for n in shape)
    return np.outer(rows, columns)


def _paper(gray: np.ndarray) -> np.ndarray:
    """The brightness that the bare paper has at each pixel: a curved surface laid through what is not ink.

    A surface of the second order follows light that falls from one side and the darker corners of a lens, but no stroke.
    Fitted with weights that fall where a pixel is far from it (iteratively reweighted least squares, Cauchy's weights).
    """
    small = np.asarray(Image.fromarray(gray.astype(np.float32)).resize((48, 48), Image.Resampling.BOX))
    y, x = (a.ravel() for a in np.mgrid[-1:1:48j, -1:1:48j])
    terms, values = _surface_terms(x, y), small.ravel()
    weights = np.where(np.maximum(np.abs(x), np.abs(y)) > 0.6, 1.0, 0.05)  # begins with the margin, which is seldom ink
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


def _one_digit(contrast: np.ndarray) -> np.ndarray:
    """The digit's strokes 0..1, cropped; specks, frame lines and what comes in from the border are left out."""
    mask = contrast > _otsu(contrast)
    labels = _components(mask)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    boxes = _boxes(labels)
    height, width = mask.shape
    middle = np.bincount(labels.ravel(), (_towards_the_middle(mask.shape) * contrast).ravel())
    middle[0] = 0
    framing = _framing(labels, areas, boxes)
    if framing[1:].all():
        raise Problem(f"No digit was found, only a frame or a shadow at the border. {_ANOTHER}")
    middle[framing] = 0
    main = int(middle.argmax())
    if areas[main] < max(4, 2e-4 * mask.size):
        raise Problem(f"No digit was found, only specks. {_ANOTHER}")
    top, bottom, left, right = boxes[main]
    reach = 0.3 * max(bottom - top, right - left)  # strokes of one digit, such as the bar of a 5, lie close together
    at_border = (boxes[:, 0] == 0) | (boxes[:, 2] == 0) | (boxes[:, 1] == height) | (boxes[:, 3] == width)
    near = (
        (boxes[:, 0] < bottom + reach) & (boxes[:, 1] > top - reach)
        & (boxes[:, 2] < right + reach) & (boxes[:, 3] > left - reach)
    )  # fmt: skip
    keep = near & ~framing & (areas >= 0.04 * areas[main]) & (~at_border | at_border[main])
    keep[main] = True
    kept = keep[labels]
    level = float(np.percentile(contrast[kept], 60))
    rows, columns = np.flatnonzero(kept.any(1)), np.flatnonzero(kept.any(0))
    crop = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    tall, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    if kept[crop].mean() > 0.8 and wide > 0.5 * tall:  # no written digit fills more of its box, but for an upright 1
        raise Problem(f"Nearly all is ink, so that no strokes are seen. Use a thinner pen. {_ANOTHER}")
    return np.where(_widened(kept, 1), np.clip(1.6 * contrast / level - 0.3, 0, 1), 0)[crop]


def _otsu(values: np.ndarray) -> float:
    """The threshold that parts ink from paper with the largest variance between the two (Otsu, 1979)."""
    counts, edges = np.histogram(values, 128)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * centres)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(centres[np.nanargmax(between)])


def _components(mask: np.ndarray) -> np.ndarray:
    """Labels 1, 2, ... of connected strokes (8 neighbours), 0 elsewhere: runs of each row, united with those above."""
    height, width = mask.shape
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, start = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    parent = list(range(len(row)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    first = np.searchsorted(row, np.arange(height + 1)).tolist()
    starts, ends = start.tolist(), end.tolist()
    for y in range(1, height):
        above, here = first[y - 1], first[y]
        while above < first[y] and here < first[y + 1]:
            if starts[here] <= ends[above] and starts[above] <= ends[here]:
                parent[root(here)] = root(above)
            if ends[above] < ends[here]:
                above += 1
            else:
                here += 1
    names = np.unique([root(i) for i in range(len(row))], return_inverse=True)[1] + 1
    change = np.zeros((height, width + 1), np.int64)
    change[row, start] = names
    np.subtract.at(change, (row, end), names)
    return np.cumsum(change, axis=1)[:, :width]


def _boxes(labels: np.ndarray) -> np.ndarray:
    """(labels, 4): top, bottom, left, right of each; bottom and right are exclusive."""
    boxes = np.tile([labels.shape[0], 0, labels.shape[1], 0], (labels.max() + 1, 1))
    y, x = np.nonzero(labels)
    name = labels[y, x]
    np.minimum.at(boxes[:, 0], name, y)
    np.maximum.at(boxes[:, 1], name, y + 1)
    np.minimum.at(boxes[:, 2], name, x)
    np.maximum.at(boxes[:, 3], name, x + 1)
    return boxes


def _framing(labels: np.ndarray, areas: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which parts belong to the border of the photo: most of them lies in its outer tenth, or they run along a whole side."""
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
    """Strokes of a fine pen widened to that share of the digit's longer side; thicker ones as they are."""
    mask = np.pad(ink > 0.5, 1)
    outline = int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())
    thickness = 2 * mask.sum() / (0.8 * max(1, outline))  # a slanted edge is counted longer than it is: 0.8 on average
    missing = round((share * max(ink.shape) - thickness) / 2)
    if missing < 1:
        return ink
    image = Image.fromarray((np.pad(ink, missing) * 255).astype(np.uint8))
    for _ in range(missing):
        image = image.filter(ImageFilter.MaxFilter(3))
    return np.asarray(image, np.float32) / 255


def _like_mnist(ink: np.ndarray) -> np.ndarray:
    scale = _BOX / max(ink.shape)
    height, width = (max(1, round(n * scale)) for n in ink.shape)
    small = _resized(ink, height, width)
    mass = small.sum()
    found = np.zeros((28, 28), np.float32)
    # 14, not 13.5: the mean centre of mass of MNIST's own images
    top = int(np.clip(round(14 - float(small.sum(1) @ np.arange(height) / mass)), 0, 28 - height))
    left = int(np.clip(round(14 - float(small.sum(0) @ np.arange(width) / mass)), 0, 28 - width))
    found[top : top + height, left : left + width] = small
    return np.round(found * 255).astype(np.uint8)


def _like_optdigits(ink: np.ndarray) -> np.ndarray:
    """Its digits are always as high as the bitmap, and at most about 24 of its 32 columns wide."""
    width = int(np.clip(round(32 * ink.shape[1] / ink.shape[0]), 4, 24))
    bitmap = np.zeros((32, 32), np.uint8)
    left = (32 - width) // 2
    bitmap[:, left : left + width] = _resized(ink, 32, width) > 0.5
    return bitmap.reshape(8, 4, 8, 4).sum((1, 3)).astype(np.uint8)


def _resized(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scaled with anti-aliasing, 0..1."""
    image = Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.HAMMING)
    return np.clip(np.asarray(image), 0, 1)
