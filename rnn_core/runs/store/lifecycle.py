"""Changes of a run's state: requested by people, reported by its worker and its engine. Each is one transaction."""

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

NEVER_STARTED = "Stopped before training started."

_URGENCY = {None: 0, YIELD: 1, PAUSE: 2, STOP: 3}  # a later request counts only if it is more urgent
_NEXT_STATE = {None: QUEUED, YIELD: QUEUED, PAUSE: PAUSED, STOP: STOPPED}  # of a run that leaves its slot


class Lifecycle:
    """The state of each run, and what is requested of it. Each change of state is recorded as an event."""

    def __init__(self, database: Database):
        self._database = database

    # Requests of people

    def stop(self, run_id: str) -> None:
        """End a run; its checkpoint stays. A run that is not on a slot is stopped at once."""
        self._request(run_id, STOP)

    def pause(self, run_id: str) -> None:
        """Let a run wait until `resume`, which continues it at exactly the same step."""
        self._request(run_id, PAUSE)

    def _request(self, run_id: str, requested: str) -> None:
        with self._database.change() as db:
            row = db.execute("SELECT state, step, requested FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row and row["state"] in (QUEUED, PAUSED):
                self._set_state(db, run_id, _NEXT_STATE[requested], NEVER_STARTED if requested == STOP and not row["step"] else "")
            elif row and row["state"] in ON_A_SLOT and _URGENCY[requested] > _URGENCY[row["requested"]]:
                db.execute("UPDATE runs SET requested = ?, requested_at = ? WHERE id = ?", (requested, time.time(), run_id))
        if row is None:
            row_of(self._database, run_id, "id")

    def resume(self, run_id: str, max_pending: int | None = None) -> None:
        """Queue a paused run, or one that is about to pause, again.

        `max_pending` is how many runs its owner may have that train or wait for a turn; None: no limit. Raises `UserError` at the
        limit.
        """
        row_of(self._database, run_id, "id")
        with self._database.change() as db:
            db.execute("UPDATE runs SET requested = NULL, requested_at = NULL WHERE id = ? AND requested = ?", (run_id, PAUSE))
            if row := db.execute("SELECT owner FROM runs WHERE id = ? AND state = ?", (run_id, PAUSED)).fetchone():
                refuse_more(db, row["owner"], max_pending)
                self._set_state(db, run_id, QUEUED, "")

    def continue_run(
        self,
        run_id: str,
        spec: RunSpec,
        note: str,
        segment: tuple[int, float] | None = None,
        kept_for: int | None = None,
        max_pending: int | None = None,
        test_at_end: bool = True,
        other_data: bool = False,
    ) -> bool:
        """Queue a run that has ended again, to continue from its checkpoint with `spec`. Returns False for a run that had not ended.

        `segment` is the (step, epoch) where a new plan starts; without it, the old plan continues. `max_pending` is as for `resume`;
        with `test_at_end`, the test set is used at the new end. On `other_data` there is no best epoch yet.
        """
        with self._database.change() as db:
            row = db.execute("SELECT owner FROM runs WHERE id = ? AND state IN (?, ?, ?)", (run_id, *ENDED)).fetchone()
            if row is None:
                return False
            refuse_more(db, row["owner"], max_pending)
            db.execute(
                "UPDATE runs SET spec = ?, segment_seconds = seconds, kept_for = ?, tests = ? WHERE id = ?",
                (spec.to_json(), kept_for and process.identity(kept_for), test_at_end, run_id),
            )
            if segment:
                db.execute(
                    "UPDATE runs SET segment_step = ?, segment_epoch = ?, requested_learning_rate = NULL WHERE id = ?",
                    (*segment, run_id),
                )
            if other_data:
                db.execute("UPDATE runs SET metrics = json_remove(metrics, '$.best_epoch') WHERE id = ?", (run_id,))
            self._set_state(db, run_id, QUEUED, "")
            add_note(db, run_id, note)
            return True

    def set_learning_rate(self, run_id: str, rate: float) -> None:
        """Applies from the next step on, also after pauses and turns; a schedule still scales it. Raises `UserError` for an invalid one."""
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

    # Reports of its worker and its engine

    def attach(self, run_id: str, pid: int | None, worker: str) -> None:
        """Record which process trains the run. The worker's name tells it from a later process with the same number.

        Without a `pid`, the run trains on another computer.
        """
        with self._database.change() as db:
            db.execute("UPDATE runs SET pid = ?, worker = ? WHERE id = ?", (pid, worker, run_id))

    def attached(self) -> list[sqlite3.Row]:
        """id, pid, worker, started, requested and requested_at of every run on a slot."""
        return self._database.read(
            "SELECT id, pid, worker, started, requested, requested_at FROM runs WHERE state IN (?, ?)", ON_A_SLOT
        )

    def mark_running(self, run_id: str, steps: int, items: int, reference: float | None = None) -> None:
        """A starting run trains now. `reference` is the seconds per step on the machine that `rnn_core.estimate` is fitted to."""
        with self._database.change() as db:
            changed = db.execute(
                "UPDATE runs SET state = ?, steps = ?, items = ?, reference = ?, last_served_at = ? WHERE id = ? AND state = ?",
                (RUNNING, steps, items, reference, time.time(), run_id, STARTING),
            ).rowcount
            if changed:
                add_change(db, run_id)

    def requests(self, run_id: str, worker: str | None = None) -> tuple[str | None, float | None]:
        """(request, learning rate if somebody changed it) of a run. The request is GONE where the run is no longer the worker's."""
        rows = self._database.read("SELECT state, requested, requested_learning_rate, worker FROM runs WHERE id = ?", (run_id,))
        if not rows or rows[0]["state"] not in ON_A_SLOT or (worker and rows[0]["worker"] != worker):
            return GONE, None
        return rows[0]["requested"], rows[0]["requested_learning_rate"]

    def leave_slot(self, run_id: str, worker: str | None = None) -> None:
        """A run leaves its slot as requested: stopped, paused, or queued for its next turn."""
        with self._database.change() as db:
            row = db.execute("SELECT state, requested, worker FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row and row["state"] in ON_A_SLOT and worker in (None, row["worker"]):
                self._set_state(db, run_id, _NEXT_STATE[row["requested"]], "")

    def requeue(self, run_id: str) -> None:
        """Queue a run again that has a slot but no process, unless something else was requested meanwhile."""
        with self._database.change() as db:
            row = db.execute("SELECT requested FROM runs WHERE id = ? AND state = ?", (run_id, STARTING)).fetchone()
            if row:
                self._set_state(db, run_id, _NEXT_STATE[row["requested"]], "")

    def end(self, run_id: str, state: str, message: str = "") -> bool:
        """End a run with `state`. Only the first call counts; returns whether this was it."""
        with self._database.change() as db:
            row = db.execute("SELECT state FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None or row["state"] in ENDED:
                return False
            self._set_state(db, run_id, state, message)
            return True

    def _set_state(self, db: sqlite3.Connection, run_id: str, state: str, message: str) -> None:
        """Set a state in which the run has no process and no request."""
        now = time.time()
        db.execute(
            "UPDATE runs SET state = ?, message = ?, ended = ?, pid = NULL, worker = NULL, requested = NULL, requested_at = NULL, "
            "last_served_at = CASE WHEN state IN (?, ?) THEN ? ELSE last_served_at END, queued_at = coalesce(?, queued_at) WHERE id = ?",
            (state, message, now if state in ENDED else None, *ON_A_SLOT, now, now if state == QUEUED else None, run_id),
        )
        add_change(db, run_id, message)
