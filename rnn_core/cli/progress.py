"""Train a queued run from the command line, and print how far it is."""

import json
import sys
import time

from rnn_core.cli.console import note, out
from rnn_core.runs.engine.local import LocalEngine, log_tail
from rnn_core.runs.store.rows import FAILED, FINISHED, PAUSED, QUEUED, RUNNING, Run
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks.task import task_of

_POLL_SECONDS = 0.2


def train_to_end(run_id: str, store: Store, settings: Settings) -> int:
    """Train a queued run in a worker process until it ends, and print its results as JSON. Returns the exit status."""
    engine = LocalEngine(store, settings, only=run_id).start()
    engine.wake()
    try:
        run = _follow(run_id, store)
    except KeyboardInterrupt:
        note("\nStopping; the checkpoint is kept.")
        store.lifecycle.stop(run_id)
        run = _follow(run_id, store)
    engine.close()
    if run.message:
        note(run.message)
    if run.outdated_test is not None:
        note(f"The test results are those of epoch {run.outdated_test:g}: --test-again measures them again.")
    if run.state == FAILED and run.refers_to_log:
        note(log_tail(store, run_id))
    out(json.dumps(_results(run)))
    return 0 if run.state == FINISHED else 1


def _results(run: Run) -> dict:
    """Metrics are those of the last whole epoch, then those of the test."""
    names = [f"{part}_{metric}" for metric in task_of(run.task).metrics for part in ("train", "val")]
    return {
        "run": run.id,
        "state": run.state,
        "epochs": int(run.epoch),
        "seconds": round(run.seconds, 2),
        "steps_per_second": round(run.steps_per_second, 2) if run.steps_per_second else None,
        **{name: run.metrics.get(name) for name in names},
        "best_epoch": run.metrics.get("best_epoch"),
        **run.results,
    }


def _follow(run_id: str, store: Store) -> Run:
    """Print progress until the run ends: a line for each epoch, and on a terminal one that is updated."""
    printed = None
    while True:
        run = store.runs.get(run_id)
        progress = (
            run.state,
            int(run.epoch) if "train_loss" in run.metrics else 0,
            _runs_ahead(run_id, store) if run.state == QUEUED else 0,
        )
        if progress != printed:
            note(_line(run, progress[2]))
            printed = progress
        elif sys.stderr.isatty() and run.state == RUNNING:
            note(_line(run, 0), end="\r")
        if not run.active:
            return run
        time.sleep(_POLL_SECONDS)


def _runs_ahead(run_id: str, store: Store) -> int:
    """How many older runs train or wait for a slot."""
    created = store.runs.get(run_id).created
    return sum(run.active and run.state != PAUSED and run.created < created for run in store.runs.newest(limit=200))


def _line(run: Run, runs_ahead: int) -> str:
    if run.state == QUEUED:
        return f"{run.id}  queued: waits for a free slot, {runs_ahead} before it"
    parts = [f"{run.id}  {run.state}", f"epoch {run.epoch:.2f}"]
    parts += [f"{name} {value:.4f}" for name, value in run.metrics.items() if name not in ("train_accuracy", "best_epoch")]
    if run.steps_per_second and run.items:
        parts.append(f"{run.steps_per_second * run.items:,.0f} {task_of(run.task).items}/s")
    if run.seconds_left:
        parts.append(f"{run.seconds_left:.0f} s left")
    return "  ".join(parts)
