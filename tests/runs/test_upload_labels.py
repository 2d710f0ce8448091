"""Labels of uploads: each person has their own, also for the same file, and runs keep their titles."""

import sqlite3

import pytest

from rnn_core.cli.main import main
from rnn_core.data import labelled, uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks import sources
from rnn_core.tasks.reviews import sources as reviews
from tests.conftest import TINY
from tests.runs.old_store import downgrade

TEXT, SENTENCES = TINY.encode(), labelled.to_bytes(reviews.FOUR_SENTENCES)


@pytest.mark.parametrize("task, raw", [("text", TEXT), ("reviews", SENTENCES)])
def test_the_same_file_has_a_label_for_each_owner(store, settings, task, raw):
    runs = []
    for owner, label in (("ada", "mine.txt"), ("ben", "silly.txt")):
        name = uploads.save(raw, settings)
        store.uploads.add(owner, task, name, label)
        runs.append(submit(RunSpec.from_options(task, source=name), store, settings, owner=owner))
    assert [sources.label(task, name, settings, store.uploads.labels(owner, task)) for owner in ("ada", "ben", "cleo")] == [
        "mine.txt", "silly.txt", "Your upload",
    ]  # fmt: skip
    store.uploads.add("ada", task, name, "renamed.txt")
    assert [store.runs.get(run).title.split(" · ")[0] for run in runs] == ["mine.txt", "silly.txt"]


def test_a_label_is_one_line_of_clean_text(store):
    store.uploads.add("ada", "text", "upload-1", "a\nb\udcff\0" + "c" * 5000)
    assert (
        store.uploads.labels("ada", "text")["upload-1"].startswith("a b\ufffdc")
        and len(store.uploads.labels("ada", "text")["upload-1"]) == 200
    )


def test_uploads_of_earlier_versions_keep_their_labels(settings, home):
    Store.of(settings)
    name = uploads.save(TEXT, settings)
    (home / "uploads" / name.removeprefix(uploads.UPLOAD)).with_suffix(".label").write_text("old.txt")
    with sqlite3.connect(home / "store.sqlite") as db:
        downgrade(db, 3)
        db.execute("INSERT INTO uploads VALUES ('', 'text', ?, 1)", (name,))
    store = Store.of(settings)
    labels = store.uploads.labels("", "text")
    assert labels == {name: ""} and sources.label("text", name, settings, labels) == "old.txt"
    uploads.save(TEXT, settings)
    store.uploads.add("ben", "text", name, "silly.txt")
    assert sources.label("text", name, settings, store.uploads.labels("", "text")) == "old.txt"


def test_the_command_line_lists_what_it_took(tmp_path, store, monkeypatch):
    (tmp_path / "book.txt").write_bytes(TEXT)
    monkeypatch.setattr("rnn_core.cli.train.train_to_end", lambda *_: 0)
    assert main(["train", "--source", str(tmp_path / "book.txt"), "--epochs", "1"]) == 0
    assert list(store.uploads.labels("", "text").values()) == ["book.txt"]
    assert store.runs.newest(examples=False)[0].title.startswith("book.txt · ")
