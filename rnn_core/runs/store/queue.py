"""The queue: which run gets a slot, and which must give one back. The rules are those of `rnn_core.runs.scheduler`."""

import sqlite3
import time

from rnn_core.errors import UserError
from rnn_core.runs import scheduler
from rnn_core.runs.scheduler import Rules, Turn, Waiting
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.events import add_change
from rnn_core.runs.store.rows import ON_A_SLOT, QUEUED, STARTING, YIELD

_ON_THEIR_WAY = "SELECT count(*) FROM runs WHERE owner = ? AND state IN (?, ?, ?)"
_KEPT = {False: "state = ? AND kept_for IS ?", True: "state = ? AND id = ?"}  # queued, for everybody or for one process


class Queue:
    """Runs in the state `queued`, and the turns of those on slots. Nothing is kept here: all is asked of the database."""

    def __init__(self, database: Database):
        self._database = database

    def claim(self, rules: Rules, only: str | None = None) -> str | None:
        """Give a free slot to the run whose turn it is, so that no other process takes it; None where there is nothing to do.

        `only` is a run that is kept for the process that asks; without it, runs kept for others are passed over.
        """
        if not self._database.read(f"SELECT 1 FROM runs WHERE {_KEPT[bool(only)]} LIMIT 1", (QUEUED, only)):  # most looks end here
            return None
        with self._database.change() as db:
            self._follow_the_clock(db)
            chosen = scheduler.next_one(*self._queue(db, only), rules)
            if chosen:
                db.execute(
                    "UPDATE runs SET state = ?, started = ?, last_served_at = ? WHERE id = ?",
                    (STARTING, *[time.time()] * 2, chosen),
                )
                add_change(db, chosen)
            return chosen

    def ask_to_yield(self, rules: Rules) -> list[str]:
        """Ask runs whose turn is over to make room for people who wait. Returns which."""
        if not self._database.read(f"SELECT 1 FROM runs WHERE {_KEPT[False]} LIMIT 1", (QUEUED, None)):
            return []
        with self._database.change() as db:
            self._follow_the_clock(db)
            leaving = scheduler.must_yield(*self._queue(db), rules, time.time())
            for run_id in leaving:
                db.execute("UPDATE runs SET requested = ?, requested_at = ? WHERE id = ?", (YIELD, time.time(), run_id))
            return leaving

    def waiting(self, rules: Rules) -> list[tuple[str, float | None]]:
        """(run, about how many seconds until its turn) of every queued run, in order; see `scheduler.waiting_times`."""
        with self._database.connection() as db:
            waiting, now_on = self._queue(db)
        return scheduler.waiting_times(waiting, now_on, rules, time.time())

    def on_their_way(self, owner: str) -> int:
        """How many runs of a person train or wait for a turn; paused ones do neither."""
        return self._database.read(_ON_THEIR_WAY, (owner, QUEUED, *ON_A_SLOT))[0][0]

    def kept(self) -> list[tuple[str, int | str]]:
        """(id, mark of a process) of every queued run that is kept for a process; see `process.is_there`."""
        query = "SELECT id, kept_for FROM runs WHERE state = ? AND kept_for IS NOT NULL"
        return [tuple(row) for row in self._database.read(query, (QUEUED,))]

    @staticmethod
    def _follow_the_clock(db: sqlite3.Connection) -> None:
        """Where the clock was set back, turns lie in the future: they move back with it and keep their order."""
        newest = db.execute("SELECT max(last_served_at) FROM runs").fetchone()[0]
        if newest is not None and newest > (now := time.time()):
            db.execute("UPDATE runs SET last_served_at = last_served_at - ?", (newest - now,))

    @staticmethod
    def _queue(db: sqlite3.Connection, only: str | None = None) -> tuple[list[Waiting], list[Turn]]:
        last_served_at = "coalesce((SELECT max(last_served_at) FROM runs o WHERE o.owner = r.owner), queued_at, created)"
        columns = f"id, coalesce(owner, ''), number, created, step, {last_served_at}"
        waiting = db.execute(f"SELECT {columns} FROM runs r WHERE {_KEPT[bool(only)]}", (QUEUED, only)).fetchall()
        on_slots = "SELECT id, coalesce(owner, ''), coalesce(last_served_at, started), step, requested IS NOT NULL FROM runs WHERE state IN (?, ?)"
        return [Waiting(*row) for row in waiting], [Turn(*row) for row in db.execute(on_slots, ON_A_SLOT)]


def too_many(active: int) -> str:
    return f"You have {active} runs on their way, as many as one person may have here. Wait until one has ended, or stop one."


def refuse_more(db: sqlite3.Connection, owner: str | None, most: int | None) -> None:
    """Raise `UserError` where a person has `most` runs on their way; None: nobody counts.

    Within the transaction that adds to them, so that nobody gets more by asking twice at once.
    """
    if most is not None and (active := db.execute(_ON_THEIR_WAY, (owner, QUEUED, *ON_A_SLOT)).fetchone()[0]) >= most:
        raise UserError(too_many(active))
