"""Bytes of an unknown file to clean text: which encoding, and is it text at all?"""

import codecs
import re
from dataclasses import dataclass

from rnn_core.data.normalize import clean
from rnn_core.problem import Problem
from rnn_core.spec import ENCODINGS

_BYTE_ORDER_MARKS = (  # UTF-32 first: its mark begins with the one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_NOT_TEXT = (  # first bytes -> what the file is, and what to do
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"RIFF", "a media file"),
    (b"%PDF", "a PDF; copy its text into a .txt file"), (b"PK\x03\x04", "a ZIP archive or an Office or e-book file; save it as "
    "plain text (.txt) first"), (b"PK\x05\x06", "an empty ZIP archive"), (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"), (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"), (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x7fELF", "a program"), (b"MZ\x90\x00", "a Windows program"), (b"\xd0\xcf\x11\xe0", "an old Office file; save it as plain text first"),
    (b"SQLite format 3", "a database"), (b"ID3", "an audio file"), (b"OggS", "an audio file"), (b"{\\rtf", "an RTF document; save it as plain text first"),
)  # fmt: skip
_CONTROLS = re.compile(r"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffd]")  # all but tab, line and page ends, and escape
_SAMPLE = 200_000  # bytes shown to the detector; it reads its whole input once for every candidate


@dataclass(frozen=True)
class Decoded:
    text: str  # as `clean` writes it
    encoding: str  # a Python codec name
    detected: bool  # False where the person chose it
    damaged: int  # bytes that fit nowhere and became U+FFFD


def decode(raw: bytes, encoding: str = "auto", breaks: str = "\n") -> Decoded:
    """Decode and `clean`. Raises `Problem` for an empty or binary file, or where a chosen encoding does not fit."""
    if not raw:
        raise Problem("The file is empty (0 bytes), so there is nothing to learn. Choose a file with text in it.")
    for mark, what in _NOT_TEXT:
        # A text may begin with letters such as "BZh"; the real thing has control codes right behind them.
        if raw.startswith(mark) and (not mark.isalnum() or min(raw[:64]) < 9):
            raise Problem(f"This is not a text file but {what}." + ("" if ";" in what else " Choose a .txt file."))
    found = _detect(raw) if encoding == "auto" else encoding
    try:
        text = raw.decode(found, "replace" if encoding == "auto" else "strict")
    except UnicodeDecodeError as error:
        raise Problem(
            f"The file is not {ENCODINGS[found]}: byte {error.start + 1:,} does not fit. Set Encoding to Detect, or choose another one."
        ) from None
    damaged = text.count("\ufffd") if encoding == "auto" else 0
    if _looks_binary(text):
        raise Problem(
            "This does not look like text: too many of its characters are control codes. It may be a program, an image or a "
            "compressed file. Choose a .txt file, or another Encoding if you are sure that it is text."
        )
    return Decoded(clean(text, breaks), found, encoding == "auto", damaged)


def _detect(raw: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    if b"\0" in raw:  # plain text has none, but in UTF-16 most spaces and line ends hold one
        wide = _utf16_without_mark(raw)
        if wide:
            return wide
        raise Problem("This does not look like text: it holds zero bytes. It may be a program or an image. Choose a .txt file.")
    if _is_utf8(raw):
        return "utf-8"
    return _eight_bit(raw)


def _is_utf8(raw: bytes) -> bool:
    """Whether it is UTF-8, perhaps with a few damaged bytes."""
    text = raw.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return damaged == 0 or damaged * 20 < len(text) - len(text.encode("ascii", "ignore"))


def _utf16_without_mark(raw: bytes) -> str | None:
    """Spaces and line ends of most scripts are in the first 128 code points: their high byte is zero, on one side only."""
    even, odd = raw[:_SAMPLE:2].count(0), raw[1:_SAMPLE:2].count(0)
    pairs = max(1, min(len(raw), _SAMPLE) // 2)
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > 0.05 * pairs and others < 0.01 * pairs:
            try:
                raw.decode(name)
                return name
            except UnicodeDecodeError:
                continue
    return None


def _eight_bit(raw: bytes) -> str:
    from charset_normalizer import from_bytes  # takes 30 ms to import, and most files are UTF-8

    sample = raw[:_SAMPLE]
    if len(raw) > _SAMPLE:  # cut at a blank or line end: these encodings hide none inside a character
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample
    codecs_offered = [name for name in ENCODINGS if name not in ("auto", "utf-8", "utf-16")]
    best = from_bytes(sample, cp_isolation=codecs_offered).best()
    # Windows-1252 holds every printable character of Latin-1 and, unlike it, curly quotes and the euro sign. Latin-1 fits
    # every file: the last resort, where the person sees wrong letters in the preview and chooses another encoding.
    if best is None or best.encoding == "latin_1" or not _fits(raw, best.encoding):
        return "cp1252" if _fits(raw, "cp1252") else "latin-1"
    return _our_name(best.encoding)


def _our_name(codec: str) -> str:
    return next((name for name in ENCODINGS if name != "auto" and codecs.lookup(name).name == codecs.lookup(codec).name), codec)


def _fits(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
        return True
    except UnicodeDecodeError:
        return False


def _looks_binary(text: str) -> bool:
    sample = text[:_SAMPLE]
    return len(_CONTROLS.findall(sample)) > 0.02 * len(sample)
