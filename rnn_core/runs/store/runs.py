"""The runs: their specs, names and results, and a folder each."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rnn_core.data import disk
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError, quoted
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs import process
from rnn_core.runs.store.database import Database, unguessable
from rnn_core.runs.store.events import add_change, add_note, delete_events
from rnn_core.runs.store.queue import refuse_more
from rnn_core.runs.store.rows import ENDED, FINISHED, ON_A_SLOT, QUEUED, Run, finite_json, was_tested
from rnn_core.tasks.task import task_names

MAX_REMARK = 500  # characters
_ORDINALS = {2: "2nd", 3: "3rd"}
_POINT_BYTES = 70  # per row of `points`, measured
_OF_SPEC = "iif(json_valid(spec), json_extract(spec, '$.{}'), NULL)"  # one damaged spec must not hide all other runs

SUMMARY = (
    "id, task, title, state, message, created, started, ended, owner, requested, requested_at, step, steps, epoch, "
    f"coalesce({_OF_SPEC.format('training.epochs')}, 0) AS epochs, seconds, steps_per_second, items, "
    f"coalesce(requested_learning_rate, {_OF_SPEC.format('training.learning_rate')}, learning_rate, 0) AS planned_rate, learning_rate, "
    "metrics, results, remark"
)


@lru_cache(maxsize=4096)
def stored_spec(text: str) -> RunSpec | None:
    """The spec in a row of the store; None where it is damaged."""
    try:
        return RunSpec.from_json(text)
    except UserError:
        return None


class Runs:
    """The rows and folders of all runs. `make_folder` and `add` create a folder; `delete` and `sweep` remove it."""

    def __init__(self, database: Database):
        self._database = database

    def add(
        self,
        spec: RunSpec,
        title: str,
        run_id: str | None = None,
        kept_for: int | None = None,
        owner: str = "",
        max_pending: int | None = None,
    ) -> str:
        """Queue a spec; returns the run's id. A worker may take the run at once, so its folder must be ready.

        `kept_for` is a process that trains the run itself: a command line, whose settings a server may not have. `max_pending` is how
        many runs the owner may have that train or wait for a turn. Raises `UserError` at that limit.
        """
        run_id, now = run_id or self.new_id(), time.time()
        self.make_folder(run_id)
        with self._database.change() as db:
            refuse_more(db, owner, max_pending)
            db.execute(
                "INSERT INTO runs (id, task, title, spec, state, created, queued_at, kept_for, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run_id, spec.task, title, spec.to_json(), QUEUED, now, now, kept_for and process.identity(kept_for), owner),
            )
            add_change(db, run_id)
        return run_id

    def add_finished(
        self, run_id: str, spec: RunSpec, title: str, progress: dict, metrics: dict[str, float], owner: str | None = None,
        state: str = FINISHED,
    ) -> None:  # fmt: skip
        """Add a run that was trained elsewhere, unless it exists. Without an owner, it belongs to everybody.

        `progress` are columns of `runs`; `state` is one of ENDED.
        """
        now = time.time()
        values = {"id": run_id, "task": spec.task, "title": title, "spec": spec.to_json(), "state": state, "created": now, "owner": owner,
                  "started": now, "ended": now, **progress, "metrics": finite_json(metrics)}  # fmt: skip
        with self._database.change() as db:
            db.execute(
                f"INSERT OR IGNORE INTO runs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", (*values.values(),)
            )

    @staticmethod
    def new_id() -> str:
        """An id that cannot be guessed; `add` then creates the run."""
        return unguessable(16)

    def folder(self, run_id: str) -> Path:
        """The run's own folder: weights, vocabulary, log, and an upload's text."""
        return self._database.home / "runs" / run_id

    def make_folder(self, run_id: str) -> Path:
        """The run's folder, created if necessary."""
        self.folder(run_id).mkdir(parents=True, exist_ok=True)
        return self.folder(run_id)

    def has(self, run_id: str) -> bool:
        """Whether a run with this id exists."""
        return run_id.isascii() and bool(self._database.read("SELECT 1 FROM runs WHERE id = ?", (run_id,)))

    def get(self, run_id: str) -> Run:
        """The run as it is now. Raises `UserError` for an unknown id."""
        return run_of(row_of(self._database, run_id, SUMMARY))

    def find(self, beginning: str) -> Run:
        """The only run whose id begins with `beginning`. Raises `UserError` where there is none, or several."""
        if self.has(beginning) or not beginning.isascii():
            return self.get(beginning)
        rows = self._database.read("SELECT id FROM runs WHERE substr(id, 1, ?) = ? LIMIT 2", (max(1, len(beginning)), beginning))
        if len(rows) == 2:
            raise UserError(f"Several runs begin with {quoted(beginning)}. Give more of the id.")
        return self.get(rows[0]["id"] if rows else beginning)

    def spec(self, run_id: str) -> RunSpec:
        """The present spec of a run; before it was continued, a run had earlier ones. Raises `UserError`."""
        row = row_of(self._database, run_id, "spec, title")
        try:
            return _spec(row["spec"])
        except UserError as error:
            raise UserError(
                f"The settings of {row['title']} are damaged in the store, so it can be neither tried nor continued ({error}). "
                "Delete this run, and train a new one."
            ) from None

    def whole_specs(self, run_ids: Iterable[str]) -> dict[str, RunSpec]:
        """By id, the specs of those runs that were trained under one spec alone: not continued, and with one learning rate."""
        query = "SELECT id, spec FROM runs WHERE id IN (SELECT value FROM json_each(?)) AND segment_step = 0 AND requested_learning_rate IS NULL"
        specs = ((run_id, stored_spec(text)) for run_id, text in self._database.read(query, (json.dumps(list(run_ids)),)))
        return {run_id: spec for run_id, spec in specs if spec is not None}

    def segment(self, run_id: str) -> tuple[int, float, float]:
        """(step, epoch, seconds) at which the present plan starts."""
        return tuple(row_of(self._database, run_id, "segment_step, segment_epoch, segment_seconds"))

    def tests_at_end(self, run_id: str) -> bool:
        """Whether the test set is used at the end of the present plan."""
        return bool(row_of(self._database, run_id, "tests")["tests"])

    def add_results(self, run_id: str, **results: float) -> None:
        """Add results that were measured at the end."""
        with self._database.change() as db:
            db.execute("UPDATE runs SET results = json_patch(results, ?) WHERE id = ?", (finite_json(results), run_id))

    def set_test_results(self, run_id: str, epoch: float, **results: float) -> None:
        """Set the results of a test; they replace those of an earlier test."""
        with self._database.change() as db:
            row = db.execute("SELECT results FROM runs WHERE id = ?", (run_id,)).fetchone()
            earlier = _numbers(row["results"]) if row else {}
            times = int(earlier.get("times_tested", was_tested(earlier))) + 1
            results |= {"tested_epoch": epoch, **({"times_tested": times} if times > 1 else {})}
            db.execute("UPDATE runs SET results = ? WHERE id = ?", (finite_json(results), run_id))
            if times > 1:
                add_note(db, run_id, f"Tested again: the {_ORDINALS.get(times, f'{times}th')} time")

    def newest(
        self, task: str | None = None, limit: int = 1000, owner: str | None = None, skip: int = 0, examples: bool = True
    ) -> list[Run]:
        """Runs, newest first, after `skip` newer ones: of a task, and of an owner with the examples; None: of all."""
        rows = self._database.read(
            f"SELECT {SUMMARY} FROM runs WHERE task = coalesce(?, task) AND coalesce(owner, ?, '') = coalesce(?, owner, '') "
            "AND (? OR owner IS NOT NULL) ORDER BY number DESC LIMIT ? OFFSET ?",
            (task, owner, owner, examples, limit, skip),
        )
        return [run_of(row) for row in rows]

    def count(self, owner: str | None = None) -> int:
        """How many runs an owner has, without the examples; None: all owners."""
        return self._database.read("SELECT count(*) FROM runs WHERE owner = coalesce(?, owner)", (owner,))[0][0]

    def training_run(self) -> Run | None:
        """A run that trains now; None where none does."""
        rows = self._database.read(f"SELECT {SUMMARY} FROM runs WHERE state IN (?, ?) LIMIT 1", ON_A_SLOT)
        return run_of(rows[0]) if rows else None

    def speeds(self, task: str, limit: int = 5) -> list[tuple[float, float]]:
        """(reference, measured) seconds per step of the newest runs of a task that trained for more than 10 s."""
        query = (
            "SELECT reference, 1 / steps_per_second FROM runs WHERE task = ? AND reference > 0 AND steps_per_second > 0 AND seconds > 10 AND state IN (?, ?, ?) "
            "ORDER BY number DESC LIMIT ?"
        )
        return [tuple(row) for row in self._database.read(query, (task, *ENDED, limit))]

    def source_names(self) -> set[str]:
        """The names of all data that runs were trained on."""
        options = [options_of(task)["source"] for task in task_names()]
        names = dict.fromkeys(["source", *(alias for option in options for alias in option.aliases)])  # old specs have old names
        query = f"SELECT DISTINCT coalesce({', '.join(_OF_SPEC.format(f'data.{name}') for name in names)}, NULL) FROM runs"
        return {row[0] for row in self._database.read(query) if row[0]}

    def rename(self, run_id: str, title: str) -> None:
        """Set the title, of at most 100 characters. Raises `UserError` for a blank title."""
        title = " ".join(clean(title[:1000]).split())[:100]
        if not title:
            raise UserError("A run needs a name of at least one character.")
        self.get(run_id)
        with self._database.change() as db:
            db.execute("UPDATE runs SET title = ? WHERE id = ?", (title, run_id))

    def set_remark(self, run_id: str, remark: str) -> None:
        """Set a person's own words about the run, of at most MAX_REMARK characters."""
        self.get(run_id)
        with self._database.change() as db:
            db.execute("UPDATE runs SET remark = ? WHERE id = ?", (clean(remark[: 2 * MAX_REMARK]).strip()[:MAX_REMARK], run_id))

    def delete(self, run_id: str) -> None:
        """Delete a run with its curve, its samples and its folder. Raises `UserError` while it is active."""
        run = self.get(run_id)
        if run.active:
            raise UserError(f"{run.title} is {run.state}. Stop it first, then delete it.")
        with self._database.change() as db:
            row = db.execute("SELECT number FROM runs WHERE id = ? AND state IN (?, ?, ?)", (run_id, *ENDED)).fetchone()
            if row is None:  # continued or deleted in this moment
                return
            delete_events(db, row["number"])
            db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        shutil.rmtree(self.folder(run_id), ignore_errors=True)  # files that a page still reads are removed by the next `sweep`

    def bytes_on_disk(self, run_id: str) -> int:
        """Size of the run's folder and of its points in the store."""
        query = "SELECT count(*) FROM points WHERE run = (SELECT number FROM runs WHERE id = ?)"
        return self._database.read(query, (run_id,))[0][0] * _POINT_BYTES + disk.size(self.folder(run_id))

    def sweep(self) -> None:
        """Remove folders whose run was deleted, or was never added because its process ended."""
        for folder in (self._database.home / "runs").glob("*"):
            if not self.has(folder.name) and time.time() - folder.stat().st_mtime > 3600:
                shutil.rmtree(folder, ignore_errors=True)


@lru_cache(maxsize=256)
def _spec(text: str) -> RunSpec:
    """Cached: a page that ticks reads the spec of its run several times a second. Raises `UserError`."""
    return RunSpec.from_json(text)


def row_of(database: Database, run_id: str, columns: str) -> sqlite3.Row:
    """Columns of a run. Raises `UserError` for an unknown id."""
    rows = database.read(f"SELECT {columns} FROM runs WHERE id = ?", (run_id,)) if run_id.isascii() else []  # as all ids are
    row = next(iter(rows), None)
    if row is None:
        raise UserError(f"There is no run {quoted(run_id)} here. It may have been deleted, or it belongs to another machine.")
    return row


def run_of(row: sqlite3.Row) -> Run:
    return Run(**{**dict(row), "metrics": _numbers(row["metrics"]), "results": _numbers(row["results"])})


def _numbers(text: str) -> dict[str, float]:
    """Numbers by name; what is damaged is left out."""
    try:
        numbers = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: n for name, n in numbers.items() if isinstance(n, int | float)} if isinstance(numbers, dict) else {}
