"""One SQLite file that several processes read and write at once: write-ahead logging, short transactions, a long wait."""

import secrets
import sqlite3
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path

from rnn_core.problem import Problem
from rnn_core.runs.schema import MIGRATIONS, TABLES, VERSION

_BUSY_SECONDS = 30.0  # how long a writer waits for another one


def unguessable(length: int) -> str:
    """An id of letters and digits that are not mistaken for each other, 5 bits each."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(length))


class Database:
    """Cheap to make, and safe to use from many threads: connections are lent from a pool, one to each call."""

    def __init__(self, home: Path):
        self.home = home
        self._idle: deque[sqlite3.Connection] = deque()
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise Problem(
                f"The folder for runs, {home}, cannot be used ({error}). Make it writable, or set RNN_HOME to another folder."
            ) from error

    def _prepare(self) -> None:
        """Make the tables. Switching a fresh file to write-ahead logging does not wait for others who do so now."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                with self.connection() as db:
                    db.execute("PRAGMA journal_mode = WAL")
                with self.change() as db:
                    version = db.execute("PRAGMA user_version").fetchone()[0]
                    if version > VERSION:
                        raise Problem(
                            f"{self.home} was made by another version of this program (its store is version {version}, this one "
                            f"reads {VERSION}). Set RNN_HOME to another folder, or use that version."
                        )
                    for older in range(version or VERSION, VERSION):
                        for statement in MIGRATIONS[older]:
                            db.execute(statement)
                    for statement in TABLES.split(";"):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {VERSION}")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def connection(self):
        try:
            db = self._idle.pop()
        except IndexError:
            db = sqlite3.connect(self.home / "store.sqlite", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            db.text_factory = lambda text: text.decode(errors="replace")  # one damaged text must not hide all the others
            db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last second, never the file
        try:
            yield db
        finally:
            self._idle.append(db)

    @contextmanager
    def change(self):
        """A transaction that takes the write lock at once, so that reading and then writing is one step."""
        with self.connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has rolled back already
                    db.execute("ROLLBACK")
                raise

    def read(self, query: str, values: tuple = ()) -> list[sqlite3.Row]:
        with self.connection() as db:
            return db.execute(query, values).fetchall()
