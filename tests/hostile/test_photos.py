"""Pictures of a digit that people upload: as the Digits page takes them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from rnn_core.tasks.digits import picture
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import archive


def enter(raw: bytes) -> None:
    for side in (28, 8):
        picture.digit(picture.read(raw), side)


def one(width: int = 200, height: int = 200, mode: str = "RGB", paper="white", ink="black", at: float = 0.5) -> Image.Image:
    """A thick 7."""
    image = Image.new(mode, (width, height), paper)
    draw, size, x = ImageDraw.Draw(image), 0.3 * min(width, height), at * width
    top, bottom = height / 2 - size, height / 2 + size
    draw.line([(x - size / 2, top), (x + size / 2, top), (x - size / 4, bottom)], fill=ink, width=max(1, round(size / 5)))
    return image


def saved(image: Image.Image, format: str = "PNG", **options) -> bytes:
    packed = io.BytesIO()
    image.save(packed, format, **options)
    return packed.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int = 8, colour: int = 0, rows_there: int = 0) -> bytes:
    """A PNG whose header promises that size; its data hold so many rows of zeros."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    row = b"\0" * (1 + width * depth * channels // 8)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(row * rows_there, 9)) + chunk(b"IEND", b"")


def deep(width: int, height: int) -> Image.Image:
    """16 bits a pixel."""
    return Image.fromarray(np.asarray(one(width, height, "L"), np.uint16) * 257)


def frames(count: int) -> bytes:
    return saved(one(), "GIF", save_all=True, append_images=[one(at=0.4 + 0.001 * i) for i in range(count - 1)], loop=0)


def two() -> Image.Image:
    image = one(400, 200, at=0.25)
    image.paste(one(200, 200), (200, 0))
    return image


def transparent(ink: str) -> Image.Image:
    return one(mode="RGBA", paper=(0, 0, 0, 0), ink=ink)


TOO_LARGE = "megapixels"
TOO_SMALL = "too few for a digit"
NO_PICTURE = "not a picture in a known format|which cannot be read here"
DAMAGED = "The picture is damaged"
NO_DIGIT = "^No digit|transparent all over"

