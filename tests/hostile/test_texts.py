"""Text files that people upload: as the Text page takes them."""

import gzip
import io
import pickle
import random
import tarfile

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import uploads
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text import dataset as text
from rnn_core.tasks.text.options import TextData
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import PROSE, archive, marks, spreadsheet

EMPTY = r"^The file is empty \(0 bytes\).*Choose a file with text"
BINARY = "^This does not look like text: .*Choose a (.txt|text) file"
NOT_TEXT = "^This is not a text file but "
SHORT = r"The text has only [\d,]+ characters?; at least [\d,]+ are needed"
ONE = "^The text holds only one distinct character"
BLANK = "^The text (is empty|holds only blanks|holds only one distinct)"
NOTHING = "^The text is empty, so there is nothing to learn"


def enter(raw: bytes) -> None:
    settings = settings_of.load()
    name = uploads.save(raw, settings)
    text.check_counts(text.count(corpora.load(name, "auto", settings).text), TextData())


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as file:
        file.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return packed.getvalue()


def saved(array: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.save(packed, array)
    return packed.getvalue()


ROWS = {
    "empty": Row(lambda: b"", EMPTY),
    "one character": Row(lambda: b"a", ONE),
    "one letter of three bytes": Row(lambda: "中".encode(), ONE),
    "one blank": Row(lambda: b" ", BLANK),
    "only blanks": Row(lambda: b" " * 100_000, BLANK),
    "only line ends": Row(lambda: b"\r\n" * 100_000, BLANK),
    "only blanks of many kinds": Row(lambda: " \t\n\u00a0\u2003\u3000".encode() * 5000, BLANK),
    "one letter a million times": Row(lambda: b"a" * 1_000_000, ONE),
    "two letters": Row(lambda: b"ab" * 10_000, ACCEPTED),
    "a hundred letters": Row(lambda: PROSE[:100].encode(), SHORT),
    "one line of 5 MB": Row(lambda: (PROSE.replace("\n", " ") * 2000).encode()[:5_000_000], ACCEPTED),
    "a million empty lines and a word": Row(lambda: b"\n" * 1_000_000 + b"word", ACCEPTED),
    "160 KB of marks": Row(lambda: marks(160_000).encode(), SHORT),
    "1 MB of marks": Row(lambda: marks(1_000_000).encode(), SHORT),
    "5 MB of marks": Row(lambda: marks(5_000_000).encode(), SHORT),
    "1 MB of Hebrew points": Row(lambda: ("ש" + "\u05b8\u05bc\u05c1" * 166_000).encode(), SHORT),
    "1 MB of Arabic marks": Row(lambda: marks(1_000_000, "\u0651\u064e").encode(), SHORT),
    "1 MB of marks beyond the first plane": Row(lambda: marks(1_000_000, "\U0001d165\U0001d16d").encode(), SHORT),
    "1 MB of marks in UTF-16": Row(lambda: marks(1_000_000).encode("utf-16"), SHORT),
    "1 MB of Hangul parts": Row(lambda: ("\u1112\u1161\u11ab" * 110_000).encode(), ONE),
    "a mark on every letter": Row(lambda: "".join(c + "\u0301\u0316" for c in PROSE * 20).encode(), ACCEPTED),
    "1 MB of one ligature that becomes many letters": Row(lambda: "\ufdfa".encode() * 333_000, ONE),
    "1 MB of joined emoji": Row(lambda: "👨\u200d👩\u200d👧\u200d👦".encode() * 40_000, ACCEPTED),
    "1 MB of variation selectors": Row(lambda: ("a" + "\ufe0f" * 330_000).encode(), ACCEPTED),
    "only marks of direction": Row(lambda: "\u202e\u202d\u2066\u2069".encode() * 20_000, BLANK),
    "only zero widths": Row(lambda: "\u200b\u200c\u2060".encode() * 20_000, BLANK),
    "only byte order marks": Row(lambda: b"\xef\xbb\xbf" * 1000, NOTHING),
    "a byte order mark and nothing": Row(lambda: b"\xef\xbb\xbf", NOTHING),
    "the mark of UTF-16 and nothing": Row(lambda: b"\xff\xfe", NOTHING),
    "the mark of UTF-32 and nothing": Row(lambda: b"\xff\xfe\0\0", NOTHING),
    "marks of joined files": Row(lambda: ("\ufeff" + PROSE).encode() * 3, ACCEPTED),
    "UTF-16 with its mark": Row(lambda: PROSE.encode("utf-16"), ACCEPTED),
    "UTF-16 without": Row(lambda: PROSE.encode("utf-16-le"), ACCEPTED),
    "UTF-16, big end first, without": Row(lambda: PROSE.encode("utf-16-be"), ACCEPTED),
    "UTF-16 of Russian without": Row(lambda: ("Все счастливые семьи похожи друг на друга. " * 100).encode("utf-16-le"), ACCEPTED),
    "UTF-16 cut in the middle of a character": Row(lambda: PROSE.encode("utf-16")[:-1], ACCEPTED),
    "UTF-32 with its mark": Row(lambda: PROSE.encode("utf-32"), ACCEPTED),
    "UTF-32 without": Row(lambda: PROSE.encode("utf-32-le"), ACCEPTED),
    "UTF-32 with characters that do not exist": Row(lambda: b"\xff\xfe\0\0" + b"\xff\xff\xff\x7f" * 10_000, BINARY),
    "UTF-16 of halves of pairs": Row(lambda: b"\xff\xfe" + b"\x00\xd8" * 50_000, BINARY),
    "UTF-8 of halves of pairs": Row(lambda: b"\xed\xa0\x80" * 50_000, ACCEPTED),
    "UTF-8 longer than it may be": Row(lambda: b"\xc0\xaf\xe0\x80\xaf" * 20_000, BINARY),
    "Windows-1252": Row(lambda: ("Der Mörder grüßte “freundlich” – für 5 €. " * 200).encode("cp1252"), ACCEPTED),
    "KOI8": Row(lambda: ("Все счастливые семьи похожи друг на друга. " * 100).encode("koi8-r"), ACCEPTED),
    "Shift JIS": Row(lambda: ("吾輩は猫である。名前はまだ無い。" * 100).encode("shift_jis"), ACCEPTED),
    "UTF-7": Row(lambda: ("Gr+APwDYA " * 1000).encode(), ACCEPTED),
    "one zero byte in a novel": Row(lambda: PROSE.encode() + b"\0" + PROSE.encode(), BINARY),
    "zero bytes at an even period": Row(lambda: b"hello\0world\0" * 2000, BINARY),
    "zero bytes at an odd period": Row(lambda: b"hell\0" * 5000, BINARY),
    "only zero bytes": Row(lambda: b"\0" * 100_000, BINARY),
    "all 256 bytes": Row(lambda: bytes(range(256)) * 400, BINARY),
    "noise": Row(lambda: noise(1_000_000), BINARY),
    "noise without zero bytes": Row(lambda: noise(1_000_000).replace(b"\0", b""), BINARY),
    "text and then noise": Row(lambda: PROSE.encode() + noise(400_000), BINARY),
    "control codes": Row(lambda: b"a\x01b\x02c\x03" * 10_000, BINARY),
    "colours of a terminal": Row(lambda: b"\x1b[31mred\x1b[0m green\n" * 1000, ACCEPTED),
    "PNG": Row(lambda: b"\x89PNG\r\n\x1a\n" + noise(10_000), NOT_TEXT + "a PNG"),
    "JPEG": Row(lambda: b"\xff\xd8\xff\xe0" + noise(10_000), NOT_TEXT + "a JPEG"),
    "GIF": Row(lambda: b"GIF89a\x10\0\x10\0\xf7\0\0" + noise(10_000), NOT_TEXT + "a GIF"),
    "WebP": Row(lambda: b"RIFF\0\1\0\0WEBPVP8 " + noise(10_000), NOT_TEXT),
    "HEIC": Row(lambda: b"\0\0\0\x18ftypheic" + noise(10_000), BINARY),
    "MP4": Row(lambda: b"\0\0\0\x18ftypmp42" + noise(10_000), BINARY),
    "MP3": Row(lambda: b"ID3\x03\0" + noise(10_000), NOT_TEXT),
    "PDF": Row(lambda: b"%PDF-1.7\n" + noise(10_000), NOT_TEXT + "a PDF; copy its text"),
    "Word": Row(lambda: archive(word__document=b"<w/>"), NOT_TEXT + "a ZIP archive or an Office"),
    "spreadsheet": Row(spreadsheet, NOT_TEXT + "a ZIP archive or an Office"),
    "old Word": Row(lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), NOT_TEXT + "an old Office"),
    "RTF": Row(lambda: b"{\\rtf1\\ansi " + PROSE.encode() + b"}", NOT_TEXT + "an RTF"),
    "empty archive": Row(lambda: archive(), NOT_TEXT),
    "an archive of 50 MB of zeros": Row(lambda: archive(a=bytes(50_000_000)), NOT_TEXT),
    "gzip": Row(lambda: gzip.compress(PROSE.encode()), NOT_TEXT + "a gzip archive; unpack"),
    "tar": Row(tar, BINARY),
    "SQLite": Row(lambda: b"SQLite format 3\0" + bytes(4000), NOT_TEXT + "a database"),
    "pickle": Row(lambda: pickle.dumps({"a": [1.5] * 1000, "b": bytes(range(256))}), BINARY),
    "NumPy array": Row(lambda: saved(np.arange(1000.0)), BINARY),
    "program": Row(lambda: b"\x7fELF\x02\x01\x01" + bytes(4000), NOT_TEXT + "a program"),
    "compiled Python": Row(lambda: b"\xa7\r\r\n" + bytes(12) + noise(4000), BINARY),
    "web page": Row(lambda: b"<!DOCTYPE html><html><script>alert(1)</script>" + PROSE.encode() + b"</html>", ACCEPTED),
    "Base64": Row(lambda: b"TWFuIGlzIGRpc3Rpbmd1aXNoZWQ\n" * 1000, ACCEPTED),
    "every character once": Row(lambda: "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x20000)])).encode(), ACCEPTED),
    "50,000 different characters, often": Row(lambda: "".join(map(chr, range(0x3400, 0xD700))).encode() * 8, ACCEPTED),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_text_is_taken_or_refused_with_a_reason(name, check_row):
    check_row(name)
