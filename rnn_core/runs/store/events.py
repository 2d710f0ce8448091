"""What runs report: metric points, thinned and read in buckets; samples; and what happened to them."""

import sqlite3
import time
from collections.abc import Iterable

from rnn_core.runs.store.database import Database
from rnn_core.runs.store.rows import Change, Point, Sample, finite_json

CURVE = (
    "SELECT name, max(step), max(epoch), max(seconds), avg(value), min(low), max(high) FROM points "
    "WHERE run = ? AND name = ? GROUP BY (step - 1) / ? ORDER BY step"
)


class Events:
    """Of all runs. An id that is not known has no events, and what is recorded of it is dropped: a worker may outlive its run."""

    def __init__(self, database: Database):
        self._database = database

    def record(
        self, run_id: str, points: Iterable[Point] = (), samples: Iterable[Sample] = (), metrics: dict | None = None, **progress
    ) -> None:
        """Write a batch of events, the metrics of the last epoch and the run's progress (columns of `runs`) in one transaction."""
        if metrics is not None:
            progress["metrics"] = finite_json(metrics)
        with self._database.change() as db:
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

    def rewind(self, run_id: str, step: int, epoch: float) -> None:
        """Forget what was recorded after a checkpoint: it will be trained, and recorded, again."""
        with self._database.change() as db:
            row = db.execute("SELECT number, step FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None or row["step"] <= step:
                return
            for table in ("points", "samples"):
                db.execute(f"DELETE FROM {table} WHERE run = ? AND step > ?", (row["number"], step))
            seconds = db.execute("SELECT coalesce(max(seconds), 0) FROM points WHERE run = ?", (row["number"],)).fetchone()[0]
            db.execute("UPDATE runs SET step = ?, epoch = ?, seconds = ? WHERE id = ?", (step, epoch, seconds, run_id))

    def note(self, run_id: str, message: str) -> None:
        """Something happened to a run that did not change its state."""
        with self._database.change() as db:
            note(db, run_id, message)

    def curve(self, run_id: str, name: str, buckets: int = 300) -> list[Point]:
        """A metric down-sampled to at most `buckets` points: means, with the lowest and highest kept."""
        found = self._database.read(
            "SELECT r.number, (SELECT max(step) FROM points WHERE run = r.number AND name = ?) FROM runs r WHERE id = ?",
            (name, run_id),
        )
        if not found or found[0][1] is None:
            return []
        number, last = found[0]
        width = max(1, -(-last // buckets))  # steps a bucket
        rows = self._database.read(CURVE, (number, name, width))
        return [Point(*row) for row in rows]

    def points(self, run_id: str, since: int = 0) -> list[Point]:
        """Every kept point of every metric from a step on; for export."""
        query = (
            "SELECT name, step, epoch, seconds, value, low, high FROM points "
            "WHERE run = (SELECT number FROM runs WHERE id = ?) AND step >= ?"
        )
        return [Point(*row) for row in self._database.read(query, (run_id, since))]

    def samples(self, run_id: str) -> list[Sample]:
        """Oldest first."""
        query = "SELECT step, epoch, text FROM samples WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY step"
        return [Sample(*row) for row in self._database.read(query, (run_id,))]

    def changes(self, run_id: str) -> list[Change]:
        """What happened to the run, oldest first."""
        query = "SELECT time, state, message, epoch FROM changes WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY rowid"
        return [Change(*row) for row in self._database.read(query, (run_id,))]


def note(db: sqlite3.Connection, run_id: str, message: str = "") -> None:
    """Write down the state that a run has now, or what happened to it, in the transaction that changes it."""
    change = "INSERT INTO changes (run, time, state, message, epoch) SELECT number, ?, state, ?, epoch FROM runs WHERE id = ?"
    db.execute(change, (time.time(), message, run_id))


def delete_events(db: sqlite3.Connection, number: int) -> None:
    """All of the run with this number, in the transaction that deletes it."""
    for table in ("points", "samples", "changes"):
        db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))
