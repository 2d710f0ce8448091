"""The store: one SQLite file with specs, states and events of all runs, and a folder a run beside it.

It is the only channel between pages and training. Several processes write at once: write-ahead logging, short
transactions, and a long busy timeout. Metric points are kept per name; charts read them in a few hundred buckets.
"""

import json
import math
import secrets
import sqlite3
import time
from collections import deque
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from rnn_core.problem import Problem
from rnn_core.runs.records import ENDED, FINISHED, ON_A_SLOT, QUEUED, RUNNING, STARTING, STOPPED, Point, Run, Sample
from rnn_core.settings import Settings
from rnn_core.spec import RunSpec

WEIGHTS, VOCABULARY, TESTED, LOG = "weights.npz", "vocabulary.json", "tested.npy", "worker.log"  # in a run's folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, task TEXT NOT NULL, title TEXT NOT NULL, spec TEXT NOT NULL,
    state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', created REAL NOT NULL, started REAL, ended REAL,
    stop_wanted REAL, pid INTEGER, worker TEXT, kept_for INTEGER,
    step INTEGER NOT NULL DEFAULT 0, steps INTEGER, epoch REAL NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
    rate REAL, items INTEGER, train_loss REAL, val_loss REAL,
    train_accuracy REAL, val_accuracy REAL, results TEXT NOT NULL DEFAULT '{}', reference REAL
);
CREATE INDEX IF NOT EXISTS runs_by_state ON runs (state, number);
CREATE TABLE IF NOT EXISTS points (
    run INTEGER NOT NULL, name TEXT NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, seconds REAL NOT NULL,
    value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, PRIMARY KEY (run, name, step)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS samples (
    run INTEGER NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (
    run INTEGER NOT NULL, time REAL NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS changes_by_run ON changes (run);
"""
_VERSION = 2  # of the tables above; a later one is refused with a sentence
_MIGRATIONS = {  # from which version: what makes it the next one
    1: (
        "ALTER TABLE runs ADD COLUMN train_accuracy REAL",
        "ALTER TABLE runs ADD COLUMN val_accuracy REAL",
        "ALTER TABLE runs ADD COLUMN results TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE runs ADD COLUMN reference REAL",
    ),
}
_BUSY_SECONDS = 30.0  # how long a writer waits for another one
_SUMMARY = (
    "id, task, title, state, message, created, started, ended, stop_wanted, step, steps, epoch, seconds, rate, items, "
    "train_loss, val_loss, train_accuracy, val_accuracy, results"
)

CURVE = (
    "SELECT name, max(step), max(epoch), max(seconds), avg(value), min(low), max(high) FROM points "
    "WHERE run = ? AND name = ? GROUP BY (step - 1) / ? ORDER BY step"
)


class Store:
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

    @classmethod
    def of(cls, settings: Settings) -> "Store":
        return cls(settings.home)

    def _prepare(self) -> None:
        """Make the tables. Switching a fresh file to write-ahead logging does not wait for others who do so now."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                with self._connection() as db:
                    db.execute("PRAGMA journal_mode = WAL")
                with self._change() as db:
                    version = db.execute("PRAGMA user_version").fetchone()[0]
                    if version > _VERSION:
                        raise Problem(
                            f"{self.home} was made by another version of this program (its store is version {version}, this one "
                            f"reads {_VERSION}). Set RNN_HOME to another folder, or use that version."
                        )
                    for older in range(version or _VERSION, _VERSION):
                        for statement in _MIGRATIONS[older]:
                            db.execute(statement)
                    for statement in _SCHEMA.split(";"):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {_VERSION}")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def _connection(self):
        try:
            db = self._idle.pop()
        except IndexError:
            db = sqlite3.connect(self.home / "store.sqlite", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last second, never the file
        try:
            yield db
        finally:
            self._idle.append(db)

    @contextmanager
    def _change(self):
        """A transaction that takes the write lock at once, so that reading and then writing is one step."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has rolled back already
                    db.execute("ROLLBACK")
                raise

    def _read(self, query: str, values: tuple = ()) -> list[sqlite3.Row]:
        with self._connection() as db:
            return db.execute(query, values).fetchall()

    # Making and finding runs

    def folder(self, run_id: str) -> Path:
        """The run's own folder: weights, vocabulary, log, and an upload's text."""
        return self.home / "runs" / run_id

    def new_id(self) -> str:
        """An id that cannot be guessed, and its folder; the run begins to exist with `add`."""
        run_id = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(16))  # 80 bits
        self.folder(run_id).mkdir(parents=True)
        return run_id

    def add(self, spec: RunSpec, title: str, run_id: str | None = None, kept_for: int | None = None) -> str:
        """Put a spec into the queue; returns the run's id. From now on a worker may take it: its folder must be ready.

        `kept_for` is a process that trains the run itself: a command line, whose settings a server may not have.
        """
        run_id = run_id or self.new_id()
        with self._change() as db:
            db.execute(
                "INSERT INTO runs (id, task, title, spec, state, created, kept_for) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run_id, spec.task, title, spec.to_json(), QUEUED, time.time(), kept_for),
            )
            self._note(db, run_id, QUEUED, "")
        return run_id

    def add_finished(self, run_id: str, spec: RunSpec, title: str, progress: dict) -> None:
        """Put a run that was trained elsewhere beside the others, unless it is there."""
        now = time.time()
        values = {"id": run_id, "task": spec.task, "title": title, "spec": spec.to_json(), "state": FINISHED, "created": now,
                  "started": now, "ended": now, **progress}  # fmt: skip
        with self._change() as db:
            db.execute(
                f"INSERT OR IGNORE INTO runs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", (*values.values(),)
            )

    def keep_results(self, run_id: str, **results: float) -> None:
        """Add what was measured at the end."""
        with self._change() as db:
            kept = {name: value for name, value in results.items() if math.isfinite(value)}  # JSON has no word for the others
            db.execute("UPDATE runs SET results = json_patch(results, ?) WHERE id = ?", (json.dumps(kept), run_id))

    def has(self, run_id: str) -> bool:
        return bool(self._read("SELECT 1 FROM runs WHERE id = ?", (run_id,)))

    def get(self, run_id: str) -> Run:
        row = next(iter(self._read(f"SELECT {_SUMMARY} FROM runs WHERE id = ?", (run_id,))), None)
        if row is None:
            raise Problem(f"There is no run {run_id!r} here. It may have been deleted, or it belongs to another machine.")
        return _run(row)

    def find(self, beginning: str) -> Run:
        """The one run whose id begins so; for people who type."""
        if self.has(beginning):
            return self.get(beginning)
        rows = self._read("SELECT id FROM runs WHERE substr(id, 1, ?) = ? LIMIT 2", (max(1, len(beginning)), beginning))
        if len(rows) == 2:
            raise Problem(f"Several runs begin with {beginning!r}. Give more of the id.")
        return self.get(rows[0]["id"] if rows else beginning)

    def spec(self, run_id: str) -> RunSpec:
        row = next(iter(self._read("SELECT spec FROM runs WHERE id = ?", (run_id,))), None)
        if row is None:
            self.get(run_id)
        return RunSpec.from_json(row["spec"])

    def sources(self) -> set[str]:
        """The names of all data that runs were trained on."""
        query = "SELECT DISTINCT coalesce(json_extract(spec, '$.data.corpus'), json_extract(spec, '$.data.dataset')) FROM runs"
        return {row[0] for row in self._read(query)}

    def runs(self, task: str | None = None, most: int = 1000) -> list[Run]:
        """Newest first."""
        rows = self._read(f"SELECT {_SUMMARY} FROM runs WHERE task = coalesce(?, task) ORDER BY number DESC LIMIT ?", (task, most))
        return [_run(row) for row in rows]

    def place(self, run_id: str) -> int:
        """How many queued runs stand before this one."""
        query = "SELECT count(*) FROM runs WHERE state = ? AND number < (SELECT number FROM runs WHERE id = ?)"
        return self._read(query, (QUEUED, run_id))[0][0]

    def speeds(self, task: str, most: int = 5) -> list[tuple[float, float]]:
        """(reference, real) seconds a step of the newest runs of a task that trained long enough to tell."""
        query = (
            "SELECT reference, 1 / rate FROM runs WHERE task = ? AND reference > 0 AND rate > 0 AND seconds > 10 AND state IN (?, ?, ?) "
            "ORDER BY number DESC LIMIT ?"
        )
        return [tuple(row) for row in self._read(query, (task, *ENDED, most))]

    # The life of a run

    def claim(self, slots: int, only: str | None = None) -> str | None:
        """Take the oldest queued run if a slot is free, so that no other process takes it; None where there is nothing.

        `only` is a run that is kept for the process that asks; without it, runs kept for others are passed over.
        """
        oldest = (
            "SELECT id FROM runs WHERE state = ? AND stop_wanted IS NULL AND "
            + ("id = ?" if only else "kept_for IS ?")
            + " ORDER BY number LIMIT 1"
        )
        if not self._read(oldest, (QUEUED, only)):  # most looks end here, without the write lock
            return None
        with self._change() as db:
            busy = db.execute("SELECT count(*) FROM runs WHERE state IN (?, ?, ?)", ON_A_SLOT).fetchone()[0]
            row = db.execute(oldest, (QUEUED, only)).fetchone()
            if busy >= slots or row is None:
                return None
            db.execute("UPDATE runs SET state = ?, started = ? WHERE id = ?", (STARTING, time.time(), row["id"]))
            self._note(db, row["id"], STARTING, "")
            return row["id"]

    def kept(self) -> list[tuple[str, int]]:
        """(id, process) of every queued run that is kept for a process."""
        query = "SELECT id, kept_for FROM runs WHERE state = ? AND kept_for IS NOT NULL"
        return [tuple(row) for row in self._read(query, (QUEUED,))]

    def attach(self, run_id: str, pid: int, worker: str) -> None:
        """Which process trains the run; the worker's name tells it from a later process with the same number."""
        with self._change() as db:
            db.execute("UPDATE runs SET pid = ?, worker = ? WHERE id = ?", (pid, worker, run_id))

    def attached(self) -> list[sqlite3.Row]:
        """id, pid, worker, started and stop_wanted of every run that should have a process."""
        return self._read("SELECT id, pid, worker, started, stop_wanted FROM runs WHERE state IN (?, ?, ?)", ON_A_SLOT)

    def begin(self, run_id: str, steps: int, items: int, reference: float | None = None) -> None:
        """`reference` is how long a step would take on the machine that `rnn_core.estimate` is fitted to, in seconds."""
        with self._change() as db:
            changed = db.execute(
                "UPDATE runs SET state = ?, steps = ?, items = ?, reference = ? WHERE id = ? AND state = ?",
                (RUNNING, steps, items, reference, run_id, STARTING),
            ).rowcount
            if changed:
                self._note(db, run_id, RUNNING, "")

    def end(self, run_id: str, state: str, message: str = "") -> bool:
        """Bring a run to its end; the first one to say so is right. Returns whether this call was it."""
        with self._change() as db:
            changed = db.execute(
                "UPDATE runs SET state = ?, message = ?, ended = ? WHERE id = ? AND state NOT IN (?, ?, ?)",
                (state, message, time.time(), run_id, *ENDED),
            ).rowcount
            if changed:
                self._note(db, run_id, state, message)
            return bool(changed)

    def stop(self, run_id: str) -> None:
        """Ask a run to stop. One that still waits in the queue is stopped at once."""
        self.get(run_id)
        with self._change() as db:
            db.execute("UPDATE runs SET stop_wanted = coalesce(stop_wanted, ?) WHERE id = ?", (time.time(), run_id))
            changed = db.execute(
                "UPDATE runs SET state = ?, ended = ?, message = ? WHERE id = ? AND state = ?",
                (STOPPED, time.time(), "Stopped before it began.", run_id, QUEUED),
            ).rowcount
            if changed:
                self._note(db, run_id, STOPPED, "Stopped before it began.")

    def stop_wanted(self, run_id: str) -> bool:
        """Whether its worker should end: somebody asked, or the run was ended or deleted behind its back."""
        rows = self._read("SELECT stop_wanted, state FROM runs WHERE id = ?", (run_id,))
        return not rows or rows[0]["stop_wanted"] is not None or rows[0]["state"] in ENDED

    @staticmethod
    def _note(db: sqlite3.Connection, run_id: str, state: str, message: str) -> None:
        db.execute("INSERT INTO changes SELECT number, ?, ?, ? FROM runs WHERE id = ?", (time.time(), state, message, run_id))

    def changes(self, run_id: str) -> list[tuple[float, str, str]]:
        """(time, state, message) of every change of state, oldest first."""
        query = "SELECT time, state, message FROM changes WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY rowid"
        return [tuple(row) for row in self._read(query, (run_id,))]

    # Events

    def record(self, run_id: str, points: Iterable[Point] = (), samples: Iterable[Sample] = (), **progress) -> None:
        """Write a batch of events and the run's progress (columns of `runs`) in one transaction."""
        with self._change() as db:
            number = db.execute("SELECT number FROM runs WHERE id = ?", (run_id,)).fetchone()
            if number is None:
                return
            db.executemany(
                "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(number[0], p.name, p.step, p.epoch, p.seconds, p.value, p.low, p.high) for p in points],
            )
            db.executemany(
                "INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?)", [(number[0], s.step, s.epoch, s.text) for s in samples]
            )
            if progress:
                columns = ", ".join(f"{name} = ?" for name in progress)
                db.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*progress.values(), run_id))

    def curve(self, run_id: str, name: str, buckets: int = 300) -> list[Point]:
        """A metric down-sampled to at most `buckets` points: means, with the lowest and highest kept."""
        found = self._read(
            "SELECT r.number, (SELECT max(step) FROM points WHERE run = r.number AND name = ?) FROM runs r WHERE id = ?",
            (name, run_id),
        )
        if not found or found[0][1] is None:
            return []
        number, last = found[0]
        width = max(1, -(-last // buckets))  # steps a bucket
        rows = self._read(CURVE, (number, name, width))
        return [Point(*row) for row in rows]

    def points(self, run_id: str) -> list[Point]:
        """Every kept point of every metric; for export."""
        query = "SELECT name, step, epoch, seconds, value, low, high FROM points WHERE run = (SELECT number FROM runs WHERE id = ?)"
        return [Point(*row) for row in self._read(query, (run_id,))]

    def samples(self, run_id: str) -> list[Sample]:
        """Oldest first."""
        query = "SELECT step, epoch, text FROM samples WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY step"
        return [Sample(*row) for row in self._read(query, (run_id,))]


def _run(row: sqlite3.Row) -> Run:
    return Run(**{**dict(row), "results": json.loads(row["results"])})
