"""From the bytes of an unknown file to clean text: detects the encoding and refuses files that are not text."""

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from rnn_core.data.normalize import clean
from rnn_core.errors import UserError

ENCODINGS = {
    "auto": "Detect", "utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "latin-1": "Latin-1",
    "cp1251": "Windows-1251 (Cyrillic)", "koi8-r": "KOI8-R (Cyrillic)", "cp1253": "Windows-1253 (Greek)",
    "cp1256": "Windows-1256 (Arabic)", "gb18030": "GB 18030 (Chinese)", "big5": "Big5 (Chinese)",
    "shift_jis": "Shift JIS (Japanese)", "euc_kr": "EUC-KR (Korean)",
}  # fmt: skip
_BYTE_ORDER_MARKS = (  # UTF-32 first: its mark begins with the one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_NOT_TEXT = (  # first bytes -> kind of file, and what to do
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"RIFF", "a media file"),
    (b"%PDF", "a PDF; copy its text into a .txt file"), (b"PK\x03\x04", "a ZIP archive or an Office or e-book file; save it as "
    "plain text (.txt) first"), (b"PK\x05\x06", "an empty ZIP archive"), (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"), (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"), (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x7fELF", "a program"), (b"MZ\x90\x00", "a Windows program"), (b"\xd0\xcf\x11\xe0", "an old Office file; save it as plain text first"),
    (b"SQLite format 3", "a database"), (b"ID3", "an audio file"), (b"OggS", "an audio file"), (b"{\\rtf", "an RTF document; save it as plain text first"),
)  # fmt: skip
_CONTROLS = re.compile(r"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffd]")  # all but tab, line end, page end and escape
_SAMPLE = 200_000  # bytes for the detector, which reads them once for every candidate
_PRINTABLE = bytes(range(0x20, 0x7F))
_WIDE_CODECS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO")  # first words of the names of characters that occur in one text


@dataclass(frozen=True)
class Decoded:
    text: str  # after `clean`
    encoding: str  # a Python codec name
    detected: bool  # False if the user chose it
    damaged: int  # invalid bytes that became U+FFFD


def decode(raw: bytes, encoding: str = "auto", breaks: str = "\n") -> Decoded:
    """Decode and `clean`. Raises `UserError` for an empty or binary file, or if the chosen encoding does not fit."""
    if not raw:
        raise UserError("The file is empty (0 bytes), so there is nothing to learn. Choose a file with text in it.")
    for mark, what in _NOT_TEXT:
        # A text may begin with letters such as "BZh"; a binary file has control codes right after them.
        if raw.startswith(mark) and (not mark.isalnum() or min(raw[:64]) < 9):
            raise UserError(f"This is not a text file but {what}." + ("" if ";" in what else " Choose a .txt file."))
    codec = _detect(raw) if encoding == "auto" else encoding
    try:
        text = raw.decode(codec, "replace" if encoding == "auto" else "strict")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The file is not {ENCODINGS[codec]}: byte {error.start + 1:,} does not fit. Set Encoding to Detect, or choose another one."
        ) from None
    damaged = text.count("\ufffd") if encoding == "auto" else 0
    if _looks_binary(text, codec):
        raise _not_text_error("too many of its characters are control codes")
    return Decoded(clean(text, breaks), codec, encoding == "auto", damaged)


def _not_text_error(why: str) -> UserError:
    return UserError(
        f"This does not look like text: {why}. It may be a program, an image or a compressed file. Choose a text file, or save "
        "this one as UTF-8."
    )


