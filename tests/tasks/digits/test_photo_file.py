"""Files of every kind, honest and hostile: what is read, what is refused with which sentence, in how much memory."""

import io
import itertools
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rnn_core.errors import UserError
from rnn_core.tasks.digits import photo_file
from rnn_core.tasks.digits.photo_file import read


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def half_black(width: int = 100, height: int = 60) -> Image.Image:
    """Black on the left, white on the right."""
    return Image.fromarray(np.tile(np.where(np.arange(width) < width // 2, 0, 255).astype(np.uint8), (height, 1)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_usual_formats_are_read(kind):
    gray = read(encoded(half_black(), kind))
    assert gray.dtype == np.float32 and gray.shape == (60, 100)
    assert gray[:, :40].max() < 0.05 and gray[:, 60:].min() > 0.95


def test_sixteen_bits_are_scaled_and_not_cut_off():
    deep = Image.fromarray(np.tile(np.linspace(0, 65535, 100).astype(np.uint16), (20, 1)))
    np.testing.assert_allclose(read(encoded(deep))[0], np.linspace(0, 1, 100), atol=0.01)


def test_a_telephones_jpeg_with_a_second_picture_in_it_is_read():
    raw = encoded(half_black(), "MPO", save_all=True, append_images=[Image.new("L", (100, 60), 255)])
    assert read(raw)[:, :40].max() < 0.05


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_scaled_down(kind):
    assert read(encoded(half_black(2000, 1000), kind)).shape == (320, 640)


def test_the_camera_says_which_way_is_up():
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise: left becomes top
    gray = read(encoded(half_black(), "JPEG", exif=exif))
    assert gray.shape == (100, 60) and gray[:40].max() < 0.05 and gray[60:].min() > 0.95


def test_of_an_animation_the_first_frame_counts():
    raw = encoded(half_black(), "GIF", save_all=True, append_images=[Image.new("L", (100, 60), 255)])
    assert read(raw)[:, :40].max() < 0.05


@pytest.mark.parametrize("raw, message", [
    (b"", "empty"),
    (b"Call me Ishmael. " * 50, "not a picture"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a picture"),
    (encoded(Image.effect_noise((300, 300), 50))[:2000], "damaged"),
    (encoded(Image.effect_noise((300, 300), 50), "JPEG")[:2000], "damaged"),
    (encoded(Image.effect_noise((300, 300), 50), "WEBP")[:2000], "damaged"),
    (encoded(Image.new("L", (7, 100))), "only 7 x 100 pixels"),
    (encoded(Image.new("L", (5000, 20))), "only 5,000 x 20 pixels"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_reason_and_what_to_do(raw, message):
    with pytest.raises(UserError, match=message) as caught:
        read(raw)
    assert any(word in str(caught.value) for word in ("Choose", "choose"))


OTHERS = [
    (b"\x00\x00\x00\x18ftypheic", "HEIC"), (b"\x00\x00\x00\x18ftypmif1", "HEIC"), (b"\x00\x00\x00\x18ftypavif", "AVIF"),
    (b"\x00\x00\x00\x18ftypmp42", "video"), (b"%PDF-1.7", "PDF"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "SVG"), (b"8BPS", "Photoshop"), (b"\x00\x00\x01\x00", "icon"),
    (b"gimp xcf ", "GIMP"), (b"PK\x03\x04", "ZIP"), (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
    (b"P3 3 3 255\n" + b"1 1 1 " * 9, "PPM"), (b"II\x2b\x00", "BigTIFF"), (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
]  # fmt: skip


@pytest.mark.parametrize("raw, name", OTHERS, ids=lambda value: value if isinstance(value, str) else "")
def test_other_files_are_called_by_their_name(raw, name):
    with pytest.raises(UserError, match=rf"The file is .*{name}.*Save it as PNG or JPEG"):
        read(raw + bytes(100))


@pytest.mark.parametrize("kind", ["TGA", "PCX", "QOI", "SGI", "ICNS", "DDS", "MSP", "IM", "XBM", "ICO", "AVIF", "JPEG2000"])
def test_rare_formats_are_refused_without_a_decoder(kind):
    image = half_black(128, 128)
    with pytest.raises(UserError, match="Save it as PNG or JPEG"):
        read(encoded(image.convert("1" if kind in ("MSP", "XBM") else "RGB"), kind))


def spotted(mode: str) -> Image.Image:
    """Dark in the middle of bright, in any mode."""
    bright = Image.new("L", (100, 60), 230)
    bright.paste(20, (40, 20, 60, 40))
    if mode in ("I;16", "I"):
        return Image.fromarray(np.asarray(bright, np.uint16 if mode == "I;16" else np.int32) * 257)
    if mode == "F":
        return Image.fromarray(np.asarray(bright, np.float32) / 255)
    if mode == "LAB":
        return Image.merge("LAB", [bright, Image.new("L", bright.size, 128), Image.new("L", bright.size, 128)])
    if mode in ("CMYK", "YCbCr", "P", "RGBA", "LA"):
        return bright.convert("RGB").convert(mode)
    return bright.convert(mode)


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_read(mode):
    gray = read(encoded(spotted(mode), "TIFF"))
    assert gray.dtype == np.float32 and gray.shape == (60, 100)
    assert gray[30, 50] < 0.15 and gray[5, 5] > 0.75


@pytest.mark.parametrize("most", [1, 255, 4095, 65535, 10**9])
def test_deep_pixels_are_scaled_by_the_range_that_they_use(most):
    values = (np.tile(np.linspace(0, 1, 100), (20, 1)) * most).astype(np.float32)
    np.testing.assert_allclose(read(encoded(Image.fromarray(values), "TIFF"))[0], np.linspace(0, 1, 100), atol=0.01)


def test_what_is_no_number_is_black():
    values = np.full((20, 20), 0.5, np.float32)
    values[:5] = np.nan
    values[5:9] = np.inf
    gray = read(encoded(Image.fromarray(values), "TIFF"))
    assert gray[:9].max() == 0 and gray[10:].min() > 0.45


@pytest.mark.parametrize("colour", ["white", "black", "red", "#ffff00", "#888888"])
@pytest.mark.parametrize("opaque", [255, 90])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_drawn_on_transparency_is_dark_on_light_whatever_its_colour(colour, opaque, kind):
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    drawn = Image.new("RGBA", (30, 60), colour)
    drawn.putalpha(opaque)
    image.paste(drawn, (30, 20))
    image.paste((0, 0, 0, 0), (40, 30, 50, 70))
    gray = read(encoded(image, kind))
    assert gray[50, 33] < 0.1 and gray[0, 0] > 0.95 and gray[50, 45] > 0.95


@pytest.mark.parametrize("mode", ["LA", "P", "PA"])
def test_ink_on_transparency_in_other_modes(mode):
    alpha = Image.new("L", (60, 60))
    alpha.paste(255, (20, 10, 30, 50))
    alpha.paste(255, (20, 10, 45, 16))
    if mode == "P":
        raw = encoded(alpha.point(lambda value: value > 0).convert("P"), transparency=0)
    else:
        image = Image.new("LA", alpha.size, (255, 0))
        image.putalpha(alpha)
        raw = encoded(image)
    gray = read(raw)
    assert gray[30, 25] < 0.1 and gray[0, 0] > 0.95


@pytest.mark.parametrize("paper, ink", [(230, 30), (30, 230)])
def test_paper_that_was_cut_out_goes_on_where_it_is_transparent(paper, ink):
    image = Image.new("RGBA", (200, 200), (paper, paper, paper, 255))
    image.paste((ink, ink, ink, 255), (80, 60, 95, 140))
    image.paste((0, 0, 0, 0), (0, 0, 30, 200))
    gray = read(encoded(image)) * 255
    assert abs(gray[5, 5] - paper) < 3 and abs(gray[100, 150] - paper) < 3 and abs(gray[100, 85] - ink) < 3


def test_a_digit_on_opaque_paper_is_seen_however_small_it_is():
    image = Image.new("RGBA", (600, 600), "white")
    image.paste((0, 0, 0, 255), (300, 300, 304, 340))
    assert read(encoded(image))[320, 302] < 0.2


def test_what_is_transparent_all_over_is_said():
    with pytest.raises(UserError, match="transparent all over"):
        read(encoded(Image.new("RGBA", (100, 100), (255, 0, 0, 0))))


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG"])
def test_of_several_pages_or_frames_the_first_counts(kind):
    raw = encoded(half_black().convert("RGB"), kind, save_all=True, append_images=[Image.new("RGB", (100, 60), "white")])
    assert read(raw)[:, :40].max() < 0.05


@pytest.mark.parametrize("turn", range(1, 9))
def test_all_eight_ways_that_a_camera_may_be_held(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    gray = read(encoded(half_black(), "PNG", exif=exif))
    dark = {1: gray[:, :40], 2: gray[:, 60:], 3: gray[:, 60:], 4: gray[:, :40]}.get(
        turn, gray[:40] if turn in (5, 6) else gray[60:]
    )
    assert dark.max() < 0.05


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, bits: int, colours: int, extra: bytes = b"") -> bytes:
    """A black PNG file, made without its pixels in memory."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    packer, row = zlib.compressobj(1), bytes(1 + (width * bits * channels + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0))
    palette = png_chunk(b"PLTE", bytes(768)) if colours == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + header + extra + palette + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def many_scans() -> bytes:
    raw = encoded(Image.new("L", (5400, 5400)), "JPEG", progressive=True, quality=10)
    return raw[:-2] + raw[raw.rfind(b"\xff\xda") : -2] * 3000 + raw[-2:]


def many_segments(segment: bytes, count: int) -> bytes:
    raw = encoded(Image.new("L", (100, 100)), "JPEG")
    return raw[:2] + segment * count + raw[2:]


def many_strips() -> bytes:
    tags = [(256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 2_000_000, 200)]
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(8_000_300)


def overlapping_tags() -> bytes:
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 60_000)
    exif += b"".join(struct.pack("<HHII", tag, 7, 5_000_000, 8) for tag in range(60_000)) + bytes(5_000_000)
    return png(100, 100, 8, 0, png_chunk(b"eXIf", exif))


def run_length_bmp() -> bytes:
    raw = bytearray(encoded(Image.new("P", (100, 100)), "BMP"))
    raw[30] = 1
    return bytes(raw)


W, H = 6000, 4999  # just below 30 megapixels
HOSTILE = {
    "16 bits gray": (lambda: png(W, H, 16, 0), None),
    "16 bits colours": (lambda: png(W, H, 16, 2), None),
    "16 bits colours and transparency": (lambda: png(W, H, 16, 6), "transparent all over"),
    "palette": (lambda: png(W, H, 8, 3), None),
    "one bit": (lambda: png(W, H, 1, 0), None),
    "20,000 x 20,000 of one bit": (lambda: png(20_000, 20_000, 1, 0), "more than 170 megapixels; at most 30"),
    "12,000 x 12,000 of one bit": (lambda: png(12_000, 12_000, 1, 0), "12,000 x 12,000 = 144 megapixels; at most 30"),
    "41 megapixels": (lambda: png(6400, 6400, 1, 0), "6,400 x 6,400 = 41 megapixels"),
    "1 x 50,000": (lambda: png(1, 50_000, 8, 0), "only 1 x 50,000 pixels"),
    "50,000 x 1": (lambda: png(50_000, 1, 8, 0), "only 50,000 x 1 pixels"),
    "no width": (lambda: png(0, 100, 8, 0), "not a picture"),
    "profile of 200 MB": (lambda: png(99, 99, 8, 0, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(2 * 10**8), 1))), "not a picture"),
    "text of 200 MB": (lambda: png(99, 99, 8, 0, png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(2 * 10**8), 1))), "not a picture"),
    "300,000 chunks": (lambda: png(99, 99, 8, 0, png_chunk(b"abCd", b"") * 300_000), "takes too long"),
    "60,000 tags over the same 5 MB": (overlapping_tags, None),
    "noise behind the end": (lambda: png(99, 99, 8, 0) + os.urandom(10_000_000), None),
    "3,000 scans": (many_scans, "takes too long"),
    "500 Exif blocks": (lambda: many_segments(b"\xff\xe1\xff\xffExif\0\0" + bytes(65_527), 500), "takes too long"),
    "100,000 segments": (lambda: many_segments(b"\xff\xe5\x00\x04ab", 100_000), "takes too long"),
    "20 MB of padding": (lambda: many_segments(b"\xff", 20_000_000), "takes too long"),
    "progressive": (lambda: encoded(Image.new("RGB", (W, H)), "JPEG", progressive=True), None),
    "GIF": (lambda: encoded(Image.new("P", (W, H)), "GIF"), None),
    "GIF of 20 MB": (lambda: encoded(Image.new("P", (99, 99)), "GIF") + bytes(20_000_000), "GIF file has 20.0 MB; at most 10"),
    "WebP": (lambda: encoded(Image.new("RGB", (4000, 2999)), "WEBP", lossless=True, method=0), None),
    "large WebP": (lambda: encoded(Image.new("RGB", (8000, 2000)), "WEBP", lossless=True, method=0), "at most 12"),
    "BMP in runs": (run_length_bmp, "takes too long"),
    "float TIFF": (lambda: encoded(Image.new("F", (4000, 3999)), "TIFF", compression="tiff_adobe_deflate"), None),
    "integer TIFF": (lambda: encoded(Image.new("I", (4000, 3999)), "TIFF", compression="tiff_adobe_deflate"), None),
    "CMYK TIFF": (lambda: encoded(Image.new("CMYK", (4000, 3999)), "TIFF", compression="tiff_lzw"), None),
    "large TIFF": (lambda: encoded(Image.new("1", (W, H)), "TIFF", compression="group4"), "at most 16"),
    "2,000,000 strips": (many_strips, "takes too long"),
}  # fmt: skip
MOST_MB = 300  # of the whole process
_MEASURED = """
import re, sys, time
from pathlib import Path
import numpy, PIL.Image
from rnn_core.tasks.digits.photo_file import read
from rnn_core.errors import UserError
PIL.Image.preinit()
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
for path in sys.argv[1:]:
    raw = Path(path).read_bytes()
    began = time.process_time()
    try:
        said = f"read {read(raw).shape}"
    except UserError as error:
        said = str(error)
    print(round(peak()), round(time.process_time() - began, 2), said, sep="\\t")
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process alone")
def test_hostile_pictures_get_their_sentence_in_little_memory(tmp_path):
    """All in another process, whose peak of memory is measured."""
    paths = [tmp_path / str(i) for i in range(len(HOSTILE))]
    for path, (make, _) in zip(paths, HOSTILE.values(), strict=True):
        path.write_bytes(make())
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", _MEASURED, *paths], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    for line, (name, (_, sentence)) in zip(run.stdout.splitlines(), HOSTILE.items(), strict=True):
        megabytes, seconds, message = line.split("\t")
        assert (sentence or "read (") in message, f"{name}: {message}"
        assert int(megabytes) < MOST_MB, f"{name}: {megabytes} MB"
        assert float(seconds) < 5, f"{name}: {seconds} s of processor time"


def test_a_file_with_a_wrong_ending_is_known_by_its_beginning():
    assert read(encoded(half_black(), "WEBP")).shape == (60, 100)  # names of files do not matter


def test_a_file_cut_off_anywhere_gets_a_sentence():
    raws = [
        encoded(Image.effect_noise((60, 60), 50).convert("RGB"), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for raw, share in itertools.product(raws, (0.001, 0.01, 0.1, 0.5)):
            with pytest.raises(UserError):
                read(raw[: max(1, int(share * len(raw)))])


def test_bytes_changed_by_chance_never_escape_as_another_error():
    rng = np.random.default_rng(1)
    raws = [
        encoded(Image.effect_noise((40, 40), 50).convert("RGB"), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for raw, _ in itertools.product(raws, range(40)):
            changed = bytearray(raw)
            for at in rng.integers(0, min(len(raw), 200), 3):
                changed[at] = rng.integers(256)
            try:
                assert max(read(bytes(changed)).shape) <= photo_file.LONGER_SIDE
            except UserError as error:
                assert str(error)
