"""The queue: which run gets a slot, and which must yield its own, by the rules in `rnn_core.runs.scheduler`."""

import sqlite3
import time

from rnn_core.errors import UserError
from rnn_core.runs import scheduler
from rnn_core.runs.scheduler import Rules, Turn, Waiting
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.events import add_change
from rnn_core.runs.store.rows import ON_A_SLOT, QUEUED, STARTING, YIELD

_COUNT_PENDING = "SELECT count(*) FROM runs WHERE owner = ? AND state IN (?, ?, ?)"
_QUEUED_WHERE = {
    False: "state = ? AND kept_for IS ?",
    True: "state = ? AND id = ?",
}  # queued for any process, or one run for its process


class Queue:
    """Runs in the state `queued`, and the turns of those on slots. All of it is in the database."""

    def __init__(self, database: Database):
        self._database = database

    def claim(self, rules: Rules, only: str | None = None) -> str | None:
        """Give a free slot to the run whose turn it is, and return its id; None without a free slot or a run that may take it.

        `only` is a run that is kept for the calling process; without it, runs kept for processes are skipped.
        """
        if not self._database.read(
            f"SELECT 1 FROM runs WHERE {_QUEUED_WHERE[bool(only)]} LIMIT 1", (QUEUED, only)
        ):  # most calls end here
            return None
        with self._database.change() as db:
            self._move_turns_with_clock(db)
            chosen = scheduler.next_one(*self._waiting_and_turns(db, only), rules)
            if chosen:
                db.execute(
                    "UPDATE runs SET state = ?, started = ?, last_served_at = ? WHERE id = ?",
                    (STARTING, *[time.time()] * 2, chosen),
                )
                add_change(db, chosen)
            return chosen

    def ask_to_yield(self, rules: Rules) -> list[str]:
        """Ask runs whose turn is over to yield their slots to people who wait. Returns the ids of these runs."""
        if not self._database.read(f"SELECT 1 FROM runs WHERE {_QUEUED_WHERE[False]} LIMIT 1", (QUEUED, None)):
            return []
        with self._database.change() as db:
            self._move_turns_with_clock(db)
            leaving = scheduler.must_yield(*self._waiting_and_turns(db), rules, time.time())
            for run_id in leaving:
                db.execute("UPDATE runs SET requested = ?, requested_at = ? WHERE id = ?", (YIELD, time.time(), run_id))
            return leaving

    def waiting(self, rules: Rules) -> list[tuple[str, float | None]]:
        """(run, estimated seconds until its turn) of every queued run, in order; see `scheduler.waiting_times`."""
        with self._database.connection() as db:
            waiting, turns = self._waiting_and_turns(db)
        return scheduler.waiting_times(waiting, turns, rules, time.time())

    def count_pending(self, owner: str) -> int:
        """How many runs of a person train or wait for a turn; paused runs do not count."""
        return self._database.read(_COUNT_PENDING, (owner, QUEUED, *ON_A_SLOT))[0][0]

    def kept_for_processes(self) -> list[tuple[str, int | str]]:
        """(id, identity of the process) of every queued run that is kept for a process; see `process.is_running`."""
        query = "SELECT id, kept_for FROM runs WHERE state = ? AND kept_for IS NOT NULL"
        return [tuple(row) for row in self._database.read(query, (QUEUED,))]

    @staticmethod
    def _move_turns_with_clock(db: sqlite3.Connection) -> None:
        """Where the clock was set back, turns lie in the future: move them back and keep their order."""
        newest = db.execute("SELECT max(last_served_at) FROM runs").fetchone()[0]
        if newest is not None and newest > (now := time.time()):
            db.execute("UPDATE runs SET last_served_at = last_served_at - ?", (newest - now,))

    @staticmethod
    def _waiting_and_turns(db: sqlite3.Connection, only: str | None = None) -> tuple[list[Waiting], list[Turn]]:
        last_served_at = "coalesce((SELECT max(last_served_at) FROM runs o WHERE o.owner = r.owner), queued_at, created)"
        columns = f"id, coalesce(owner, ''), number, created, step, {last_served_at}"
        waiting = db.execute(f"SELECT {columns} FROM runs r WHERE {_QUEUED_WHERE[bool(only)]}", (QUEUED, only)).fetchall()
        on_slots = "SELECT id, coalesce(owner, ''), coalesce(last_served_at, started), step, requested IS NOT NULL FROM runs WHERE state IN (?, ?)"
        return [Waiting(*row) for row in waiting], [Turn(*row) for row in db.execute(on_slots, ON_A_SLOT)]


def too_many_message(active: int) -> str:
    return f"You have {active} active runs, the limit here. Wait until one has ended, or stop one."


def refuse_more(db: sqlite3.Connection, owner: str | None, max_pending: int | None) -> None:
    """Raise `UserError` where a person has `max_pending` runs that train or wait for a turn; None: no limit.

    Called within the transaction that adds a run, so two simultaneous requests cannot both pass.
    """
    if max_pending is not None and (active := db.execute(_COUNT_PENDING, (owner, QUEUED, *ON_A_SLOT)).fetchone()[0]) >= max_pending:
        raise UserError(too_many_message(active))
