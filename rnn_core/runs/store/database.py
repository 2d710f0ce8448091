"""One SQLite file that several processes read and write at once: write-ahead logging, short transactions, a long wait."""

import contextlib
import logging
import secrets
import sqlite3
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path

from rnn_core.errors import UserError
from rnn_core.runs.store.schema import MIGRATIONS, TABLES, VERSION

_log = logging.getLogger(__name__)
_BUSY_SECONDS = 30.0  # how long a writer waits for another one


def unguessable(length: int) -> str:
    """An id of letters and digits that are not mistaken for each other, 5 bits each."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(length))


class StoreError(UserError):
    """The store cannot be read or written now."""


_ASIDE = "move it away, and the program makes a new one"
_CAUSES = {  # SQLite's primary result codes: what happened, and what to do
    sqlite3.SQLITE_BUSY: "is locked: another program has held it for {busy:.0f} s. Close that program, then try again",
    sqlite3.SQLITE_LOCKED: "is locked: another program has held it for {busy:.0f} s. Close that program, then try again",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Free some space, then try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk is full or does not work. Free some space, then try again",
    sqlite3.SQLITE_READONLY: "cannot be written. Make it and its folder writable, or set RNN_HOME to another folder",
    sqlite3.SQLITE_PERM: "cannot be written. Make it and its folder writable, or set RNN_HOME to another folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Make it and its folder writable, or set RNN_HOME to another folder",
    sqlite3.SQLITE_NOTADB: f"is no store of runs. Set RNN_HOME to another folder; or {_ASIDE}",
    sqlite3.SQLITE_CORRUPT: f"is damaged. Put a backup in its place; or {_ASIDE}",
}


def _in_words(error: sqlite3.Error, path: Path) -> Exception:
    """A `UserError` for what the person can mend; a fault of the program stays what it is."""
    cause = _CAUSES.get(getattr(error, "sqlite_errorcode", -1) & 0xFF)
    return StoreError(f"The store of runs, {path}, {cause.format(busy=_BUSY_SECONDS)}.") if cause else error


class Database:
    """Cheap to make, and safe to use from many threads: connections are lent from a pool, one to each call."""

    def __init__(self, home: Path):
        self.home, self.path = home, home / "store.sqlite"
        self._idle: deque[sqlite3.Connection] = deque()
        self._file: tuple[int, int] | None = None  # which file the connections are of
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise UserError(
                f"The folder for runs, {home}, cannot be used ({error}). Make it writable, or set RNN_HOME to another folder."
            ) from error

    def _prepare(self) -> None:
        """Make the tables. Switching a fresh file to write-ahead logging does not wait for others who do so now."""
        with contextlib.suppress(FileExistsError):
            self.path.touch(exist_ok=False)  # never opened otherwise: closing it would drop this process's locks on it (POSIX)
        self._file = self._identity()
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                with self.connection() as db:
                    db.execute("PRAGMA journal_mode = WAL")
                with self.change() as db:
                    version = db.execute("PRAGMA user_version").fetchone()[0]
                    if not 0 <= version <= VERSION:
                        raise UserError(
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
            except StoreError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def connection(self):
        self._follow_the_file()
        file = self._file
        try:
            db = self._idle.pop()
        except IndexError:
            db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            db.text_factory = lambda text: text.decode(errors="replace")  # one damaged text must not hide all the others
        try:
            db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last second, never the file
            yield db
        except sqlite3.Error as error:
            raise _in_words(error, self.path) from error
        finally:
            if file == self._file:
                self._idle.append(db)

    def _follow_the_file(self) -> None:
        """What is written to a file that was removed is lost without a word, so it is looked for before each use."""
        try:
            if self._identity() == self._file:
                return
        except FileNotFoundError:
            raise StoreError(
                f"The store of runs, {self.path}, was removed while the program ran. Put it back, or start the program again: it then "
                "makes a new one."
            ) from None
        _log.warning("The store %s was replaced while the program ran; it is opened again", self.path)
        self._idle.clear()
        self._prepare()

    def _identity(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino

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

    def size(self) -> int:
        """Bytes of the file. Raises `StoreError` where it was removed."""
        self._follow_the_file()
        return self.path.stat().st_size

    def read(self, query: str, values: tuple = ()) -> list[sqlite3.Row]:
        with self.connection() as db:
            return db.execute(query, values).fetchall()
