"""What runs report: metric points, down-sampled into buckets when read, and events of the kinds in `kinds.KINDS`."""

import sqlite3
import time
from collections.abc import Iterable
from typing import TypeVar

from rnn_core.runs.store import kinds
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.kinds import KINDS, Change, Event, Note
from rnn_core.runs.store.rows import Point, finite_json

CURVE = (
    "SELECT name, max(step), max(epoch), max(seconds), avg(value), min(low), max(high) FROM points "
    "WHERE run = ? AND name = ? GROUP BY (step - 1) / ? ORDER BY step"
)
E = TypeVar("E", bound=Event)


class Events:
    """The events of all runs. An unknown id has none, and what is recorded for it is dropped: a worker may outlive its run."""

    def __init__(self, database: Database):
        self._database = database

    def record(
        self, run_id: str, points: Iterable[Point] = (), events: Iterable[Event] = (), metrics: dict | None = None, **progress
    ) -> None:
        """Write points, events, the metrics of the last epoch and the run's progress (columns of `runs`) in one transaction.

        Raises `ValueError` or `TypeError` for an event that cannot be encoded: see `kinds.encode`.
        """
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
            for event in events:
                _add(db, number[0], event)
            if progress:
                columns = ", ".join(f"{name} = ?" for name in progress)
                db.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*progress.values(), run_id))

    def rewind(self, run_id: str, step: int, epoch: float) -> None:
        """Delete what was measured after a checkpoint: these steps will be trained, and recorded, again."""
        with self._database.change() as db:
            row = db.execute("SELECT number, step FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None or row["step"] <= step:
                return
            db.execute("DELETE FROM points WHERE run = ? AND step > ?", (row["number"], step))
            for name in kinds.measured():
                db.execute("DELETE FROM events WHERE run = ? AND kind = ? AND step > ?", (row["number"], name, step))
            seconds = db.execute("SELECT coalesce(max(seconds), 0) FROM points WHERE run = ?", (row["number"],)).fetchone()[0]
            db.execute("UPDATE runs SET step = ?, epoch = ?, seconds = ? WHERE id = ?", (step, epoch, seconds, run_id))

    def note(self, run_id: str, message: str) -> None:
        """Record what happened to a run without a change of its state."""
        with self._database.change() as db:
            add_note(db, run_id, message)

    def curve(self, run_id: str, name: str, buckets: int = 300) -> list[Point]:
        """A metric down-sampled to at most `buckets` points: means, with the lowest and highest value of each bucket."""
        rows = self._database.read(
            "SELECT r.number, (SELECT max(step) FROM points WHERE run = r.number AND name = ?) FROM runs r WHERE id = ?",
            (name, run_id),
        )
        if not rows or rows[0][1] is None:
            return []
        number, last_step = rows[0]
        width = max(1, -(-last_step // buckets))  # steps per bucket
        rows = self._database.read(CURVE, (number, name, width))
        return [Point(*row) for row in rows]

    def points(self, run_id: str, since: int = 0) -> list[Point]:
        """Every recorded point of every metric from a step on; for export."""
        query = (
            "SELECT name, step, epoch, seconds, value, low, high FROM points "
            "WHERE run = (SELECT number FROM runs WHERE id = ?) AND step >= ?"
        )
        return [Point(*row) for row in self._database.read(query, (run_id, since))]

    def read(self, run_id: str, event: type[E]) -> list[E]:
        """All events of one kind, oldest first, without damaged ones. Raises `ValueError` for a class without a row in `KINDS`."""
        return self._read(run_id, [kinds.name_of(event)])

    def positions(self, run_id: str, event: type[Event]) -> list[Event]:
        """Step and epoch of each event of one kind, oldest first. Without payloads this is fast, so a page can ask for it often."""
        query = "SELECT step, epoch FROM events WHERE run = (SELECT number FROM runs WHERE id = ?) AND kind = ? ORDER BY number"
        return [Event(*row) for row in self._database.read(query, (run_id, kinds.name_of(event)))]

    def at(self, run_id: str, event: type[E], step: int) -> E | None:
        """The event of a kind at a step; None where there is none, or it is damaged."""
        query = "SELECT kind, step, epoch, payload FROM events WHERE run = (SELECT number FROM runs WHERE id = ?) AND kind = ? AND step = ?"
        return next((kinds.decode(*row) for row in self._database.read(query, (run_id, kinds.name_of(event), step))), None)

    def measured(self, run_id: str, since: int = 0) -> list[Event]:
        """All events that were measured in training from a step on, oldest first; for a cluster and for examples."""
        return self._read(run_id, kinds.measured(), since)

    def _read(self, run_id: str, names: list[str], since: int = 0) -> list[Event]:
        query = (
            "SELECT kind, step, epoch, payload FROM events WHERE run = (SELECT number FROM runs WHERE id = ?) "
            f"AND kind IN ({', '.join('?' * len(names))}) AND step >= ? ORDER BY number"
        )
        events = (kinds.decode(*row) for row in self._database.read(query, (run_id, *names, since)))
        return [event for event in events if event is not None]


def add_change(db: sqlite3.Connection, run_id: str, message: str = "") -> None:
    """Record the state that a run has now, in the transaction that changes it."""
    for number, step, epoch, state in _position(db, run_id):
        _add(db, number, Change(step, epoch, time.time(), state, message))


def add_note(db: sqlite3.Connection, run_id: str, message: str) -> None:
    """Record what happened to a run, in the transaction in which it happens."""
    for number, step, epoch, _ in _position(db, run_id):
        _add(db, number, Note(step, epoch, time.time(), message))


def _position(db: sqlite3.Connection, run_id: str) -> list[sqlite3.Row]:
    """[(number, step, epoch, state)] of a run; empty for an unknown id."""
    return db.execute("SELECT number, step, epoch, state FROM runs WHERE id = ?", (run_id,)).fetchall()


def _add(db: sqlite3.Connection, number: int, event: Event) -> None:
    name = kinds.name_of(type(event))
    if KINDS[name].measured:
        db.execute("DELETE FROM events WHERE run = ? AND kind = ? AND step = ?", (number, name, event.step))
    db.execute(
        "INSERT INTO events (run, kind, step, epoch, payload) VALUES (?, ?, ?, ?, ?)",
        (number, name, event.step, event.epoch, kinds.encode(event)),
    )


def delete_events(db: sqlite3.Connection, number: int) -> None:
    """Delete the points and events of the run with this number, in the transaction that deletes the run."""
    for table in ("points", "events"):
        db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))
