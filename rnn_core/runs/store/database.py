"""One SQLite file that several processes read and write at once, with write-ahead logging, short transactions and a long timeout."""

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
_BUSY_SECONDS = 30.0  # for which a writer waits for another one


def unguessable(length: int) -> str:
    """A random id of letters and digits that do not look alike, with 5 bits of entropy each."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(length))


class StoreError(UserError):
    """The store cannot be read or written at this moment."""


_MOVE = "move it away, and the program makes a new one"
_CAUSES = {  # SQLite's primary result codes: what happened, and what to do
    sqlite3.SQLITE_BUSY: "is locked: another program has held it for {busy:.0f} s. Close that program, then try again",
    sqlite3.SQLITE_LOCKED: "is locked: another program has held it for {busy:.0f} s. Close that program, then try again",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Free some space, then try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk is full or does not work. Free some space, then try again",
    sqlite3.SQLITE_READONLY: "cannot be written. Make it and its folder writable, or set RNN_HOME to another folder",
    sqlite3.SQLITE_PERM: "cannot be written. Make it and its folder writable, or set RNN_HOME to another folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Make it and its folder writable, or set RNN_HOME to another folder",
    sqlite3.SQLITE_NOTADB: f"is no store of runs. Set RNN_HOME to another folder; or {_MOVE}",
    sqlite3.SQLITE_CORRUPT: f"is damaged. Put a backup in its place; or {_MOVE}",
}


def _explained(error: sqlite3.Error, path: Path) -> Exception:
    """A `StoreError` for a cause that a person can mend; every other error as it is."""
    cause = _CAUSES.get(getattr(error, "sqlite_errorcode", -1) & 0xFF)
    return StoreError(f"The store of runs, {path}, {cause.format(busy=_BUSY_SECONDS)}.") if cause else error


class Database:
    """Cheap to create, and safe to use from many threads: each call takes a connection from a pool."""

    def __init__(self, home: Path):
        self.home, self.path = home, home / "store.sqlite"
        self._idle: deque[sqlite3.Connection] = deque()
        self._file: tuple[int, int] | None = None  # (device, inode) of the file that the connections have open
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise UserError(
                f"The folder for runs, {home}, cannot be used ({error}). Make it writable, or set RNN_HOME to another folder."
            ) from error

    def _prepare(self) -> None:
        """Create or migrate the tables. SQLite does not wait while another process switches a new file to write-ahead logging."""
        with contextlib.suppress(FileExistsError):
            self.path.touch(exist_ok=False)  # never open an existing file: closing it would drop this process's locks on it (POSIX)
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
        self._reopen_if_replaced()
        file = self._file
        try:
            db = self._idle.pop()
        except IndexError:
            db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            db.text_factory = lambda text: text.decode(errors="replace")  # one damaged text must not hide the others
        try:
            db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last second, never the file
            yield db
        except sqlite3.Error as error:
            raise _explained(error, self.path) from error
        finally:
            if file == self._file:
                self._idle.append(db)

    def _reopen_if_replaced(self) -> None:
        """Check that the path still names the same file: SQLite reports no error for a file that was removed or replaced."""
        try:
            if self._identity() == self._file:
                return
        except FileNotFoundError:
            raise StoreError(
                f"The store of runs, {self.path}, was removed while the program ran. Put it back, or start the program again: it then "
                "makes a new store."
            ) from None
        _log.warning("The store %s was replaced while the program ran; it is opened again", self.path)
        self._idle.clear()
        self._prepare()

    def _identity(self) -> tuple[int, int]:
        stat = self.path.stat()
        return stat.st_dev, stat.st_ino

    @contextmanager
    def change(self):
        """A transaction that takes the write lock at its start: nobody else writes between its reads and its writes."""
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
        """Size of the file in bytes. Raises `StoreError` where it was removed."""
        self._reopen_if_replaced()
        return self.path.stat().st_size

    def read(self, query: str, values: tuple = ()) -> list[sqlite3.Row]:
        with self.connection() as db:
            return db.execute(query, values).fetchall()
