"""The store: one SQLite file with specs, states and events of all runs, and a folder a run beside it.

It is the only channel between pages and training. Metric points are kept per name; charts read them in a few hundred buckets.
"""

import json
import math
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rnn_core.data import atomic, disk, uploads
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError, quoted
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs import process
from rnn_core.runs.store.database import unguessable
from rnn_core.runs.store.lifecycle import Life
from rnn_core.runs.store.rows import ENDED, FINISHED, ON_A_SLOT, QUEUED, RUNNING, Point, Run, Sample
from rnn_core.settings import Settings
from rnn_core.tasks.task import task_names

WEIGHTS, TESTED, LOG = "weights.npz", "tested.npy", "worker.log"  # in a run's folder
_ORDINALS = {2: "2nd", 3: "3rd"}
_POINT_BYTES = 70  # that a row of `points` takes, measured
_OF_SPEC = "iif(json_valid(spec), json_extract(spec, '$.{}'), NULL)"  # a damaged one must not hide all other runs

SUMMARY = (
    "id, task, title, state, message, created, started, ended, owner, requested, requested_at, step, steps, epoch, "
    f"coalesce({_OF_SPEC.format('training.epochs')}, 0) AS epochs, seconds, steps_per_second, items, "
    f"coalesce(requested_learning_rate, {_OF_SPEC.format('training.learning_rate')}, learning_rate, 0) AS planned_rate, learning_rate, "
    "train_loss, val_loss, train_accuracy, val_accuracy, results"
)
CURVE = (
    "SELECT name, max(step), max(epoch), max(seconds), avg(value), min(low), max(high) FROM points "
    "WHERE run = ? AND name = ? GROUP BY (step - 1) / ? ORDER BY step"
)


