"""The life of a run: asked for by people, reported by its worker and its engine. One transaction each."""

import sqlite3
import time

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs import process
from rnn_core.runs.store.database import Database
from rnn_core.runs.store.events import add_change, add_note
from rnn_core.runs.store.queue import refuse_more
from rnn_core.runs.store.rows import ENDED, GONE, ON_A_SLOT, PAUSE, PAUSED, QUEUED, RUNNING, STARTING, STOP, STOPPED, YIELD
from rnn_core.runs.store.runs import row_of

NEVER_BEGAN = "Stopped before it began."

_URGENCY = {None: 0, YIELD: 1, PAUSE: 2, STOP: 3}  # what is asked for later counts only if it is more
_AFTER = {None: QUEUED, YIELD: QUEUED, PAUSE: PAUSED, STOP: STOPPED}  # the state of a run that left its slot


class Lifecycle:
    """Changes of a run's state, and what is requested of a run. Each change of state is noted among the run's events."""

    def __init__(self, database: Database):
        self._database = database

    # As people ask for it

    def stop(self, run_id: str) -> None:
        """End a run; it keeps what it has learnt. One that is not on a slot is stopped at once."""
        self._ask(run_id, STOP)

    def pause(self, run_id: str) -> None:
        """Let a run wait, until `resume`, with all that it has learnt and exactly where it stands."""
        self._ask(run_id, PAUSE)

    def _ask(self, run_id: str, requested: str) -> None:
        with self._database.change() as db:
            row = db.execute("SELECT state, step, requested FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row and row["state"] in (QUEUED, PAUSED):
                self._set_state(db, run_id, _AFTER[requested], NEVER_BEGAN if requested == STOP and not row["step"] else "")
            elif row and row["state"] in ON_A_SLOT and _URGENCY[requested] > _URGENCY[row["requested"]]:
                db.execute("UPDATE runs SET requested = ?, requested_at = ? WHERE id = ?", (requested, time.time(), run_id))
        if row is None:
            row_of(self._database, run_id, "id")

    def resume(self, run_id: str, most: int | None = None) -> None:
        """Let a paused run, or one that is about to pause, go on: it queues up for a slot.

        `most` is how many runs its owner may have on their way. Raises `UserError` where they have as many already.
        """
        row_of(self._database, run_id, "id")
        with self._database.change() as db:
            db.execute("UPDATE runs SET requested = NULL, requested_at = NULL WHERE id = ? AND requested = ?", (run_id, PAUSE))
            if row := db.execute("SELECT owner FROM runs WHERE id = ? AND state = ?", (run_id, PAUSED)).fetchone():
                refuse_more(db, row["owner"], most)
                self._set_state(db, run_id, QUEUED, "")

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
        with self._database.change() as db:
            row = db.execute("SELECT owner FROM runs WHERE id = ? AND state IN (?, ?, ?)", (run_id, *ENDED)).fetchone()
            if row is None:
                return False
            refuse_more(db, row["owner"], most)
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
            add_note(db, run_id, said)
            return True

    def set_learning_rate(self, run_id: str, rate: float) -> None:
        """From now on, and after every pause and turn; a schedule goes on bending it. Raises `UserError` for an impossible one."""
        run = row_of(self._database, run_id, "task")
        if error := options_of(run["task"])["learning_rate"].error(rate):
            raise UserError(error)
        with self._database.change() as db:
            before = db.execute(
                "SELECT coalesce(requested_learning_rate, json_extract(spec, '$.training.learning_rate')) FROM runs WHERE id = ?",
                (run_id,),
            ).fetchone()[0]
            if before != rate:
                db.execute("UPDATE runs SET requested_learning_rate = ? WHERE id = ?", (rate, run_id))
                add_note(db, run_id, f"Learning rate {before:g} → {rate:g}")

    # As its worker and its engine report it

    def attach(self, run_id: str, pid: int | None, worker: str) -> None:
        """Which process trains the run; the worker's name tells it from a later process with the same number.

        Without a number it trains on another computer.
        """
        with self._database.change() as db:
            db.execute("UPDATE runs SET pid = ?, worker = ? WHERE id = ?", (pid, worker, run_id))

    def attached(self) -> list[sqlite3.Row]:
        """id, pid, worker, started, requested and requested_at of every run that should have a process."""
        return self._database.read(
            "SELECT id, pid, worker, started, requested, requested_at FROM runs WHERE state IN (?, ?)", ON_A_SLOT
        )

    def begin(self, run_id: str, steps: int, items: int, reference: float | None = None) -> None:
        """`reference` is how long a step would take on the machine that `rnn_core.estimate` is fitted to, in seconds."""
        with self._database.change() as db:
            changed = db.execute(
                "UPDATE runs SET state = ?, steps = ?, items = ?, reference = ?, last_served_at = ? WHERE id = ? AND state = ?",
                (RUNNING, steps, items, reference, time.time(), run_id, STARTING),
            ).rowcount
            if changed:
                add_change(db, run_id)

    def requests(self, run_id: str, worker: str | None = None) -> tuple[str | None, float | None]:
        """(what is requested of a run, its learning rate if somebody changed it). GONE for a run that is not the worker's any more."""
        rows = self._database.read("SELECT state, requested, requested_learning_rate, worker FROM runs WHERE id = ?", (run_id,))
        if not rows or rows[0]["state"] not in ON_A_SLOT or (worker and rows[0]["worker"] != worker):
            return GONE, None
        return rows[0]["requested"], rows[0]["requested_learning_rate"]

    def leave(self, run_id: str, worker: str | None = None) -> None:
        """A run leaves its slot as it was asked to: stopped, paused, or to wait for its next turn."""
        with self._database.change() as db:
            row = db.execute("SELECT state, requested, worker FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row and row["state"] in ON_A_SLOT and worker in (None, row["worker"]):
                self._set_state(db, run_id, _AFTER[row["requested"]], "")

    def requeue(self, run_id: str) -> None:
        """A run that got a slot but no process waits for its next turn, unless something else was requested meanwhile."""
        with self._database.change() as db:
            row = db.execute("SELECT requested FROM runs WHERE id = ? AND state = ?", (run_id, STARTING)).fetchone()
            if row:
                self._set_state(db, run_id, _AFTER[row["requested"]], "")

    def end(self, run_id: str, state: str, message: str = "") -> bool:
        """Bring a run to its end; the first one to say so is right. Returns whether this call was it."""
        with self._database.change() as db:
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
            "last_served_at = CASE WHEN state IN (?, ?) THEN ? ELSE last_served_at END, queued_at = coalesce(?, queued_at) WHERE id = ?",
            (state, message, now if state in ENDED else None, *ON_A_SLOT, now, now if state == QUEUED else None, run_id),
        )
        add_change(db, run_id, message)
