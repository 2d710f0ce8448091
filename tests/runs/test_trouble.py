"""A store that cannot be used: each cause has its own sentence, nothing is lost silently, and the engine continues."""

import ast
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnn_core.data import atomic, uploads
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store import database
from rnn_core.runs.store.database import StoreError
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import load
from tests.conftest import tiny_spec
from tests.runs.helpers import until

CORE = Path(__file__).parents[2] / "rnn_core"


@pytest.mark.parametrize("content", [b"This is no database. " * 500, bytes(range(256)) * 100])
def test_a_file_that_is_no_store_is_called_so(home, content):
    home.mkdir()
    (home / "store.sqlite").write_bytes(content)
    with pytest.raises(StoreError, match="is no store of runs"):
        Store(home)
    assert (home / "store.sqlite").read_bytes() == content


def test_a_damaged_store_is_called_so(store):
    for i in range(200):
        store.runs.add(tiny_spec(), str(i))
    store.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    content = store.database.path.read_bytes()
    store.database.path.write_bytes(content[:4096] + b"x" * (len(content) - 4096))
    with pytest.raises(StoreError, match="is damaged"):
        Store(store.home).runs.newest()


def test_a_locked_store_is_called_so(store, data_dir, monkeypatch):
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.1)
    fresh = Store(store.home)
    other = sqlite3.connect(store.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    fresh.database._idle.clear()
    with pytest.raises(StoreError, match="is locked: another program"):
        submit(tiny_spec(), fresh, load())
    assert list((store.home / "runs").glob("*")) == []
    other.execute("ROLLBACK")
    submit(tiny_spec(), fresh, load())


@pytest.mark.parametrize("gone", ["folder", "file"])
def test_a_store_that_was_removed_is_missed_at_once_and_the_engine_goes_on(store, data_dir, gone, caplog):
    engine = LocalEngine(store, load())
    engine.spare_due = float("inf")
    run = store.runs.add(tiny_spec(), "title")
    backup = store.home.with_name("kept")
    shutil.copytree(store.home, backup)
    shutil.rmtree(store.home) if gone == "folder" else store.database.path.unlink()
    for use in (
        store.runs.newest,
        lambda: store.runs.add(tiny_spec(), "lost"),
        engine.tick,
        lambda: submit(tiny_spec(), store, load()),
    ):
        with pytest.raises(StoreError, match="was removed while the program ran"):
            use()
    shutil.rmtree(store.home, ignore_errors=True)
    backup.rename(store.home)  # put back: another file of the same name
    assert store.runs.get(run).id == run and "was replaced" in caplog.text


def test_a_trouble_that_lasts_is_logged_once(store, settings, monkeypatch, caplog):
    engine, ticks = LocalEngine(store, settings), []

    def failing_tick() -> None:
        ticks.append(None)
        raise StoreError("The store is gone" if len(ticks) < 4 else "The store is locked")

    monkeypatch.setattr(engine, "tick", failing_tick)
    engine.start()
    until(lambda: len(ticks) > 8)
    engine.halt()
    assert [record.exc_info[1].sentences for record in caplog.records] == [("The store is gone",), ("The store is locked",)]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_a_sentence_and_leaves_nothing_half(store, settings, data_dir, monkeypatch, code):
    def full(*_):
        raise OSError(code, os.strerror(code))

    own = uploads.save(b"to be or not to be " * 100, settings)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(UserError, match="The file could not be saved: the disk is full"):
            uploads.save(b"something else", settings)
        with pytest.raises(UserError, match="The run could not be saved: the disk is full"):
            submit(tiny_spec(source=own), store, load())
    assert {path.suffix for path in (store.home / "uploads").iterdir()} == {".bin"}
    assert len(list((store.home / "uploads").iterdir())) == 1 and list((store.home / "runs").glob("*")) == [] == store.runs.newest()


def test_uploads_count_and_are_pruned_but_for_those_in_use(store, settings, data_dir):
    before = store.disk_mb()
    used, listed, old = (uploads.save(letter * 1_000_000, settings) for letter in (b"a", b"b", b"c"))
    assert store.disk_mb() - before > 2.9
    store.runs.add(tiny_spec(source=used), "title")
    store.uploads.add("", "text", listed, "x")
    stale = store.home / "uploads" / f"x{atomic.PART}"
    stale.write_bytes(b"half")
    for path in (store.home / "uploads").iterdir():
        os.utime(path, (time.time() - uploads.KEEP_SECONDS - 1,) * 2)
    store.tidy(settings)
    assert [uploads.is_here(name, settings) for name in (used, listed, old)] == [True, True, False] and not stale.exists()


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    atomic.write(path, b"old")
    with pytest.raises(KeyboardInterrupt), atomic.writing(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


ALLOWED = {  # (file, call): not the saving of a file
    ("data/atomic.py", "replace"), ("cli/runs.py", "write_bytes"), ("runs/engine/worker.py", "write_text"), ("data/array_cache.py", "rename"),
}  # fmt: skip


def test_files_are_saved_in_one_way():
    """Strings have a `replace` as well: with two arguments."""
    found = set()
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name, given = node.func.attr, len(node.args)
                saves = name in ("write_bytes", "write_text") or (name in ("replace", "rename") and given == 1)
                if saves or ast.unparse(node.func) in ("os.replace", "os.rename"):
                    found.add((path.relative_to(CORE).as_posix(), name))
    assert found == ALLOWED


def test_opening_a_store_again_keeps_this_processs_locks_on_it(store):
    """POSIX drops all of them when any handle on the file is closed; another process that closes then removes the log of changes."""
    script = (
        "import sys; from pathlib import Path; from rnn_core.runs.store.store import Store; Store(Path(sys.argv[1])).runs.newest()"
    )
    for i in range(3):
        run = store.runs.add(tiny_spec(), str(i))
        Store(store.home)
        subprocess.run([sys.executable, "-c", script, str(store.home)], cwd=CORE.parent, check=True)
        assert Path(f"{store.database.path}-wal").exists()
        assert store.runs.has(run) and sqlite3.connect(store.database.path).execute("SELECT count(*) FROM runs").fetchone() == (
            i + 1,
        )