def _detect(raw: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    if b"\0" in raw:  # plain text has none; in UTF-16 and UTF-32 every space and line end has one
        if wide := _detect_wide(raw):
            return wide
        raise _not_text_error("it contains zero bytes and is neither UTF-16 nor UTF-32")
    if _is_utf8(raw):
        return "utf-8"
    return _eight_bit(raw)


def _is_utf8(raw: bytes) -> bool:
    """Whether it is UTF-8, perhaps with a few damaged bytes."""
    text = raw.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return damaged == 0 or damaged * 20 < len(text) - len(text.encode("ascii", "ignore"))


def _detect_wide(raw: bytes) -> str | None:
    """The encoding if the file is UTF-16 or UTF-32 without a byte order mark. Other bytes decode to characters, too, but not to text."""
    if (rest := raw[:_SAMPLE].replace(b"\0", b"")) and not rest.isascii() and _is_utf8(rest):
        return None  # UTF-8 with zero bytes
    return next((name for name in _WIDE_CODECS if _reads_as_text(raw, name)), None)


def _reads_as_text(raw: bytes, encoding: str) -> bool:
    """Whether the result has no control codes, has blanks or line ends, and letters of one script, perhaps also Latin ones."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(raw[:_SAMPLE])
    except UnicodeDecodeError:
        return False
    counts = Counter(text)
    blanks = sum(counts[c] for c in " \n\r\t\u3000")
    if "\0" in text or _looks_binary(text, encoding) or not blanks or blanks * 500 < len(text):
        return False
    scripts = Counter()
    for c, count in counts.items():
        if c.isalpha():
            script = unicodedata.name(c, "").partition(" ")[0]
            scripts["CJK" if script in _EAST_ASIAN else script] += count
    others = [count for script, count in scripts.most_common() if script != "LATIN"]
    return 20 * sum(others[1:]) <= scripts.total() and not _letter_pairs(counts)


def _letter_pairs(counts: Counter) -> bool:
    """Whether the text is more likely ASCII: two letters look like one Chinese character, as does a letter with a zero byte.

    In real Chinese a quarter of all characters look like two letters, and few like a letter with a zero byte: the most common
    of those, U+4E00, is about one in fifty.
    """
    chinese = {c: n for c, n in counts.items() if "\u3400" <= c <= "\u9fff"}
    pairs = sum(n for c, n in chinese.items() if not c.encode("utf-16-be").translate(None, _PRINTABLE))
    halves = sum(n for c, n in counts.items() if "\xff" < c <= "\uffff" and c != "\u3000" and ord(c) % 256 == 0)
    wide = sum(n for c, n in counts.items() if c > "\xff")
    return pairs > 0.6 * wide or halves > 0.25 * wide


def _eight_bit(raw: bytes) -> str:
    from charset_normalizer import from_bytes  # takes 30 ms to import, and most files are UTF-8

    sample = raw[:_SAMPLE]
    if len(raw) > _SAMPLE:  # cut at a blank or line end: in these encodings neither is part of another character
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample
    codecs_offered = [name for name in ENCODINGS if name not in ("auto", "utf-8", "utf-16")]
    best = from_bytes(sample, cp_isolation=codecs_offered).best()
    # Windows-1252 holds every printable character of Latin-1 and, unlike it, curly quotes and the euro sign. Latin-1 fits
    # every file: the last resort, where the user sees wrong letters in the preview and chooses another encoding.
    if best is None or best.encoding == "latin_1" or not _fits(raw, best.encoding):
        codec = "cp1252" if _fits(raw, "cp1252") else "latin-1"
    else:
        codec = _offered_name(best.encoding)
    if not _plausible(sample.decode(codec, "replace")):
        raise _not_text_error("no encoding gives readable letters")
    return codec


def _offered_name(codec: str) -> str:
    return next((name for name in ENCODINGS if name != "auto" and codecs.lookup(name).name == codecs.lookup(codec).name), codec)


def _fits(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
        return True
    except UnicodeDecodeError:
        return False


def _looks_binary(text: str, encoding: str) -> bool:
    """Whether more than 2 % of the characters do not occur in texts.

    Bytes are seldom valid UTF-8 by chance, so unassigned characters in UTF-8 count as text: they are newer than this Python.
    """
    sample = text[:_SAMPLE]
    odd = len(_CONTROLS.findall(sample))
    if not encoding.startswith("utf-8"):
        odd += sum(count for c, count in Counter(sample).items() if unicodedata.category(c) in ("Cn", "Co"))
    return odd > 0.02 * len(sample)


def _plausible(text: str) -> bool:
    """Whether at least 80 % are letters, digits and punctuation; for encodings that fit almost any bytes."""
    readable = sum(count for c, count in Counter(text).items() if c.isascii() or unicodedata.category(c)[0] in "LMNPZ")
    return readable >= 0.8 * len(text)