ROWS = {
    "empty": Row(lambda: b"", "empty"),
    "one byte": Row(lambda: b"\x89", NO_PICTURE),
    "text": Row(lambda: b"This is a seven." * 100, NO_PICTURE),
    "a program": Row(lambda: b"\x7fELF" + bytes(10_000), NO_PICTURE),
    "PDF": Row(lambda: b"%PDF-1.7\n%" + bytes(range(256)) * 20, NO_PICTURE),
    "archive": Row(lambda: archive(a=b"x" * 1000), NO_PICTURE),
    "SVG": Row(lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>', NO_PICTURE),
    "SVG that reads a file": Row(
        lambda: b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
        NO_PICTURE,
    ),
    "PostScript": Row(lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(id) system\n", NO_PICTURE),
    "HEIC": Row(lambda: b"\0\0\0\x18ftypheic" + bytes(1000), "HEIC"),
    "zero bytes": Row(lambda: bytes(100_000), NO_PICTURE),
    "a PNG's first bytes": Row(lambda: b"\x89PNG\r\n\x1a\n", NO_PICTURE),
    "a PNG cut in half": Row(lambda: saved(one(600, 600))[:900], DAMAGED),
    "a PNG without data": Row(lambda: png(500, 500), DAMAGED),
    "a PNG with a wrong check sum": Row(lambda: saved(one()).replace(b"IDAT", b"IDAX"), NO_PICTURE),
    "a JPEG cut in half": Row(lambda: saved(one(600, 600), "JPEG")[:5000], DAMAGED),
    "a JPEG's first bytes": Row(lambda: b"\xff\xd8\xff\xe0" + bytes(100), NO_PICTURE),
    "a GIF's first bytes": Row(lambda: b"GIF89a", NO_PICTURE),
    "a WebP's first bytes": Row(lambda: b"RIFF\x24\0\0\0WEBPVP8 ", NO_PICTURE),
    "a TIFF of loops": Row(
        lambda: b"II*\0\x08\0\0\0" + b"\x01\0" + b"\0\1\4\0\1\0\0\0\xff\xff\xff\xff" + b"\x08\0\0\0", NO_PICTURE
    ),
    "a bomb of 65,000 x 65,000": Row(lambda: png(65_000, 65_000, rows_there=100), TOO_LARGE),
    "a bomb of 2 billion x 1": Row(lambda: png(2**31 - 1, 1), TOO_LARGE),
    "a bomb of 100,000 x 100": Row(lambda: png(100_000, 100, rows_there=100), TOO_SMALL),
    "a size of zero": Row(lambda: png(0, 0), NO_PICTURE),
    "30 megapixels of gray": Row(lambda: png(6000, 5000, rows_there=5000), f"{NO_DIGIT}|{TOO_LARGE}"),
    "30 megapixels in 16 bits": Row(lambda: png(6000, 5000, 16, rows_there=5000), f"{NO_DIGIT}|{TOO_LARGE}"),
    "30 megapixels of colour": Row(lambda: png(6000, 5000, 8, 2, rows_there=5000), f"{NO_DIGIT}|{TOO_LARGE}"),
    "30 megapixels of colour in 16 bits": Row(lambda: png(6000, 5000, 16, 2, rows_there=5000), f"{NO_DIGIT}|{TOO_LARGE}"),
    "30 megapixels, transparent": Row(lambda: png(6000, 5000, 8, 6, rows_there=5000), f"{NO_DIGIT}|{TOO_LARGE}"),
    "31 megapixels": Row(lambda: png(6200, 5000, rows_there=1), TOO_LARGE),
    "a photo of 12 megapixels": Row(lambda: saved(one(4000, 3000), "JPEG"), ACCEPTED),
    "a progressive photo of 12 megapixels": Row(lambda: saved(one(4000, 3000), "JPEG", progressive=True), ACCEPTED),
    "a TIFF of 25 megapixels, packed": Row(
        lambda: saved(one(5000, 5000, "L", 255, 0), "TIFF", compression="tiff_deflate"), "at most 16 can be read"
    ),
    "a TIFF of 25 megapixels in LZW": Row(
        lambda: saved(one(5000, 5000, "L", 255, 0), "TIFF", compression="tiff_lzw"), "at most 16 can be read"
    ),
    "a TIFF of floats": Row(lambda: saved(one(300, 300, "F", 1.0, 0.0), "TIFF"), ACCEPTED),
    "a TIFF of whole numbers": Row(lambda: saved(one(300, 300, "I", 255, 0), "TIFF"), ACCEPTED),
    "a PNG of 16 bits": Row(lambda: saved(deep(300, 300)), ACCEPTED),
    "a PNG of 16 bits, 9 megapixels": Row(lambda: saved(deep(3000, 3000)), ACCEPTED),
    "black and white, one bit": Row(lambda: saved(one(mode="1", paper=1, ink=0)), ACCEPTED),
    "a palette": Row(lambda: saved(one().convert("P")), ACCEPTED),
    "CMYK": Row(lambda: saved(one().convert("CMYK"), "JPEG"), ACCEPTED),
    "a GIF of 200 frames": Row(lambda: frames(200), ACCEPTED),
    "a TIFF of 50 pages": Row(lambda: saved(one(), "TIFF", save_all=True, append_images=[one()] * 49), ACCEPTED),
    "a name with the wrong ending": Row(lambda: saved(one(), "BMP"), ACCEPTED),
    "bytes behind the end": Row(lambda: saved(one()) + b"<script>" * 10_000, ACCEPTED),
    "text of 5 MB in a PNG": Row(
        lambda: saved(one())[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(5_000_000))) + saved(one())[33:], NO_PICTURE
    ),
    "EXIF rubbish": Row(lambda: saved(one(), "JPEG", exif=b"Exif\0\0" + b"\xff" * 500), ACCEPTED),
    "turned by EXIF": Row(
        lambda: saved(one(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\3\0\0\0\1\0\x08\0\0\0\0\0\0"), ACCEPTED
    ),
    "1 x 1": Row(lambda: saved(one(1, 1)), TOO_SMALL),
    "1 x 5,000": Row(lambda: saved(Image.new("L", (1, 5000), 255)), TOO_SMALL),
    "5,000 x 1": Row(lambda: saved(Image.new("L", (5000, 1), 255)), TOO_SMALL),
    "8 x 8 white": Row(lambda: saved(Image.new("L", (8, 8), 255)), NO_DIGIT),
    "all white": Row(lambda: saved(Image.new("RGB", (500, 500), "white")), NO_DIGIT),
    "all black": Row(lambda: saved(Image.new("RGB", (500, 500))), NO_DIGIT),
    "all transparent": Row(lambda: saved(Image.new("RGBA", (500, 500), (0, 0, 0, 0))), NO_DIGIT),
    "noise": Row(
        lambda: saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (500, 500), np.uint8))),
        "^No digit|[Ss]everal|more than one",
    ),
    "a chess board": Row(
        lambda: saved(Image.fromarray((np.indices((800, 800)).sum(0) % 2 * 255).astype(np.uint8))),
        "^No digit|ink|[Ss]everal|more than one",
    ),
    "stripes": Row(
        lambda: saved(Image.fromarray(np.tile(np.uint8([0, 0, 255, 255]), (800, 200)))), "^No digit|ink|[Ss]everal|more than one"
    ),
    "a frame and nothing in it": Row(lambda: saved(Image.fromarray(np.pad(np.full((380, 380), 255, np.uint8), 10))), NO_DIGIT),
    "one dot": Row(
        lambda: saved(Image.fromarray(np.where(np.indices((500, 500)).sum(0) == 500, 255, 255).astype(np.uint8))), NO_DIGIT
    ),
    "white ink on transparency": Row(lambda: saved(transparent("white")), ACCEPTED),
    "black ink on transparency": Row(lambda: saved(transparent("black")), ACCEPTED),
    "two digits": Row(lambda: saved(two()), "[Tt]wo|[Ss]everal|more than one|digits"),
    "nearly all ink": Row(
        lambda: saved(Image.fromarray(np.pad(np.zeros((300, 300), np.uint8), 40, constant_values=255))), "No digit|ink"
    ),
    "not a number in floats": Row(
        lambda: saved(Image.fromarray(np.full((100, 100), np.nan, np.float32)), "TIFF"), f"{NO_DIGIT}|{DAMAGED}"
    ),
    "infinite floats": Row(
        lambda: saved(Image.fromarray(np.full((100, 100), np.inf, np.float32)), "TIFF"), f"{NO_DIGIT}|{DAMAGED}"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_picture_is_read_or_refused_with_a_reason(name, check_row):
    check_row(name)