class Store(Life):
    @classmethod
    def of(cls, settings: Settings) -> "Store":
        return cls(settings.home)

    # Making and finding runs

    def folder(self, run_id: str) -> Path:
        """The run's own folder: weights, vocabulary, log, and an upload's text."""
        return self.home / "runs" / run_id

    @staticmethod
    def new_id() -> str:
        """An id that cannot be guessed; the run begins to exist with `add`."""
        return unguessable(16)

    def make_folder(self, run_id: str) -> Path:
        """The run's folder, made unless it is there."""
        self.folder(run_id).mkdir(parents=True, exist_ok=True)
        return self.folder(run_id)

    def add(
        self,
        spec: RunSpec,
        title: str,
        run_id: str | None = None,
        kept_for: int | None = None,
        owner: str = "",
        most: int | None = None,
    ) -> str:
        """Put a spec into the queue; returns the run's id. From now on a worker may take it: its folder must be ready.

        `kept_for` is a process that trains the run itself: a command line, whose settings a server may not have. `most` is how many
        runs their owner may have on their way; with as many already it raises `UserError`.
        """
        run_id = run_id or self.new_id()
        self.make_folder(run_id)
        with self.change() as db:
            self._refuse_more(db, owner, most)
            db.execute(
                "INSERT INTO runs (id, task, title, spec, state, created, kept_for, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (run_id, spec.task, title, spec.to_json(), QUEUED, time.time(), kept_for and process.mark(kept_for), owner),
            )
            self._note(db, run_id, QUEUED, "")
        return run_id

    def add_finished(self, run_id: str, spec: RunSpec, title: str, progress: dict) -> None:
        """Put a run that was trained elsewhere beside the others, unless it is there. It is everybody's."""
        now = time.time()
        values = {"id": run_id, "task": spec.task, "title": title, "spec": spec.to_json(), "state": FINISHED, "created": now,
                  "started": now, "ended": now, **progress}  # fmt: skip
        with self.change() as db:
            db.execute(
                f"INSERT OR IGNORE INTO runs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", (*values.values(),)
            )

    def keep_results(self, run_id: str, **results: float) -> None:
        """Add what was measured at the end."""
        with self.change() as db:
            kept = {name: value for name, value in results.items() if math.isfinite(value)}  # JSON has no word for the others
            db.execute("UPDATE runs SET results = json_patch(results, ?) WHERE id = ?", (json.dumps(kept), run_id))

    def keep_test(self, run_id: str, epoch: float, **results: float) -> None:
        """What the test measured, instead of everything that an earlier test did."""
        with self.change() as db:
            row = db.execute("SELECT results FROM runs WHERE id = ?", (run_id,)).fetchone()
            before = results_of(row) if row else {}
            times = int(before.get("times_tested", "test_accuracy" in before)) + 1
            kept = {name: value for name, value in results.items() if math.isfinite(value)}
            kept |= {"tested_epoch": epoch, **({"times_tested": times} if times > 1 else {})}
            db.execute("UPDATE runs SET results = ? WHERE id = ?", (json.dumps(kept), run_id))
            if times > 1:
                self._note(db, run_id, RUNNING, f"Tested again: the {_ORDINALS.get(times, f'{times}th')} time")

    def tests(self, run_id: str) -> bool:
        """Whether the test set is used at the end of the present plan."""
        return bool(self._row(run_id, "tests")["tests"])

    def has(self, run_id: str) -> bool:
        return run_id.isascii() and bool(self.read("SELECT 1 FROM runs WHERE id = ?", (run_id,)))

    def get(self, run_id: str) -> Run:
        return run_of(self._row(run_id, SUMMARY))

    def find(self, beginning: str) -> Run:
        """The one run whose id begins so; for people who type."""
        if self.has(beginning) or not beginning.isascii():
            return self.get(beginning)
        rows = self.read("SELECT id FROM runs WHERE substr(id, 1, ?) = ? LIMIT 2", (max(1, len(beginning)), beginning))
        if len(rows) == 2:
            raise UserError(f"Several runs begin with {quoted(beginning)}. Give more of the id.")
        return self.get(rows[0]["id"] if rows else beginning)

    def spec(self, run_id: str) -> RunSpec:
        """What it trains now; a run that was continued has been trained on earlier ones before. Raises `UserError`."""
        row = self._row(run_id, "spec, title")
        try:
            return RunSpec.from_json(row["spec"])
        except UserError as error:
            raise UserError(
                f"The settings of {row['title']} are damaged in the store, so it can be neither tried nor continued ({error}). "
                "Delete this run, and train a new one."
            ) from None

    def segment(self, run_id: str) -> tuple[int, float, float]:
        """(step, epoch, seconds) at which the present plan began."""
        return tuple(self._row(run_id, "segment_step, segment_epoch, segment_seconds"))

    def sources(self) -> set[str]:
        """The names of all data that runs were trained on."""
        options = [options_of(task)["source"] for task in task_names()]
        names = dict.fromkeys(
            ["source", *(alias for option in options for alias in option.aliases)]
        )  # specs keep those of their day
        query = f"SELECT DISTINCT coalesce({', '.join(_OF_SPEC.format(f'data.{name}') for name in names)}) FROM runs"
        return {row[0] for row in self.read(query) if row[0]}

    def runs(
        self, task: str | None = None, most: int = 1000, owner: str | None = None, skip: int = 0, examples: bool = True
    ) -> list[Run]:
        """Newest first, after `skip` newer ones: of a task, of an owner and everybody's; None: of all. Or without the examples."""
        rows = self.read(
            f"SELECT {SUMMARY} FROM runs WHERE task = coalesce(?, task) AND coalesce(owner, ?, '') = coalesce(?, owner, '') "
            "AND (? OR owner IS NOT NULL) ORDER BY number DESC LIMIT ? OFFSET ?",
            (task, owner, owner, examples, most, skip),
        )
        return [run_of(row) for row in rows]

    def count(self, owner: str | None = None) -> int:
        """Runs without the examples, of an owner; None: of all."""
        return self.read("SELECT count(*) FROM runs WHERE owner = coalesce(?, owner)", (owner,))[0][0]

    def training(self) -> Run | None:
        """One that trains now, if any does."""
        rows = self.read(f"SELECT {SUMMARY} FROM runs WHERE state IN (?, ?) LIMIT 1", ON_A_SLOT)
        return run_of(rows[0]) if rows else None

    def speeds(self, task: str, most: int = 5) -> list[tuple[float, float]]:
        """(reference, real) seconds a step of the newest runs of a task that trained long enough to tell."""
        query = (
            "SELECT reference, 1 / steps_per_second FROM runs WHERE task = ? AND reference > 0 AND steps_per_second > 0 AND seconds > 10 AND state IN (?, ?, ?) "
            "ORDER BY number DESC LIMIT ?"
        )
        return [tuple(row) for row in self.read(query, (task, *ENDED, most))]

    def rename(self, run_id: str, title: str) -> None:
        title = " ".join(clean(title[:1000]).split())[:100]
        if not title:
            raise UserError("A run needs a name of at least one character.")
        self.get(run_id)
        with self.change() as db:
            db.execute("UPDATE runs SET title = ? WHERE id = ?", (title, run_id))

    def delete(self, run_id: str) -> None:
        """The run with its curve, its samples and its folder. Raises `UserError` while it is active."""
        run = self.get(run_id)
        if run.active:
            raise UserError(f"{run.title} is {run.state}. Stop it first, then delete it.")
        with self.change() as db:
            row = db.execute("SELECT number FROM runs WHERE id = ? AND state IN (?, ?, ?)", (run_id, *ENDED)).fetchone()
            if row is None:  # continued or deleted in this moment
                return
            for table in ("points", "samples", "changes"):
                db.execute(f"DELETE FROM {table} WHERE run = ?", (row["number"],))
            db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        shutil.rmtree(self.folder(run_id), ignore_errors=True)  # what a page still reads goes with the next `sweep`

    def cost(self, run_id: str) -> int:
        """Bytes on disk: its folder, and its rows in the store."""
        rows = self.read("SELECT count(*) FROM points WHERE run = (SELECT number FROM runs WHERE id = ?)", (run_id,))[0][0]
        return rows * _POINT_BYTES + disk.size(self.folder(run_id))

    def disk_mb(self) -> float:
        """All runs and uploads together."""
        self._follow_the_file()
        return (disk.size(self.home / "runs") + disk.size(self.home / "uploads") + self.path.stat().st_size) / 1e6

    def tidy(self, settings: Settings) -> None:
        """Remove what nobody needs any more: folders without a run, old uploads, and what writers left that were killed."""
        self.sweep()
        atomic.sweep(self.home / "uploads", *(self.home / "runs").glob("*"))
        uploads.prune(settings, self.sources() | self.listed_uploads(time.time() - uploads.KEEP_SECONDS))
        self.forget_uploads(lambda name: not uploads.is_here(name, settings))

    def sweep(self) -> None:
        """Remove folders whose run was deleted, or never came to be because its process ended."""
        for folder in (self.home / "runs").glob("*"):
            if not self.has(folder.name) and time.time() - folder.stat().st_mtime > 3600:
                shutil.rmtree(folder, ignore_errors=True)

    # What people uploaded

    def keep_upload(self, owner: str, task: str, name: str, label: str) -> None:
        """List an upload among the owner's. `label` is what this owner calls it; the same file may be another one's, too."""
        label = " ".join(clean(label[:1000]).split())[:200]
        with self.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO uploads (owner, task, name, time, label) VALUES (?, ?, ?, ?, ?)",
                (owner, task, name, time.time(), label),
            )

    def uploads(self, owner: str, task: str) -> dict[str, str]:
        """The label of each by its name, newest first; "" for those that were listed before labels had owners."""
        query = "SELECT name, label FROM uploads WHERE owner = ? AND task = ? ORDER BY time DESC"
        return {row["name"]: row["label"] for row in self.read(query, (owner, task))}

    def listed_uploads(self, since: float) -> set[str]:
        """Everybody's."""
        return {row["name"] for row in self.read("SELECT name FROM uploads WHERE time > ?", (since,))}

    def forget_uploads(self, gone: Callable[[str], bool]) -> None:
        """Strike from all lists what is not there any more."""
        names = [(name,) for name in self.listed_uploads(0) if gone(name)]
        with self.change() as db:
            db.executemany("DELETE FROM uploads WHERE name = ?", names)

    # Events

    def record(self, run_id: str, points: Iterable[Point] = (), samples: Iterable[Sample] = (), **progress) -> None:
        """Write a batch of events and the run's progress (columns of `runs`) in one transaction."""
        with self.change() as db:
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
        found = self.read(
            "SELECT r.number, (SELECT max(step) FROM points WHERE run = r.number AND name = ?) FROM runs r WHERE id = ?",
            (name, run_id),
        )
        if not found or found[0][1] is None:
            return []
        number, last = found[0]
        width = max(1, -(-last // buckets))  # steps a bucket
        rows = self.read(CURVE, (number, name, width))
        return [Point(*row) for row in rows]

    def points(self, run_id: str, since: int = 0) -> list[Point]:
        """Every kept point of every metric from a step on; for export."""
        query = (
            "SELECT name, step, epoch, seconds, value, low, high FROM points "
            "WHERE run = (SELECT number FROM runs WHERE id = ?) AND step >= ?"
        )
        return [Point(*row) for row in self.read(query, (run_id, since))]

    def samples(self, run_id: str) -> list[Sample]:
        """Oldest first."""
        query = "SELECT step, epoch, text FROM samples WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY step"
        return [Sample(*row) for row in self.read(query, (run_id,))]


def run_of(row: sqlite3.Row) -> Run:
    return Run(**{**dict(row), "results": results_of(row)})


def results_of(row: sqlite3.Row) -> dict[str, float]:
    """Damaged ones are none."""
    try:
        results = json.loads(row["results"])
    except (ValueError, RecursionError):
        return {}
    return results if isinstance(results, dict) else {}
