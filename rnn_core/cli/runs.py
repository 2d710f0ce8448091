"""The commands for runs that exist: `runs`, `stop`, `sample`, `forecast`, `export`, `import`."""

import argparse
import csv
import io
import json
import time
from dataclasses import fields
from pathlib import Path

from rnn_core.cli.console import note, out
from rnn_core.data import atomic
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError, quoted
from rnn_core.export.formats import export
from rnn_core.export.opening import open_run
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import reap
from rnn_core.runs.store.rows import FAILED
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks.sampler import LONGEST_PROMPT, Sampling
from rnn_core.tasks.task import all_tasks, task_of

MOST_STEPS = 10_000  # of a forecast


def list_runs(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    reap(store)
    runs = store.runs.newest()
    if args.json:
        rows = [
            {"run": r.id, "task": r.task, "title": r.title, "state": r.state, "epoch": r.epoch, "train_loss": r.metrics.get("train_loss"),
             "val_loss": r.metrics.get("val_loss"), **r.results, "error": r.message if r.state == FAILED else None}
            for r in runs
        ]  # fmt: skip
        out(json.dumps(rows, indent=2))
        return 0
    for r in runs:
        loss = f"{r.metrics['val_loss']:8.4f}" if "val_loss" in r.metrics else "       -"
        out(f"{r.id}  {r.state:9} epoch {r.epoch:6.2f}  val_loss {loss}  {r.title}")
    return 0


def stop(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.runs.find(args.run)
    if not run.active:
        raise UserError(f"Run {run.id} is {run.state} already, so there is nothing to stop.")
    store.lifecycle.stop(run.id)
    while (run := store.runs.get(run.id)).active:
        reap(store)
        time.sleep(0.1)
    out(f"{run.id} {run.state}")
    return 0


def sample(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    sampling = Sampling(**{f.name: getattr(args, f.name) for f in fields(Sampling)})
    run = store.runs.find(args.run)
    if not task_of(run.task).generates:
        generating = ", ".join(task.name for task in all_tasks() if task.generates)
        raise UserError(f"Only runs on {generating} can write text; {run.id} is one on {run.task}. `runs` lists all runs.")
    writer = checkpoints.writer(store, run.id, best=not (run.active or args.newest))
    text = args.prompt.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # some systems read arguments as ASCII
    prompt = clean(text[-LONGEST_PROMPT:])
    if len(text) > LONGEST_PROMPT:
        note(f"Of a long prompt, only the last {LONGEST_PROMPT:,} characters are read.")
    unknown = writer.tokenizer.unseen(prompt)
    if unknown:
        note(f"Skipped, because the network never saw them: {' '.join(map(repr, unknown))}")
    out(prompt, end="")
    for piece in writer.write(prompt, sampling):
        out(piece, end="")
    out("")
    return 0


def forecast(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.runs.find(args.run)
    task = task_of(run.task)
    if not task.forecast:
        able = ", ".join(task.name for task in all_tasks() if task.forecast)
        raise UserError(f"Only runs on {able} can forecast; {run.id} is one on {run.task}. `runs` lists all runs.")
    if not 1 <= args.steps <= MOST_STEPS:
        raise UserError(f"--steps must be a whole number from 1 to {MOST_STEPS:,}; it is {args.steps:,}.")
    network = checkpoints.network(store, run.id, best=not (run.active or args.newest))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows(task.forecast(store.runs.spec(run.id), store.runs.folder(run.id), settings, network, args.steps))
    out(table.getvalue(), end="")
    return 0


def export_run(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    run = store.runs.find(args.run)
    path = args.out or Path(f"{run.id}.{args.format}")
    content = export(store, run.id, args.format, settings)
    if "\0" in str(path):
        raise UserError(
            f"{quoted(str(path))} cannot be written: a file's name cannot contain a zero byte. Give another file with --out."
        )
    try:
        if path.exists() and not path.is_file():  # such as /dev/stdout
            path.write_bytes(content)
        else:
            atomic.write(path, content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. Give another file with --out.") from None
    out(path)
    return 0


def import_run(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    try:
        with args.file.open("rb") as file:
            out(open_run(file, store, settings))
    except (OSError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"{quoted(str(args.file))} cannot be read: {reason}. Give the zip that `export --format zip` wrote."
        ) from None
    return 0
