"""Values of RNN_HOME with a damaged store, or that are no folder, when the server starts."""

import os
import sqlite3
from pathlib import Path

import pytest

from rnn_core import settings as settings_of
from rnn_core.lessons import example
from rnn_core.runs.engine.local import reap
from rnn_core.runs.store.store import Store
from tests.hostile import ACCEPTED, Row


def enter(_) -> None:
    store = Store.of(settings_of.load())
    store.runs.newest()
    store.disk_mb()
    store.runs.sweep()
    reap(store)


def home() -> Path:
    path = Path(os.environ["RNN_HOME"])
    path.mkdir(parents=True, exist_ok=True)
    return path


def file(content: bytes, name: str = "store.sqlite"):
    return lambda: (home() / name).write_bytes(content)


def changed(*statements: str):
    """A good store with an example, to which something was done."""

    def given() -> None:
        example.install(Store.of(settings_of.load()))
        with sqlite3.connect(home() / "store.sqlite") as db:
            for statement in statements:
                db.execute(statement)
        db.close()

    return given


def cut(share: float):
    def given() -> None:
        changed()()
        path = home() / "store.sqlite"
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        for companion in home().glob("store.sqlite-*"):
            companion.unlink()
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    return given


def instead(make) -> None:
    path = home()
    path.rmdir()
    make(path)


def run_in_the_way() -> None:
    changed()()
    (home() / "runs" / "a-file").write_text("x")


CANNOT = "^The folder for runs, .*, cannot be used"
SET = "RNN_HOME|^The store of runs, .*(is damaged|cannot)"

ROWS = {
    "nothing": Row(lambda: None, ACCEPTED),
    "an empty file": Row(file(b""), ACCEPTED),
    "garbage": Row(file(b"garbage" * 1000), SET),
    "zero bytes": Row(file(bytes(100_000)), SET),
    "only the first bytes": Row(file(b"SQLite format 3\0"), SET),
    "the first bytes and garbage": Row(file(b"SQLite format 3\0" + b"garbage" * 1000), SET),
    "half a store": Row(cut(0.5), SET),
    "a tenth of a store": Row(cut(0.1), SET),
    "a later version": Row(changed("PRAGMA user_version = 99"), "made by (another|a newer|a later) version.*RNN_HOME"),
    "a version of less than nothing": Row(changed("PRAGMA user_version = -5"), "version.*RNN_HOME"),
    "somebody else's database": Row(changed("DROP TABLE runs", "CREATE TABLE runs (x)", "PRAGMA user_version = 3"), SET),
    "a folder for the store": Row(lambda: (home() / "store.sqlite").mkdir(), SET),
    "a file for the home": Row(lambda: instead(lambda path: path.write_text("x")), SET),
    "a link that leads nowhere": Row(lambda: instead(lambda path: path.symlink_to("not-there")), ACCEPTED),
    "a link to itself": Row(lambda: instead(lambda path: path.symlink_to(path)), SET),
    "a store that is a link to a device": Row(lambda: (home() / "store.sqlite").symlink_to("/dev/full"), SET),
    "a file for the runs": Row(file(b"x", "runs"), ACCEPTED),
    "a file among the runs": Row(run_in_the_way, ACCEPTED),
    "a run without a spec": Row(changed("UPDATE runs SET spec = ''"), ACCEPTED),
    "a run of an unknown task": Row(changed("UPDATE runs SET task = 'chess'"), ACCEPTED),
    "a run in an unknown state": Row(changed("UPDATE runs SET state = 'flying'"), ACCEPTED),
    "results that are no JSON": Row(changed("UPDATE runs SET results = 'x'"), ACCEPTED),
    "results 100,000 deep": Row(changed(f"UPDATE runs SET results = '{'[' * 100_000}'"), ACCEPTED),
    "numbers that are none": Row(changed("UPDATE runs SET epoch = 'x', step = 'y', metrics = 'z'"), ACCEPTED),
    "metrics that are none": Row(changed("""UPDATE runs SET metrics = '{"val_loss": "z"}', results = '[1]'"""), ACCEPTED),
    "a run that trains with nobody": Row(changed("UPDATE runs SET state = 'running', pid = 999999, worker = 'x'"), ACCEPTED),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_store_is_opened_or_refused_with_a_reason(name, check_row):
    check_row(name)
