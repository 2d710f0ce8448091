"""The import of CSV files: small ones in this process, large ones in another, with the same result."""

import os
import time

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import csv_file, labelled, tables, uploads
from rnn_core.errors import UserError
from rnn_core.tasks.reviews import sources as reviews

CSV = "text,label,mood\n" + "".join(
    f'"film {i}, {"good" if i % 2 else "bad"}",{i % 2},{"up" if i % 2 else "down"}\n' for i in range(60)
)
KAGGLE = "review,sentiment\n" + "".join(
    f'"One of {i}.<br /><br />He said ""{"great" if i % 2 else "awful"}"", isn\'t it?",{"positive" if i % 2 else "negative"}\n'
    for i in range(50)
)


@pytest.fixture(params=["here", "elsewhere"])
def where(request, monkeypatch) -> None:
    monkeypatch.setattr(tables, "LARGE_FILE", {"here": 10**9, "elsewhere": 0}[request.param])


def test_a_table_is_read_and_its_sentences_are_kept(where, settings):
    table = tables.import_csv(KAGGLE.encode(), "auto", settings)
    assert (table.names, table.text, table.label) == (["review", "sentiment"], "review", "sentiment")
    assert table.classes == ["negative", "positive"] and len(table.head) == 5 and table.sentences == []
    own = labelled.from_bytes(uploads.read(table.upload, settings))
    assert len(own.texts) == 50 and own.texts[1] == 'One of 1.<br /><br />He said "great", isn\'t it?'
    chosen = tables.import_csv(CSV.encode(), "utf-8", settings, "text", "mood", "down")
    assert chosen.classes == ["up", "down"] and chosen.values == {"label": ["0", "1"], "mood": ["down", "up"]}


def test_what_cannot_be_taken_is_explained(where, settings):
    table = tables.import_csv(b"a,b\n1,2\n3,4\n5,6\n", "auto", settings)
    assert table.upload is None and table.names == ["Column 1", "Column 2"] and "unclear" in table.sentences[0]
    with pytest.raises(UserError, match="only one column"):
        tables.import_csv(b"one\ntwo\n", "auto", settings)


@pytest.mark.parametrize("program", ["/bin/false", "/nonexistent"])
def test_a_process_that_dies_or_does_not_start_is_explained(settings, monkeypatch, program):
    monkeypatch.setattr(tables, "LARGE_FILE", 0)
    monkeypatch.setattr(tables.sys, "executable", program)
    with pytest.raises(UserError, match="could not be read"):
        tables.import_csv(CSV.encode(), "auto", settings)


def test_the_size_is_checked_before_reading(monkeypatch):
    monkeypatch.setenv("RNN_MAX_UPLOAD_MB", "1")
    monkeypatch.setattr(csv_file, "read_csv", lambda *_: pytest.fail("it was read"))
    with pytest.raises(UserError, match="at most 1 MB"):
        tables.import_csv(b"x" * 1_000_001, "auto", settings_of.load())


def test_many_sentences_are_converted_once_and_are_the_same(settings, monkeypatch, in_this_process):
    own = labelled.LabelledTexts(
        (*(f"Word{i} and film{i % 40}" + "!" * (i // 40) for i in range(120)), "film", "Film"), tuple(i % 2 for i in range(122)),
        ("a\nb", "yes"),
    )  # fmt: skip
    name = uploads.save(labelled.to_bytes(own), settings)
    here = reviews.load(name, settings)
    monkeypatch.setattr(reviews, "_LARGE_UPLOAD", 0)
    loaded = reviews.load(name, settings)
    assert isinstance(loaded.train.ranks, np.memmap) and loaded.words == here.words and loaded.names == own.names
    assert (
        (loaded.known_words, loaded.near_duplicates, loaded.contradictions)
        == (here.known_words, here.near_duplicates, here.contradictions)
        == (here.known_words, 1, 2)
    )
    for ours, theirs in ((loaded.train, here.train), (loaded.test, here.test)):
        for column in ("ranks", "starts", "labels", "groups"):
            np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))
    monkeypatch.setattr(reviews, "_convert_own", lambda *_: pytest.fail("it was converted again"))
    os.utime(uploads.find(name, settings))
    reviews.load(name, settings)
    week_ago = time.time() - uploads.KEEP_SECONDS - 60
    os.utime(uploads.find(name, settings), (week_ago, week_ago))
    (folder,) = (settings.home / "flat").iterdir()
    uploads.prune(settings, in_use={name})
    assert folder.exists()
    uploads.prune(settings, in_use=set())
    assert not folder.exists() and not uploads.is_here(name, settings)
