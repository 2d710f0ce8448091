"""From the bytes of an uploaded picture to gray values, with limited memory for any file."""

import io
import re
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from rnn_core.errors import UserError

LONGER_SIDE = 640  # pixels: photos are scaled down to this size
MOST_MEGAPIXELS = 30
_SMALLEST = 8  # pixels
_LARGEST_EXIF = 1_000_000  # bytes; one segment of a JPEG has at most 64 KB, and larger Exif blocks only cost time
_MOST_PARTS = {"scans": 40, "exif": 40, "segments": 1000, "chunks": 20_000, "strips": 70_000}


@dataclass(frozen=True)
class Limits:
    megapixels: int  # depends on the memory of the decoder
    megabytes: int  # of the file


# Pillow decodes these formats itself; for others, such as EPS, it would start programs.
_FORMATS = {
    "JPEG": Limits(MOST_MEGAPIXELS, 40),
    "PNG": Limits(MOST_MEGAPIXELS, 60),
    "BMP": Limits(MOST_MEGAPIXELS, 60),
    "TIFF": Limits(16, 60),
    "WEBP": Limits(12, 20),
    "GIF": Limits(MOST_MEGAPIXELS, 10),  # Python reads its blocks one by one
}
MOST_MEGABYTES = max(limits.megabytes for limits in _FORMATS.values())
_DECODERS = ("raw", "zip", "jpeg", "gif", "libtiff")  # in C; Pillow's others are Python loops over each pixel
_UNSUPPORTED = (  # first bytes and names of other files
    (rb".{4}ftyp(heic|heix|hevc|mif1|msf1)", "an HEIC photo"),
    (rb".{4}ftyp(avif|avis)", "an AVIF picture"),
    (rb".{4}ftyp", "a video"),
    (rb"%PDF", "a PDF document"),
    (rb"(\xef\xbb\xbf)?\s*<(svg|\?xml|!DOCTYPE svg|!--)", "an SVG drawing"),
    (rb"8BPS", "a Photoshop file"),
    (rb"\x00\x00\x01\x00", "an icon file"),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"\x00\x00\x00\x0cJXL |\xff\x0a", "a JPEG XL picture"),
    (rb"gimp xcf", "a GIMP file"),
    (rb"PK\x03\x04", "a ZIP archive or an Office document"),
    (rb"%!PS", "a PostScript file"),
    (rb"P[1-7Ff]\s", "a PPM picture"),
    (rb"II\x2b\x00|MM\x00\x2b", "a BigTIFF picture"),
)
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")  # start of a JPEG's segment
_NUMBERS = (3, 4, 5, 8, 9, 10, 11, 12, 13, 16)  # types of TIFF tags that become one Python object per number
_ONE_AT_A_TIME = threading.Lock()  # a decoded picture takes up to 120 MB, and thirty people may choose one at once


def read(raw: bytes) -> np.ndarray:
    """Bytes of an image file -> gray (height, width) float32, 0 black to 1 white, longer side at most 640 pixels.

    The picture is rotated as its Exif data say; only the first frame or page is read. A drawing on a transparent background
    becomes black on white, whatever its colour. Raises `UserError` for other formats and for damaged, too large or too small
    pictures.
    """
    if not raw:
        raise UserError("The file is empty (0 bytes), so it shows nothing. Choose a PNG or JPEG file.")
    _check_beginning(raw)
    _check_parts(raw)
    with _ONE_AT_A_TIME:
        image = _opened(raw)
        _check_file(image, len(raw))
        try:
            small = _small(image)
        except Exception:  # decoders raise OSError, SyntaxError, struct.error, zlib.error and others on damaged data
            raise UserError(
                "The picture is damaged: its data are incomplete or wrong. Save or send it again, and choose the new file."
            ) from None
    return _without_transparency(small) if small.mode == "RGBA" else np.asarray(small, np.float32) / 255


def _check_beginning(raw: bytes) -> None:
    for beginning, name in _UNSUPPORTED:
        if re.match(beginning, raw, re.DOTALL):
            raise UserError(f"The file is {name}, which cannot be read here. Save it as PNG or JPEG, or take a screenshot of it.")


def _opened(raw: bytes) -> Image.Image:
    """The image with only its header read. Raises `UserError`."""
    try:
        image = Image.open(io.BytesIO(raw), formats=tuple(_FORMATS))
    except Image.DecompressionBombError:
        raise _too_large("more than 170", MOST_MEGAPIXELS) from None  # Pillow does not tell the size
    except Exception:  # each format fails differently on a broken header
        raise UserError(
            "The file is not a picture in a known format, or its beginning is damaged. "
            "Save it as PNG or JPEG, for example as a screenshot, and choose that."
        ) from None
    if any(tile[0] not in _DECODERS for tile in image.tile):
        raise _too_slow()
    return image


def _check_parts(raw: bytes) -> None:
    """Raise `UserError` for files with very many parts: Pillow reads them one by one, some in quadratic time."""
    for beginning, parts in ((b"\xff\xd8", _jpeg), (b"\x89PNG", _png), ((b"II*\0", b"MM\0*"), _tiff)):
        if raw.startswith(beginning):
            counts = Counter()
            for part, count in parts(raw):
                counts[part] += count
                if counts[part] > _MOST_PARTS[part]:
                    raise _too_slow()


def _jpeg(raw: bytes) -> Iterator[tuple[str, int]]:
    """Counts of segments, scans (each decodes the whole picture) and Exif blocks, up to the end of the first picture in the file."""
    at, scanning = 2, False
    while (marker := _MARKER.search(raw, at)) and marker[1] != b"\xd9":
        scanning |= marker[1] == b"\xda"
        yield "segments", 1 if scanning else 1 + marker.start() - at  # bytes between segments are read one by one
        yield "scans", marker[1] == b"\xda"
        yield "exif", raw.startswith(b"Exif", marker.end() + 2)
        at = marker.end() + int.from_bytes(raw[marker.end() : marker.end() + 2], "big")


