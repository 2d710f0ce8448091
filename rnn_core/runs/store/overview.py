"""Everybody's runs, for the teacher, with a fixed number of queries for any number of people."""

from dataclasses import dataclass, field

from rnn_core.runs.store.rows import ACTIVE, ON_A_SLOT, QUEUED, Run
from rnn_core.runs.store.runs import SUMMARY, run_of
from rnn_core.runs.store.store import Store

BUCKETS = 60  # points per curve; a small chart shows no more
# For each person: the run that trains, else one that waits for its next turn, else the newest.
_RANK = f"(state IN {ON_A_SLOT}) * 2 + (state = '{QUEUED}' AND step > 0)"
_ONE_EACH = (
    f"SELECT number FROM (SELECT number, row_number() OVER (PARTITION BY owner ORDER BY {_RANK} DESC, number DESC) AS place "
    "FROM runs WHERE task = ? AND owner IS NOT NULL) WHERE place = 1"
)
_CURVES = (
    "SELECT r.id, p.name, max(p.epoch), avg(p.value) FROM runs r JOIN points p ON p.run = r.number AND p.name IN (?, ?) "
    f"WHERE r.number IN ({_ONE_EACH}) GROUP BY r.number, p.name, (p.step - 1) / max(1, (r.step + ? - 1) / ?) "
    "ORDER BY r.number, p.name, p.step"
)


@dataclass(frozen=True)
class RunCurves:
    """A person's run of a task, with its curves as (epoch, value)."""

    run: Run
    training: list[tuple[float, float]] = field(default_factory=list)
    validation: list[tuple[float, float]] = field(default_factory=list)


def tasks(store: Store) -> list[str]:
    """The tasks that have runs, the task of the newest run first."""
    return [
        row["task"]
        for row in store.database.read("SELECT task FROM runs WHERE owner IS NOT NULL GROUP BY task ORDER BY max(number) DESC")
    ]


def run_curves(store: Store, task: str, metric: str) -> list[RunCurves]:
    """One run of each person, the one that trains or else the newest; `metric` is a name in the task's `metrics`."""
    rows = store.database.read(f"SELECT {SUMMARY} FROM runs WHERE number IN ({_ONE_EACH}) ORDER BY number", (task,))
    curves = {row["id"]: RunCurves(run_of(row)) for row in rows}
    for run_id, name, epoch, value in store.database.read(_CURVES, (metric, f"val_{metric}", task, BUCKETS, BUCKETS)):
        if run_id in curves:  # not a run that was added between the two queries
            (curves[run_id].training if name == metric else curves[run_id].validation).append((epoch, value))
    return list(curves.values())


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
