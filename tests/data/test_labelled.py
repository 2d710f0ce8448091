import csv
import io
import json

import pandas as pd
import pytest

from rnn_core.data import labelled
from rnn_core.data.csv_file import read_csv
from rnn_core.data.labelled import LabelledTexts, from_bytes, from_table, guess, to_bytes
from rnn_core.errors import UserError

ROWS = [
    ("A warm, clever film.", "positive"), ("Dull; and far too long", "negative"), ('She said "no" and left', "negative"),
    ("Two lines,\nand both are good", "positive"), ("Größe und Wärme 😀", "positive"), ("Nothing works here", "negative"),
]  # fmt: skip


def written(rows, separator=",", header=("review", "sentiment")):
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows(([header] if header else []) + list(rows))
    return file.getvalue().encode()


def table(rows, columns=("text", "label")):
    return pd.DataFrame(rows, columns=list(columns))


def said(error):
    """The error message, which must say what to do."""
    assert any(word in error for word in ("Choose", "Add", "Put", "Write", "Keep", "Cut", "Load")), error
    return error


# --- Reading a file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", [("review", "sentiment"), None])
def test_a_table_is_read_whatever_its_separator_and_with_or_without_names(separator, header):
    read = read_csv(written(ROWS, separator, header))
    assert list(read) == (list(header) if header else ["Column 1", "Column 2"])
    assert [tuple(row) for row in read.itertuples(index=False)] == ROWS
    assert all(isinstance(cell, str) for cell in read.iloc[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_spreadsheets_are_read(encoding):
    rows = [(text.replace("😀", "!"), label) for text, label in ROWS]
    assert list(read_csv(written(rows * 3).decode().encode(encoding))["review"][:6]) == [text for text, _ in rows]


def test_what_the_decoder_refuses_is_refused():
    with pytest.raises(UserError, match="Office"):
        read_csv(b"PK\x03\x04" + bytes(200))
    with pytest.raises(UserError, match="not UTF-8"):
        read_csv(written(ROWS).decode().replace("😀", "").encode("cp1252"), "utf-8")


@pytest.mark.parametrize("text, columns", [
    ("phrase,verdict\ngood one,a\nbad one,b\nfine one,a\npoor one,b\n", ["phrase", "verdict"]),  # unknown names
    ("good one,a\nbad one,b\nfine one,a\npoor one,b\n", ["Column 1", "Column 2"]),
    ("good one,1\nbad one,0\nfine one,0\nawful one,0\nsad one,0\n", ["Column 1", "Column 2"]),  # the only 1 is in the first line
    (",text,label\n0,good,1\n1,bad,0\n", ["Column 1", "text", "label"]),  # pandas' index
    ("text,label,,,\ngood,1,,,\nbad,0,,,\n", ["text", "label"]),  # columns that a spreadsheet left
    ("text,text,label\ngood,really,1\nbad,indeed,0\n", ["text", "text (2)", "label"]),
    ("sep=;\ntext;label\ngood;1\n", ["text", "label"]),
    ("\n\ntext,label\n\ngood,1\n,\nbad,0,,\n", ["text", "label"]),  # blank rows, and separators too many
    ("Toll, wirklich;1\nSchlecht, leider;0\nGut, sehr;1\nMies, sehr;0\n", ["Column 1", "Column 2"]),  # both separators fit
])  # fmt: skip
def test_headers_and_oddities_of_spreadsheets(text, columns):
    read = read_csv(text.encode())
    assert list(read) == columns
    assert read.iloc[-1, -1] in ("0", "1", "b") and len(read) == sum(1 for line in text.split("\n") if line.strip(",")) - (
        ("phrase" in text or "text" in text) + ("sep" in text)
    )


def test_quotation_marks_of_a_tab_separated_file_may_be_mere_characters():
    read = read_csv(b'ham\t"I said so\nspam\twin now\nham\t"yes" he said\nspam\tfree\n')
    assert list(read["Column 2"]) == ['"I said so', "win now", '"yes" he said', "free"]


@pytest.mark.parametrize("text, line, reason", [
    ('text,label\ngood,1\n"never closed,0\nbad,0\n', 3, "never ends"),
    ('text,label\n"she said "no" twice",1\nbad,0\n', 2, "its end is unclear"),
    ('text,label\n"two\nlines",1\n1,"he said "no" again"\nbad,0\n', 4, "its end is unclear"),
    # A mark in a later row closes the cell without any error: what lies between looks like rows.
    ('text,label\n"I liked it,1\nbad,0\nfine film",1\ngood,1\nawful,0\n', 2, "up to line 4"),
    ('label,text\n1,good\n0,"bad\n1,fine\n0,poor"\n1,great\n0,sad\n', 3, "up to line 5"),
    ('text,label\n"one,1\n' + "".join(f"text {i},{i % 2}\n" for i in range(50)) + 'end",0\n', 2, "up to line 53"),
    ("text,label\n" + "good,1\nbad,0\n" * 9 + '"long ' + "word and\n" * 20_000, 20, "never ends"),  # longer than any cell may be
])  # fmt: skip
def test_broken_quoting_is_found_with_its_line(text, line, reason):
    with pytest.raises(UserError) as caught:
        read_csv(text.encode())
    assert f"In line {line:,} a cell begins with a quotation mark" in said(str(caught.value)) and reason in str(caught.value)


@pytest.mark.parametrize("cell", [
    "Dear all,\nI liked it, really\nbut, well\nyours, Jo\nP. S.\nit was fun", "1\n0\n1\n0\n1", "one\n\n\ntwo", 'he said "1"\n"0" she said',
])  # fmt: skip
@pytest.mark.parametrize("text_first", [True, False])
def test_texts_of_several_lines_are_no_broken_quoting(cell, text_first):
    rows = [(cell, "1"), ("good", "1"), ("bad", "0"), ("sad", "0"), (cell + "!", "0")]
    read = read_csv(written(rows if text_first else [row[::-1] for row in rows], header=None))
    assert read.iloc[0, 0 if text_first else 1] == cell and len(read) == 5


def test_rows_of_another_width_are_named_with_their_line():
    with pytest.raises(UserError) as caught:
        read_csv(b'text,label\n"two\nlines",1\ngood, really good, is it,1\nbad,0\nwell, well,0\nfine,1\n')
    assert "Line 4 has 4 columns, where the first line has 2" in said(str(caught.value))
    assert "1 more line differs, too" in str(caught.value) and "quotation marks" in str(caught.value)
    with pytest.raises(UserError, match="Line 3 has 1 column, where"):
        read_csv(b"text,label\ngood,1\nbad\nfine,1\n")


@pytest.mark.parametrize("text", ["one line\nand another\n", "text\ngood\nbad\n", "word"])
def test_a_file_of_one_column_is_refused(text):
    with pytest.raises(UserError, match="only one column"):
        read_csv(text.encode())


@pytest.mark.parametrize("text", ["\n \n\n", ",,\n,,\n"])
def test_a_file_of_blank_lines_is_refused(text):
    with pytest.raises(UserError, match="no rows"):
        read_csv(text.encode())


def test_a_cell_that_is_too_long_is_named_with_its_line():
    with pytest.raises(UserError, match="Line 3 holds a cell of more than 131,072 characters"):
        read_csv(b"text,label\ngood,1\n" + b"word " * 30_000 + b",0\n")


# --- Finding the columns


@pytest.mark.parametrize("columns, expected", [
    (("review", "sentiment"), ("review", "sentiment")),
    (("id", "Kommentar", "Bewertung"), ("Kommentar", "Bewertung")),
    (("Étiquette", "Critique"), ("Critique", "Étiquette")),
    (("reseña", "polaridad"), ("reseña", "polaridad")),
    (("v1", "v2"), ("v2", "v1")),
    (("title", "review_text", "sentiment_label"), ("review_text", "sentiment_label")),
    (("a", "b"), ("b", "a")),  # by content from here on
    (("no", "b", "c", "d"), ("c", "d")),
])  # fmt: skip
def test_columns_are_guessed_by_name_and_otherwise_by_content(columns, expected):
    texts = [text for text, _ in ROWS]
    labels = [label for _, label in ROWS]
    label_at, text_at = columns.index(expected[1]), columns.index(expected[0])
    cells = {
        name: labels if at == label_at else texts if at == text_at else [f"n{i}" for i in range(6)]
        for at, name in enumerate(columns)
    }
    assert guess(pd.DataFrame(cells)) == expected


def test_a_known_pair_of_labels_is_preferred_to_any_other_two_values():
    cells = {"a": [text for text, _ in ROWS], "b": ["yes", "No"] * 3, "c": ["Rome", "Oslo"] * 3}
    assert guess(pd.DataFrame(cells)) == ("a", "b")


def test_columns_that_are_still_to_be_filled_in_are_guessed_by_name():
    assert guess(read_csv(b"text,label\ngood,\nbad,\n")) == ("text", "label")
    assert guess(read_csv(b"text,label\n")) == ("text", "label")


def test_what_cannot_be_guessed_is_left_open():
    assert guess(pd.DataFrame({"a": ["1", "2", "3"], "b": ["4", "5", "6"]})) == (None, None)
    assert guess(pd.DataFrame({"rating": [f"{i / 7}" for i in range(30)], "b": ["x"] * 30})) == (None, None)


# --- From a table to labelled texts


@pytest.mark.parametrize("first, second, names", [
    ("positive", "negative", ("negative", "positive")), ("POS", "NEG", ("NEG", "POS")), ("1", "0", ("0", "1")), ("1", "-1", ("-1", "1")),
    ("spam", "ham", ("ham", "spam")), ("Gut", "schlecht", ("schlecht", "Gut")), ("Sí", "No", ("No", "Sí")), ("oui", "non", ("non", "oui")),
    (True, False, ("False", "True")), (1.0, 0.0, ("0", "1")), ("положительный", "отрицательный", ("отрицательный", "положительный")),
])  # fmt: skip
def test_known_labels_are_ordered_by_their_meaning(first, second, names):
    labelled_texts, notes = from_table(table([("a", first), ("b", second), ("c", first), ("d", second)]), "text", "label")
    assert labelled_texts == LabelledTexts(("a", "b", "c", "d"), (1, 0, 1, 0), names) and notes == []


def test_unknown_labels_are_ordered_and_the_note_says_how_to_change_it():
    rows = table([("a", "verse"), ("b", "prose"), ("c", "verse"), ("d", "prose")])
    labelled_texts, notes = from_table(rows, "text", "label")
    assert labelled_texts.names == ("prose", "verse") and labelled_texts.labels == (1, 0, 1, 0)
    assert len(notes) == 1 and "choose 'prose' as the label that counts as positive" in notes[0]
    labelled_texts, notes = from_table(rows, "text", "label", positive="Prose")
    assert labelled_texts.names == ("verse", "prose") and labelled_texts.labels == (0, 1, 0, 1) and notes == []
    with pytest.raises(UserError, match=r"'drama' is not one of the labels\. Choose 'verse' or 'prose'"):
        from_table(rows, "text", "label", positive="drama")


def test_numbers_are_ordered_as_numbers():
    labelled_texts, _ = from_table(table([("a", "10"), ("b", "2"), ("c", "10"), ("d", "2")]), "text", "label")
    assert labelled_texts.names == ("2", "10")


def test_labels_differing_in_case_and_blanks_only_are_one():
    labelled_texts, _ = from_table(
        table([("a", " Good"), ("b", "bad "), ("c", "good"), ("d", "BAD"), ("e", "good")]), "text", "label"
    )
    assert labelled_texts.labels == (1, 0, 1, 0, 1) and labelled_texts.names == ("bad", "good")


def test_what_is_left_out_is_counted():
    rows = [
        ("a", "1"), ("b", "0"), ("c", "1"), ("d", "0"), ("a", "1"), (" a ", "1"), ("e", ""), ("f", None), ("", "1"), (None, "0"), ("", ""),
        ("torn", "1"), ("torn", "0"), ("torn", "1"),
    ]  # fmt: skip
    labelled_texts, notes = from_table(table(rows), "text", "label")
    assert labelled_texts == LabelledTexts(("a", "b", "c", "d"), (1, 0, 1, 0), ("0", "1"))
    empty_text, empty_label, repeated, torn = notes
    assert (
        "2 rows are left out because the text is empty" in empty_text
        and "2 rows" in empty_label
        and "label is empty" in empty_label
    )
    assert "2 rows" in repeated and "same label" in repeated and "3 rows" in torn and "'0' and as '1'" in torn


@pytest.mark.parametrize("rows, reason", [
    ([], "no rows"),
    ([("a", ""), ("b", None)], "All labels in the column 'label' are empty"),
    ([("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")], "All rows have the label '1'"),
    ([("", "1"), ("a", "")], "No row has both"),
    ([("a", "1"), ("b", "0"), ("c", "1")], "1 labelled '0' and 2 labelled '1'"),
    ([("a", "1"), ("b", "0"), ("c", "1"), ("d", "1"), ("e", "1")], "1 labelled '0' and 4 labelled '1'"),
    ([("a", "1"), ("b", "0"), ("c", "1"), ("b", "0")], "at least 2 of each"),
])  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused(rows, reason):
    with pytest.raises(UserError) as caught:
        from_table(table(rows), "text", "label")
    assert reason in said(str(caught.value))


def test_more_than_two_labels_are_listed_with_their_counts():
    rows = [(f"text {i}", str(stars)) for i, stars in enumerate([1] * 3 + [2] * 4 + [3] * 5 + [4] * 6 + [5] * 7 + [6] * 2 + [7])]
    with pytest.raises(UserError) as caught:
        from_table(table(rows), "text", "label")
    assert "7 different labels" in said(str(caught.value)) and "1 and 2 against 4 and 5" in str(caught.value)
    assert "'5' (7), '4' (6), '3' (5), '2' (4), '1' (3) and 2 more" in str(caught.value)


def test_columns_must_be_two_that_exist():
    rows = table(ROWS)
    with pytest.raises(UserError, match=r"no column 'mood' for the labels\. Choose one of: text, label"):
        from_table(rows, "text", "mood")
    with pytest.raises(UserError, match="unclear which column holds the labels"):
        from_table(rows, "text", None)
    with pytest.raises(UserError, match="two different columns"):
        from_table(rows, "text", "text")


def test_of_too_many_rows_the_same_are_chosen_each_time_with_both_labels(monkeypatch):
    monkeypatch.setattr(labelled, "MAX_ROWS", 100)
    rows = table([(f"text {i}", "spam" if i % 200 == 7 else "ham") for i in range(1000)])  # 5 of them are spam
    labelled_texts, notes = from_table(rows, "text", "label")
    assert len(labelled_texts.texts) == 100 and labelled_texts.labels.count(1) == 2  # 0.5, but two are needed
    assert "Of 1,000 rows 100 are used, always the same random ones" in notes[0] and "use a file" in notes[0]
    assert from_table(rows, "text", "label")[0] == labelled_texts
    places = [int(text.split()[1]) for text in labelled_texts.texts]
    assert places == sorted(places) and min(places) < 100 and max(places) > 900


# --- As bytes of a file


def test_what_is_kept_is_found_again_and_the_same_content_gives_the_same_bytes():
    content, _ = from_table(read_csv(written(ROWS)), "review", "sentiment")
    raw = to_bytes(content)
    assert from_bytes(raw) == content and to_bytes(from_bytes(raw)) == raw
    assert "Größe und Wärme 😀".encode() in raw
    reordered = json.dumps(json.loads(raw), indent=2, sort_keys=False).encode()
    assert to_bytes(from_bytes(reordered)) == raw


def test_odd_characters_of_a_typed_table_survive_being_kept():
    rows = [("\ufeff\ufeffa", 1), ("half \ud83d pair", 0), ("e\u0301 \0", 1), ("\r\n d", 0)]
    labelled_texts, _ = from_table(pd.DataFrame(rows, columns=["text", "label"], dtype=object), "text", "label")
    assert labelled_texts.texts == ("a", "half \ufffd pair", "é", "d")
    assert from_bytes(to_bytes(labelled_texts)) == labelled_texts


GOOD = {"labels": [0, 1, 0, 1], "names": ["no", "yes"], "texts": ["a", "b", "c", "d"]}


@pytest.mark.parametrize("change", [
    {"labels": [0, 1, 0]}, {"labels": [0, 1, 0, 2]}, {"labels": [0, 1, 0, True]}, {"labels": [0, 1, 0, 1.0]}, {"labels": "0101"},
    {"labels": [0, 1, 1, 1]}, {"names": ["no"]}, {"names": ["no", "No"]}, {"names": ["", "yes"]}, {"names": [0, 1]}, {"names": None},
    {"texts": ["a", "b", "c", "c"]}, {"texts": ["a", "b", "c", ""]}, {"texts": ["a", "b", "c", 4]}, {"texts": ["a", "b", "c", " d"]},
    {"texts": ["a", "b", "c", "\ud83d"]}, {"texts": ["a", "b", "c", "e\u0301"]}, {"texts": {"a": 1}}, {"more": 1},
])  # fmt: skip
def test_damaged_bytes_are_refused(change):
    assert from_bytes(json.dumps(GOOD).encode()).names == ("no", "yes")
    with pytest.raises(UserError):
        from_bytes(json.dumps(GOOD | change).encode())


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b"nonsense", b"[" * 100_000, b'{"labels": []}', b'{"names": NaN}', b"1" * 5000]
)
def test_bytes_that_are_something_else_are_refused(raw):
    with pytest.raises(UserError, match="damaged"):
        from_bytes(raw)


def test_more_rows_than_allowed_are_not_taken_from_bytes(monkeypatch):
    monkeypatch.setattr(labelled, "MAX_ROWS", 3)
    with pytest.raises(UserError, match="at most 3 are allowed"):
        from_bytes(json.dumps(GOOD).encode())