def _png(raw: bytes) -> Iterator[tuple[str, int]]:
    at = 8
    while at < len(raw):
        yield "chunks", 1
        at += 12 + int.from_bytes(raw[at : at + 4], "big")


def _tiff(raw: bytes) -> Iterator[tuple[str, int]]:
    """The number of values in the largest tag of the first page, which has one for each strip or tile."""
    order = "<" if raw.startswith(b"II") else ">"
    first = int.from_bytes(raw[4:8], "little" if order == "<" else "big")
    tags = raw[first + 2 : first + 2 + 12 * 65_535]
    count = int.from_bytes(raw[first : first + 2], "little" if order == "<" else "big")
    tags = tags[: 12 * min(count, len(tags) // 12)]
    yield "strips", max((n for _, kind, n, _ in struct.iter_unpack(order + "HHII", tags) if kind in _NUMBERS), default=0)


def _too_slow() -> UserError:
    return UserError("The picture is stored in a rare way that takes too long to read. Save it as PNG, and choose that.")


def _check_file(image: Image.Image, size: int) -> None:
    width, height = image.size
    limits = _FORMATS["JPEG" if image.format == "MPO" else image.format]
    most = limits.megapixels
    if size > limits.megabytes * 1e6:
        raise UserError(
            f"The {image.format} file has {size / 1e6:.1f} MB; at most {limits.megabytes} MB are read. Save the picture as JPEG, and choose that."
        )
    if width * height > most * 1e6:
        raise _too_large(f"{width:,} x {height:,} = {width * height / 1e6:.0f}", most)
    if min(width, height) < _SMALLEST * max(1.0, max(width, height) / LONGER_SIDE):
        raise UserError(
            f"The picture has only {width:,} x {height:,} pixels, too few for a digit. "
            f"Choose one with at least {_SMALLEST} x {_SMALLEST} pixels that is not a narrow strip."
        )


def _too_large(megapixels: str, most: int) -> UserError:
    return UserError(
        f"The picture has {megapixels} megapixels; at most {most} can be read, to save memory. "
        "Scale it down or take a screenshot of it, and choose that."
    )


def _small(image: Image.Image) -> Image.Image:
    """The decoded picture, upright and scaled down, in mode L or RGBA."""
    image.draft("L", (LONGER_SIDE, LONGER_SIDE))  # JPEG: decode at 1/2, 1/4 or 1/8 of the size, but not below this one
    image.load()
    if image.mode.startswith(("I", "F")):  # 16 bits per pixel or floats: Pillow's conversion would clip instead of scale
        small = _reduced(image, "L", _scaled(image))
    elif image.mode == "LAB":
        small = _reduced(image, "L", lambda strip: strip.getchannel(0))
    elif image.has_transparency_data:
        small = _reduced(image, "RGBA", lambda strip: strip.convert("RGBA"))
    else:
        small = _reduced(image, "L", lambda strip: strip.convert("L"))
    if len(image.info.get("exif", b"")) <= _LARGEST_EXIF:
        small.getexif()[0x0112] = image.getexif().get(0x0112, 1)  # orientation
        small = ImageOps.exif_transpose(small)
    small.thumbnail((LONGER_SIDE, LONGER_SIDE))
    return small


def _reduced(image: Image.Image, mode: str, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """The picture in another mode, its longer side between 640 and 1,280 pixels; converted strip by strip to save memory."""
    factor = max(1, max(image.size) // LONGER_SIDE)
    small = Image.new(mode, tuple(-(-n // factor) for n in image.size))
    for top, strip in _strips(image, 64 * factor):
        small.paste(convert(strip).reduce(factor), (0, top // factor))
    return small


def _strips(image: Image.Image, height: int) -> Iterator[tuple[int, Image.Image]]:
    for top in range(0, image.height, height):
        yield top, image.crop((0, top, image.width, min(top + height, image.height)))


def _scaled(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """A function that converts strips of a 16-bit or float picture to 8 bits, scaled by the largest value of the picture."""
    values = lambda strip: np.nan_to_num(np.asarray(strip, np.float32), posinf=0, neginf=0)  # noqa: E731
    most = max(float(values(strip).max()) for _, strip in _strips(image, 256))
    white = next((white for white in (1, 255, 4095, 65535) if most <= white), most)
    return lambda strip: Image.fromarray((255 * (values(strip) / white).clip(0, 1)).astype(np.uint8))


def _without_transparency(image: Image.Image) -> np.ndarray:
    """Gray (height, width) of an RGBA picture.

    In a drawing on a transparent background, opaque becomes black and transparent white, whatever the colour. If the opaque part
    fills its bounding box and has several shades, it is cut-out paper, and transparent pixels get the colour of the paper.
    """
    gray, opaque = np.asarray(image.convert("RGB").convert("L"), np.float32) / 255, np.asarray(image, np.float32)[..., 3] / 255
    if (most := float(opaque.max())) < 0.02:
        raise UserError("The picture is transparent all over, so it shows nothing. Choose one with a digit.")
    solid = opaque > most / 2
    shades = gray[solid]
    box = np.ix_(solid.any(1), solid.any(0))
    paper = float(np.median(shades))
    one_colour = np.mean(np.abs(shades - paper) > 0.15) < 0.002
    if not solid.all() and (one_colour or solid[box].mean() < 0.5):
        return 1 - opaque / most
    return paper + (opaque / most) * (gray - paper)
