import os
import time

import pytest

from rnn_core import settings as settings_of
from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.tasks.text import corpora
from tests.conftest import TINY


def test_something_to_learn_from_comes_with_python(settings):
    reference = corpora.load("python-reference", "auto", settings).text
    source = corpora.load("python-source", "auto", settings).text
    assert len(reference) > 300_000 and "yield" in reference
    assert len(source) > 3_000_000 and "def __init__(self" in source


def test_every_text_of_the_data_folder_is_offered(data_dir):
    (data_dir / "python-reference.txt").write_text("not the bundled one")
    sources = corpora.sources(settings_of.load())
    assert sources["tiny"].read(settings_of.load()).decode() == TINY
    assert sources["python-reference"].label == "Python reference"  # a file cannot take a bundled name
    assert "python-reference.txt" in sources


def test_shakespeare_in_the_data_folder_needs_no_download(data_dir):
    assert corpora.sources(settings_of.load())["shakespeare"].read is None
    (data_dir / "shakespeare.txt").write_text("To be, or not to be")
    assert corpora.load("shakespeare", "auto", settings_of.load()).text == "To be, or not to be"


@pytest.mark.parametrize("name, said", [
    ("nothing", "no data called 'nothing'"), ("shakespeare", "has not been downloaded"), ("upload-0123456789abcdef01234567", "Upload the file again"),
    ("upload-../../etc/passwd", "no data called"), ("upload-0123ABC", "no data called"),
])  # fmt: skip
def test_a_corpus_that_is_not_there(name, said, settings):
    with pytest.raises(UserError, match=said):
        corpora.load(name, "auto", settings)


def test_an_upload_is_kept_under_a_name_of_ours_and_a_run_gets_its_own_copy(settings, tmp_path):
    raw = "Übermut tut selten gut.\r\n".encode("cp1252") * 50
    name = uploads.save(raw, settings)
    assert uploads.save(raw, settings) == name
    text = corpora.load(name, "cp1252", settings).text
    (tmp_path / corpora.RUN_CORPUS).write_text(text, encoding="utf-8")
    for path in (settings.home / "uploads").iterdir():
        path.unlink()
    assert corpora.load(name, "cp1252", settings, tmp_path).text == text == "Übermut tut selten gut.\n" * 50


def test_an_upload_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setenv("RNN_MAX_UPLOAD_MB", "1")
    with pytest.raises(UserError, match=r"1\.5 MB; at most 1 MB"):
        uploads.check_size(1_500_000, settings_of.load())
    uploads.check_size(1_000_000, settings_of.load())


def test_uploads_may_not_take_more_of_the_disk_than_runs(monkeypatch):
    monkeypatch.setenv("RNN_MAX_DISK_MB", "1")
    first = uploads.save(b"a" * 600_000, settings_of.load())
    with pytest.raises(UserError, match=r"All uploads would take 1.2 MB together; at most 1 MB .*RNN_MAX_DISK_MB"):
        uploads.save(b"b" * 600_000, settings_of.load())
    assert uploads.save(b"a" * 600_000, settings_of.load()) == first  # it is there already
    assert len(list((settings_of.load().home / "uploads").iterdir())) == 1
    monkeypatch.setenv("RNN_MAX_DISK_MB", "0")
    uploads.save(b"b" * 600_000, settings_of.load())


def test_uploads_that_no_run_took_are_forgotten_after_a_week(settings):
    old, new = uploads.save(b"old " * 9, settings), uploads.save(b"new " * 9, settings)
    week_ago = time.time() - uploads.KEEP_SECONDS - 60
    path = next((settings.home / "uploads").glob(f"{old.removeprefix(uploads.UPLOAD)}*"))
    os.utime(path, (week_ago, week_ago))
    uploads.prune(settings, in_use={old})
    assert corpora.read(old, settings) == b"old " * 9
    uploads.prune(settings, in_use=set())
    assert corpora.read(new, settings) == b"new " * 9
    with pytest.raises(UserError):
        corpora.read(old, settings)
