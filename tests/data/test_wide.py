"""Zero bytes: UTF-16 and UTF-32 without a byte order mark are read, everything else with zero bytes is refused."""

import numpy as np
import pytest

from rnn_core.data.decode import decode
from rnn_core.errors import UserError
from tests.data.test_decode import FRENCH, GERMAN, GREEK, RUSSIAN

WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
TEXTS = {
    "english": "It was the best of times.\n" * 20, "german": GERMAN, "french": FRENCH, "russian": RUSSIAN, "greek": GREEK,
    "table": "12\t13\n" * 50, "emoji": "smile 😀 and wave 👋\n" * 20, "mixed": "Windows XP и Россия\n" * 20,
    "chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。\n" * 20,
    "japanese": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n" * 20,
    "hiragana": "いろはにほへと ちりぬるを わかよたれそ つねならむ\n" * 20,
    "korean": "모든 인간은 태어날 때부터 자유로우며 존엄과 권리에 있어 동등하다.\n" * 20,
    "arabic": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.\n" * 20, "hindi": "सभी मनुष्यों को गौरव और अधिकार\n" * 20,
}  # fmt: skip


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("name", TEXTS)
def test_text_without_a_mark_is_recognised(name, encoding):
    decoded = decode(TEXTS[name].encode(encoding))
    assert (decoded.text, decoded.encoding) == (TEXTS[name], encoding)


RANDOM = np.random.default_rng(0)
WAVE = np.sin(np.arange(9000) / 9)
NO_TEXT = {
    "words and zeros, even": b"hello\0world\0" * 200, "words and zeros, odd": b"John Smith\0" * 200, "blank and zero": b"hell \0" * 200,
    "two zeros": b"hello\0\0world!\0\0" * 100, "fixed width": b"cat\0\0\0\0dog\0\0\0\0" * 99, "settings": b"key=value\0PATH=/usr/bin\0" * 99,
    "german": "größe \0".encode() * 300, "russian": "привет\0 мир\0".encode() * 300, "windows-1252": "größe \0".encode("cp1252") * 300,
    "windows-1251": "привет\0 ".encode("cp1251") * 300, "one zero": GERMAN.encode() + b"\0" + GERMAN.encode(),
    "marked UTF-8": b"\xef\xbb\xbf" + b"hello\0world\0" * 99, "marked UTF-16": b"\xff\xfe" + RANDOM.bytes(5001),
    "16 bits": (3000 * WAVE).astype("<i2").tobytes(), "32 bits": np.arange(3000, dtype="<i4").tobytes(),
    "characters of all kinds": RANDOM.integers(32, 40_000, 5000).astype("<u2").tobytes(),
    "the same, 32 bits": RANDOM.integers(32, 100_000, 5000).astype("<u4").tobytes(), "floats": WAVE.astype("<f4").tobytes(),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_only_has_zero_bytes_is_refused(name):
    with pytest.raises(UserError, match=r"does not look like text: .*\. Choose a text file, or save this one as UTF-8\."):
        decode(NO_TEXT[name])


@pytest.mark.parametrize("raw", [
    (128 + 20 * WAVE).astype(np.uint8).tobytes(), (128 + 4 * RANDOM.normal(size=9000)).astype(np.uint8).tobytes(),
    RANDOM.integers(128, 256, 9000).astype(np.uint8).tobytes(), RANDOM.integers(1, 256, 9000).astype(np.uint8).tobytes(),
], ids=["sound", "quiet sound", "high bytes", "any bytes"])  # fmt: skip
def test_bytes_without_a_zero_are_not_text_for_that(raw):
    with pytest.raises(UserError, match="does not look like text"):
        decode(raw)
