"""Everybody's runs, for the teacher, with a fixed number of queries for any number of people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rnn_core.runs.store.rows import ACTIVE, ON_A_SLOT, QUEUED, Run
from rnn_core.runs.store.runs import SUMMARY, run_of
from rnn_core.runs.store.store import Store
from rnn_core.spec.metrics import METRICS

BUCKETS = 48  # points per curve; a tile shows no more
# For each person: the run that trains, else one that waits for its next turn, else the newest.
_RANK = f"(state IN {ON_A_SLOT}) * 2 + (state = '{QUEUED}' AND step > 0)"
_ONE_EACH = (
    f"SELECT {SUMMARY}, spec FROM (SELECT *, row_number() OVER (PARTITION BY owner ORDER BY {_RANK} DESC, number DESC) AS place "
    "FROM runs WHERE owner IS NOT NULL AND task IN (SELECT value FROM json_each(?))) WHERE place = 1 ORDER BY number"
)
_OF = "FROM json_each(?) ids JOIN runs r ON r.id = ids.value JOIN points p ON p.run = r.number AND p.name = ?"  # ids, metric
_CURVE = (
    f"SELECT r.id, max(p.epoch), avg(p.value) {_OF} GROUP BY r.number, (p.step - 1) / max(1, (r.step + ? - 1) / ?) "
    "ORDER BY r.number, p.step"
)
_BEST = f"SELECT r.id, p.epoch, p.value, min(p.value * ?) {_OF} GROUP BY r.number"  # SQLite takes all of the row of the minimum


@dataclass(frozen=True)
class Seat:
    """A person's current run, with the curves of its task's main metric as (epoch, value)."""

    run: Run
    spec: str  # JSON
    training: list[tuple[float, float]] = field(default_factory=list)
    validation: list[tuple[float, float]] = field(default_factory=list)
    best: tuple[float, float] | None = None  # (epoch, value) of the best validation


def seats(store: Store, metrics: Mapping[str, str]) -> list[Seat]:
    """One run of each person, of any task: the one that trains, else the newest. `metrics` has the main metric of each task."""
    found = {}
    for row in map(dict, store.database.read(_ONE_EACH, (json.dumps(list(metrics)),))):
        spec = row.pop("spec")
        found[row["id"]] = Seat(run_of(row), spec)
    for task in {seat.run.task for seat in found.values()}:
        metric, ids = METRICS[metrics[task]], json.dumps([seat.run.id for seat in found.values() if seat.run.task == task])
        for run_id, *point in store.database.read(_CURVE, (ids, metric.name, BUCKETS, BUCKETS)):
            found[run_id].training.append(tuple(point))
        for run_id, *point in store.database.read(_CURVE, (ids, f"val_{metric.name}", BUCKETS, BUCKETS)):
            found[run_id].validation.append(tuple(point))
        sign = 1 if metric.lower_is_better else -1
        for run_id, epoch, value, _ in store.database.read(_BEST, (sign, ids, f"val_{metric.name}")):
            found[run_id] = replace(found[run_id], best=(epoch, value))
    return list(found.values())


def active(store: Store) -> list[Run]:
    """All runs that have not ended, oldest first."""
    marks = ", ".join("?" * len(ACTIVE))
    return [
        run_of(row) for row in store.database.read(f"SELECT {SUMMARY} FROM runs WHERE state IN ({marks}) ORDER BY number", ACTIVE)
    ]


def ended(store: Store, limit: int) -> list[Run]:
    """The newest runs that have ended, newest first, without the examples."""
    marks = ", ".join("?" * len(ACTIVE))
    query = f"SELECT {SUMMARY} FROM runs WHERE state NOT IN ({marks}) AND owner IS NOT NULL ORDER BY number DESC LIMIT ?"
    return [run_of(row) for row in store.database.read(query, (*ACTIVE, limit))]
