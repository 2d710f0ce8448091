"""The life of a run: asked for by people, granted in turns, reported by workers. One transaction each."""

import sqlite3
import time

from rnn_core.errors import UserError, quoted
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs import process, scheduler
from rnn_core.runs.scheduler import Rules, Turn, Waiting
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.rows import ENDED, GONE, ON_A_SLOT, PAUSE, PAUSED, QUEUED, RUNNING, STARTING, STOP, STOPPED, YIELD, Change

NEVER_BEGAN = "Stopped before it began."

_ON_THEIR_WAY = "SELECT count(*) FROM runs WHERE owner = ? AND state IN (?, ?, ?)"
_URGENCY = {None: 0, YIELD: 1, PAUSE: 2, STOP: 3}  # what is asked for later counts only if it is more
_KEPT = {False: "state = ? AND kept_for IS ?", True: "state = ? AND id = ?"}  # queued, for everybody or for one process
_AFTER = {None: QUEUED, YIELD: QUEUED, PAUSE: PAUSED, STOP: STOPPED}  # the state of a run that left its slot


def too_many(active: int) -> str:
    return f"You have {active} runs on their way, as many as one person may have here. Wait until one has ended, or stop one."


class Life(Database):
    def _row(self, run_id: str, columns: str) -> sqlite3.Row:
        rows = self.read(f"SELECT {columns} FROM runs WHERE id = ?", (run_id,)) if run_id.isascii() else []  # as all ids are
        row = next(iter(rows), None)
        if row is None:
            raise UserError(f"There is no run {quoted(run_id)} here. It may have been deleted, or it belongs to another machine.")
        return row

    # Turns

    def claim(self, rules: Rules, only: str | None = None) -> str | None:
        """Give a free slot to the run whose turn it is, so that no other process takes it; None where there is nothing to do.

        `only` is a run that is kept for the process that asks; without it, runs kept for others are passed over.
        """
        if not self.read(f"SELECT 1 FROM runs WHERE {_KEPT[bool(only)]} LIMIT 1", (QUEUED, only)):  # most looks end here
            return None
        with self.change() as db:
            self._follow_the_clock(db)
            chosen = scheduler.next_one(*self._queue(db, only), rules)
            if chosen:
                db.execute(
                    "UPDATE runs SET state = ?, started = ?, last_served_at = ? WHERE id = ?",
                    (STARTING, *[time.time()] * 2, chosen),
                )
                self._note(db, chosen, STARTING, "")
            return chosen

    def ask_to_yield(self, rules: Rules) -> list[str]:
        """Ask runs whose turn is over to make room for people who wait. Returns which."""
        if not self.read(f"SELECT 1 FROM runs WHERE {_KEPT[False]} LIMIT 1", (QUEUED, None)):
            return []
        with self.change() as db:
            self._follow_the_clock(db)
            leaving = scheduler.must_yield(*self._queue(db), rules, time.time())
            for run_id in leaving:
                db.execute("UPDATE runs SET requested = ?, requested_at = ? WHERE id = ?", (YIELD, time.time(), run_id))
            return leaving

    def waiting(self, rules: Rules) -> list[tuple[str, float | None]]:
        """(run, about how many seconds until its turn) of every queued run, in order; see `scheduler.waiting_times`."""
        with self.connection() as db:
            waiting, now_on = self._queue(db)
        return scheduler.waiting_times(waiting, now_on, rules, time.time())

    @staticmethod
    def _follow_the_clock(db: sqlite3.Connection) -> None:
        """Where the clock was set back, turns lie in the future: they move back with it and keep their order."""
        newest = db.execute("SELECT max(last_served_at) FROM runs").fetchone()[0]
        if newest is not None and newest > (now := time.time()):
            db.execute("UPDATE runs SET last_served_at = last_served_at - ?", (newest - now,))

    @staticmethod
    def _queue(db: sqlite3.Connection, only: str | None = None) -> tuple[list[Waiting], list[Turn]]:
        queued = f"(SELECT max(time) FROM changes c WHERE c.run = r.number AND c.state = '{QUEUED}')"
        last_served_at = f"coalesce((SELECT max(last_served_at) FROM runs o WHERE o.owner = r.owner), {queued}, created)"
        columns = f"id, coalesce(owner, ''), number, created, step, {last_served_at}"
        waiting = db.execute(f"SELECT {columns} FROM runs r WHERE {_KEPT[bool(only)]}", (QUEUED, only)).fetchall()
        on_slots = "SELECT id, coalesce(owner, ''), coalesce(last_served_at, started), step, requested IS NOT NULL FROM runs WHERE state IN (?, ?)"
        return [Waiting(*row) for row in waiting], [Turn(*row) for row in db.execute(on_slots, ON_A_SLOT)]

    # The life of a run, as people ask for it

    def stop(self, run_id: str) -> None:
        """End a run; it keeps what it has learnt. One that is not on a slot is stopped at once."""
        self._ask(run_id, STOP)

    def pause(self, run_id: str) -> None:
        """Let a run wait, until `resume`, with all that it has learnt and exactly where it stands."""
        self._ask(run_id, PAUSE)

    def _ask(self, run_id: str, requested: str) -> None:
        with self.change() as db:
            row = db.execute("SELECT state, step, requested FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row and row["state"] in (QUEUED, PAUSED):
                self._set_state(db, run_id, _AFTER[requested], NEVER_BEGAN if requested == STOP and not row["step"] else "")
            elif row and row["state"] in ON_A_SLOT and _URGENCY[requested] > _URGENCY[row["requested"]]:
                db.execute("UPDATE runs SET requested = ?, requested_at = ? WHERE id = ?", (requested, time.time(), run_id))
        if row is None:
            self._row(run_id, "id")

    def resume(self, run_id: str, most: int | None = None) -> None:
        """Let a paused run, or one that is about to pause, go on: it queues up for a slot.

        `most` is how many runs its owner may have on their way. Raises `UserError` where they have as many already.
        """
        self._row(run_id, "id")
        with self.change() as db:
            db.execute("UPDATE runs SET requested = NULL, requested_at = NULL WHERE id = ? AND requested = ?", (run_id, PAUSE))
            if row := db.execute("SELECT owner FROM runs WHERE id = ? AND state = ?", (run_id, PAUSED)).fetchone():
                self._refuse_more(db, row["owner"], most)
                self._set_state(db, run_id, QUEUED, "")

    def on_their_way(self, owner: str) -> int:
        """How many runs of a person train or wait for a turn; paused ones do neither."""
        return self.read(_ON_THEIR_WAY, (owner, QUEUED, *ON_A_SLOT))[0][0]

    @staticmethod
    def _refuse_more(db: sqlite3.Connection, owner: str | None, most: int | None) -> None:
        """Within the transaction that adds to them, so that nobody gets more by asking twice at once."""
        active = db.execute(_ON_THEIR_WAY, (owner, QUEUED, *ON_A_SLOT)).fetchone()[0]
        if most is not None and active >= most:
            raise UserError(too_many(active))

    def set_learning_rate(self, run_id: str, rate: float) -> None:
        """From now on, and after every pause and turn; a schedule goes on bending it. Raises `UserError` for an impossible one."""
        run = self._row(run_id, "task, state")
        if error := options_of(run["task"])["learning_rate"].error(rate):
            raise UserError(error)
        with self.change() as db:
            before = db.execute(
                "SELECT coalesce(requested_learning_rate, json_extract(spec, '$.training.learning_rate')) FROM runs WHERE id = ?",
                (run_id,),
            ).fetchone()[0]
            if before != rate:
                db.execute("UPDATE runs SET requested_learning_rate = ? WHERE id = ?", (rate, run_id))
                self._note(db, run_id, run["state"], f"Learning rate {before:g} → {rate:g}")

    def proceed(
        self,
        run_id: str,
        spec: RunSpec,
        said: str,
        segment: tuple[int, float] | None = None,
        kept_for: int | None = None,
        most: int | None = None,
        tests: bool = True,
    ) -> bool:
        """Queue a run that has ended once more, to go on from its checkpoint with `spec`. Returns whether it had ended.

        `segment` is the (step, epoch) where a new plan begins; without it, the old plan goes on. `most` is as for `resume`; `tests` says
        whether the test set is used at the new end.
        """
        with self.change() as db:
            row = db.execute("SELECT owner FROM runs WHERE id = ? AND state IN (?, ?, ?)", (run_id, *ENDED)).fetchone()
            if row is None:
                return False
            self._refuse_more(db, row["owner"], most)
            db.execute(
                "UPDATE runs SET spec = ?, segment_seconds = seconds, kept_for = ?, tests = ? WHERE id = ?",
                (spec.to_json(), kept_for and process.mark(kept_for), tests, run_id),
            )
            if segment:
                db.execute(
                    "UPDATE runs SET segment_step = ?, segment_epoch = ?, requested_learning_rate = NULL WHERE id = ?",
                    (*segment, run_id),
                )
            self._set_state(db, run_id, QUEUED, "")
            self._note(db, run_id, QUEUED, said)
            return True

    # The life of a run, as its worker and its engine report it

    def kept(self) -> list[tuple[str, int | str]]:
        """(id, mark of a process) of every queued run that is kept for a process; see `process.is_there`."""
        query = "SELECT id, kept_for FROM runs WHERE state = ? AND kept_for IS NOT NULL"
        return [tuple(row) for row in self.read(query, (QUEUED,))]

    def attach(self, run_id: str, pid: int | None, worker: str) -> None:
        """Which process trains the run; the worker's name tells it from a later process with the same number.

        Without a number it trains on another computer.
        """
        with self.change() as db:
            db.execute("UPDATE runs SET pid = ?, worker = ? WHERE id = ?", (pid, worker, run_id))

    def attached(self) -> list[sqlite3.Row]:
        """id, pid, worker, started, requested and requested_at of every run that should have a process."""
        return self.read("SELECT id, pid, worker, started, requested, requested_at FROM runs WHERE state IN (?, ?)", ON_A_SLOT)

    def begin(self, run_id: str, steps: int, items: int, reference: float | None = None) -> None:
        """`reference` is how long a step would take on the machine that `rnn_core.estimate` is fitted to, in seconds."""
        with self.change() as db:
            changed = db.execute(
                "UPDATE runs SET state = ?, steps = ?, items = ?, reference = ?, last_served_at = ? WHERE id = ? AND state = ?",
                (RUNNING, steps, items, reference, time.time(), run_id, STARTING),
            ).rowcount
            if changed:
                self._note(db, run_id, RUNNING, "")

    def rewind(self, run_id: str, step: int, epoch: float) -> None:
        """Forget what was recorded after a checkpoint: it will be trained, and recorded, again."""
        with self.change() as db:
            row = db.execute("SELECT number, step FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None or row["step"] <= step:
                return
            for table in ("points", "samples"):
                db.execute(f"DELETE FROM {table} WHERE run = ? AND step > ?", (row["number"], step))
            seconds = db.execute("SELECT coalesce(max(seconds), 0) FROM points WHERE run = ?", (row["number"],)).fetchone()[0]
            db.execute("UPDATE runs SET step = ?, epoch = ?, seconds = ? WHERE id = ?", (step, epoch, seconds, run_id))

    def requests(self, run_id: str, worker: str | None = None) -> tuple[str | None, float | None]:
        """(what is requested of a run, its learning rate if somebody changed it). GONE for a run that is not the worker's any more."""
        rows = self.read("SELECT state, requested, requested_learning_rate, worker FROM runs WHERE id = ?", (run_id,))
        if not rows or rows[0]["state"] not in ON_A_SLOT or (worker and rows[0]["worker"] != worker):
            return GONE, None
        return rows[0]["requested"], rows[0]["requested_learning_rate"]

    def leave(self, run_id: str, worker: str | None = None) -> None:
        """A run leaves its slot as it was asked to: stopped, paused, or to wait for its next turn."""
        with self.change() as db:
            row = db.execute("SELECT state, requested, worker FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row and row["state"] in ON_A_SLOT and worker in (None, row["worker"]):
                self._set_state(db, run_id, _AFTER[row["requested"]], "")

    def requeue(self, run_id: str) -> None:
        """A run that got a slot but no process waits for its next turn, unless something else was requested meanwhile."""
        with self.change() as db:
            row = db.execute("SELECT requested FROM runs WHERE id = ? AND state = ?", (run_id, STARTING)).fetchone()
            if row:
                self._set_state(db, run_id, _AFTER[row["requested"]], "")

    def end(self, run_id: str, state: str, message: str = "") -> bool:
        """Bring a run to its end; the first one to say so is right. Returns whether this call was it."""
        with self.change() as db:
            row = db.execute("SELECT state FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None or row["state"] in ENDED:
                return False
            self._set_state(db, run_id, state, message)
            return True

    def _set_state(self, db: sqlite3.Connection, run_id: str, state: str, message: str) -> None:
        """To one that has no process, and of which nothing is requested any more."""
        now = time.time()
        db.execute(
            "UPDATE runs SET state = ?, message = ?, ended = ?, pid = NULL, worker = NULL, requested = NULL, requested_at = NULL, "
            "last_served_at = CASE WHEN state IN (?, ?) THEN ? ELSE last_served_at END WHERE id = ?",
            (state, message, now if state in ENDED else None, *ON_A_SLOT, now, run_id),
        )
        self._note(db, run_id, state, message)

    @staticmethod
    def _note(db: sqlite3.Connection, run_id: str, state: str, message: str) -> None:
        note = "INSERT INTO changes (run, time, state, message, epoch) SELECT number, ?, ?, ?, epoch FROM runs WHERE id = ?"
        db.execute(note, (time.time(), state, message, run_id))

    def note(self, run_id: str, message: str) -> None:
        """Something happened to a run that did not change its state."""
        state = self._row(run_id, "state")["state"]
        with self.change() as db:
            self._note(db, run_id, state, message)

    def changes(self, run_id: str) -> list[Change]:
        """What happened to the run, oldest first."""
        query = "SELECT time, state, message, epoch FROM changes WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY rowid"
        return [Change(*row) for row in self.read(query, (run_id,))]
