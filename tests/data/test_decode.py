import pytest

from rnn_core.data.decode import decode
from rnn_core.errors import UserError

GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Größe, Maße, Füße, Öfen, Übermut. " * 30
FRENCH = "Dès Noël où un zéphyr haï me vêt de glaçons würmiens je dîne d’exquis rôtis de bœuf au kir à l’aÿ d’âge mûr. " * 30
RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний. " * 30
GREEK = "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Τάχιστη αλώπηξ βαφής ψημένη γη, δρασκελίζει υπέρ νωθρού κυνός. " * 30
CHINESE = "天地玄黃，宇宙洪荒。日月盈昃，辰宿列張。寒來暑往，秋收冬藏。" * 30


@pytest.mark.parametrize("text, encoding", [
    (GERMAN, "utf-8"), (CHINESE, "utf-8"), ("smile 😀 and wave 👋\n" * 50, "utf-8"), (GERMAN, "utf-8-sig"),
    (RUSSIAN, "utf-16"), (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"), (CHINESE, "utf-16"), (GREEK, "utf-32"),
    (GERMAN, "latin-1"), (GERMAN, "cp1252"), (FRENCH, "cp1252"), (RUSSIAN, "cp1251"), (GREEK, "cp1253"),
    (CHINESE, "big5"),
])  # fmt: skip
def test_the_encoding_is_detected(text, encoding):
    assert decode(text.encode(encoding)).text == text


def test_the_person_can_override_what_was_detected():
    raw = "наш мир".encode("koi8-r")
    assert decode(raw, "koi8-r").text == "наш мир"


def test_an_encoding_that_does_not_fit_is_named_with_the_place():
    with pytest.raises(UserError, match="not UTF-8: byte 5 does not fit"):
        decode(b"abcd\xff", "utf-8")


def test_characters_and_line_ends_are_written_one_way():
    assert decode("e\u0301a\r\nb\rc\u2028\n".encode()).text == "éa\nb\nc\n\n"
    assert decode("\ufeffabc".encode("utf-16")).text == "abc"


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.mark.parametrize("raw, said", [
    (b"", "empty"),
    (PNG, "PNG image"),
    (b"PK\x03\x04" + bytes(200), "ZIP archive"),
    (b"\x7fELF\x02\x01" + bytes(200), "a program"),
    (b"%PDF-1.7 text", "PDF"),
    (b"text and then \x00\x01\x02\xfe\xff" * 40, "zero bytes"),
    (bytes(range(1, 32)) * 100, "control codes"),
])  # fmt: skip
def test_what_is_no_text_is_refused_with_the_reason(raw, said):
    with pytest.raises(UserError, match=said) as caught:
        decode(raw)
    assert "Choose" in str(caught.value) or ";" in str(caught.value)  # it says what to do


def test_cyrillic_in_utf16_without_a_mark_is_no_utf8():
    assert decode(RUSSIAN.encode("utf-16-le")).text == RUSSIAN


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "shift_jis"])
@pytest.mark.parametrize("shift", ["", "a"])
def test_long_texts_are_detected_wherever_the_sample_ends(encoding, shift):
    line = {
        "gb18030": "天地玄黄，宇宙洪荒。\n",
        "big5": "天地玄黃，宇宙洪荒。\n",
        "shift_jis": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n",
    }[encoding]
    text = shift + line * 20_000
    assert decode(text.encode(encoding)).text == text


def test_a_few_damaged_bytes_do_not_make_another_encoding_of_utf8():
    raw = bytearray(GERMAN.encode() * 5)
    raw[1:2] = b"\xff"  # an ASCII letter
    decoded = decode(bytes(raw))
    assert decoded.encoding == "utf-8" and decoded.damaged == 1 and decoded.text.count("ö") > 100


@pytest.mark.parametrize("beginning", ["BZh is no word. ", "RIFF raff. ", "ID3 tags. ", "GIF89a was a format. "])
def test_a_text_may_begin_like_a_binary_file(beginning):
    assert decode((beginning * 20).encode()).text == beginning * 20


def test_a_tar_archive_of_a_text_is_refused():
    with pytest.raises(UserError, match="zero bytes"):
        decode(b"book.txt" + bytes(504) + GERMAN.encode() * 20)
