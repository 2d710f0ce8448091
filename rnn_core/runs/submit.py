"""Queue a spec as a new run, or continue a run that has ended: for pages and for the command line."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.estimate import Work, estimate, memory_error
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.queue import too_many_message
from rnn_core.runs.store.rows import FINISHED, Run
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of


def submit(
    spec: RunSpec, store: Store, settings: Settings, kept_for: int | None = None, run_id: str | None = None, owner: str = ""
) -> str:
    """Check a spec against this machine's limits and its data, and queue it. Returns the run's id. Raises `UserError`.

    `kept_for` is the process that will train the run itself, if there is one; `run_id` is an id from `Runs.new_id`.
    """
    errors = [*spec.limit_errors(settings), *refusals(store, settings, owner)]
    if errors:
        raise UserError(*errors)
    checked = task_of(spec.task).check_data(spec, settings)
    _refuse_large(spec, checked.work, settings)
    run_id = run_id or store.runs.new_id()
    try:
        with atomic.explain_errors("The run", store.runs.folder(run_id)):
            _write(checked.own_files, store.runs.make_folder(run_id))
            return store.runs.add(spec, title(spec, store, settings, owner), run_id, kept_for, owner, _max_pending(settings, owner))
    except BaseException:  # a run that could not be added leaves no folder
        if not store.runs.has(run_id):
            shutil.rmtree(store.runs.folder(run_id), ignore_errors=True)
        raise


def _refuse_large(spec: RunSpec, work: Work, settings: Settings) -> None:
    if error := memory_error(estimate(spec.model, work).memory_mb, settings):
        raise UserError(error)


def title(spec: RunSpec, store: Store, settings: Settings, owner: str) -> str:
    """The title of a run until somebody renames it."""
    return f"{label(spec, store, settings, owner)[:60]} · {spec.title}"


def label(spec: RunSpec, store: Store, settings: Settings, owner: str = "") -> str:
    """The name of a spec's data, as its owner knows it."""
    return sources.label(spec.task, spec.data.source, settings, store.uploads.labels(owner, spec.task))


def _max_pending(settings: Settings, owner: str | None) -> int | None:
    """How many runs this person may have that train or wait for a turn; None: no limit."""
    return settings.max_waiting + 1 if settings.class_mode and owner else None


def resume(run_id: str, store: Store, settings: Settings) -> None:
    """Queue a paused run again, if its owner may have one more. Raises `UserError`."""
    store.lifecycle.resume(run_id, _max_pending(settings, store.runs.get(run_id).owner))


def refusals(store: Store, settings: Settings, owner: str = "", disk_mb: float | None = None) -> list[str]:
    """Why this person may not queue another run now: sentences, or none. `disk_mb` is the newest known size of all runs."""
    errors = []
    max_pending = _max_pending(settings, owner)
    if max_pending is not None and (pending := store.queue.count_pending(owner)) >= max_pending:
        errors.append(too_many_message(pending))
    return [*errors, *disk_refusals(store, settings, disk_mb)]


def disk_refusals(store: Store, settings: Settings, disk_mb: float | None = None) -> list[str]:
    """Why no run may be added now: a sentence where all runs together take too much of the disk."""
    if not settings.max_disk_mb or (used_mb := store.disk_mb() if disk_mb is None else disk_mb) <= settings.max_disk_mb:
        return []
    return [
        f"All runs and uploads together take {used_mb:,.0f} MB of the disk; at most {settings.max_disk_mb:,} MB are allowed here "
        "(RNN_MAX_DISK_MB). Delete some runs first."
    ]


def continue_run(
    run_id: str,
    store: Store,
    settings: Settings,
    *,
    more: int = 0,
    learning_rate: float | None = None,
    source: str | None = None,
    encoding: str = "auto",
    kept_for: int | None = None,
    test_again: bool = False,
) -> list[str]:
    """Continue a run that has ended, from its checkpoint and on the same curve: to its last epoch, and `more` epochs.

    A run can continue with another learning rate, and on other data if its task allows that; then, and with more epochs, the
    schedule starts again. The test set is for one use: with `test_again` it is used at the new end, too. Returns sentences about
    tokens that the network never saw. Raises `UserError` where the run cannot be continued.
    """
    run, spec = store.runs.get(run_id), store.runs.spec(run_id)
    owner = run.owner or ""
    step, epoch = _position(run, store)
    new = spec.changed(epochs=max(spec.training.epochs, math.ceil(epoch)) + more)
    other = _on_other_data(new, source, encoding)
    if other is not None:
        new, epoch = other, float(math.ceil(epoch))
    rate = run.planned_rate if learning_rate is None else learning_rate
    ended_early = run.state == FINISHED and epoch < spec.training.epochs
    new_plan = ended_early or new != spec or rate != run.planned_rate
    if new_plan:  # otherwise the old plan continues, also with a learning rate that was set during training
        new = new.changed(learning_rate=rate)
    errors = [*new.limit_errors(settings), *refusals(store, settings, owner)]
    if new.training.epochs <= epoch:
        errors.append(
            f"This run has finished: epoch {spec.training.epochs} of {spec.training.epochs}. Enter how many epochs to add: at least 1."
        )
    if errors:
        raise UserError(*errors)
    folder, notes = store.runs.folder(run_id), []
    where = f"at epoch {epoch:.1f}"
    task = task_of(spec.task)
    checked = task.check_data(new, settings, folder if other is None else None)
    _refuse_large(new, replace(checked.work, model_io=checkpoints.model_io(new, folder)), settings)
    if other is not None:
        notes = task.other_data.notes(new, folder, settings)
        with atomic.explain_errors("The data", folder):
            _write(checked.own_files, folder)
        where = f"with {label(new, store, settings, owner)}, from epoch {epoch:g} on"
    note = f"Continued {where}, until epoch {new.training.epochs}"
    note += f", learning rate {new.training.learning_rate:g}" if new_plan else ""
    test_at_end = test_again or not run.was_tested
    note = f"{note}. {' '.join(notes)}".removesuffix(". ")
    if run.title == title(spec, store, settings, owner):
        store.runs.rename(run_id, title(new, store, settings, owner))
    if not store.lifecycle.continue_run(
        run_id, new, note, (step, epoch) if new_plan else None, kept_for, _max_pending(settings, run.owner), test_at_end,
        other_data=other is not None,
    ):  # fmt: skip
        raise UserError(f"{run.title} has been continued already.")
    return notes


def _on_other_data(spec: RunSpec, source: str | None, encoding: str) -> RunSpec | None:
    """The spec with `source` as its data; None where it has this data already. Raises `UserError` where the task does not allow it."""
    if source is None:
        return None
    other_data = task_of(spec.task).other_data
    if other_data is None:
        raise UserError(
            f"A run on {spec.task} can only be continued on the data that it was trained on. Continue it without other data, or "
            "train a new run on the other data."
        )
    new = spec.changed(**other_data.options(source, encoding))
    return None if new == spec else new


def _position(run: Run, store: Store) -> tuple[int, float]:
    if run.active:
        raise UserError(f"{run.title} is {run.state}: there is nothing to continue yet.")
    at = checkpoints.position(store.runs.folder(run.id))
    if at is None:
        why = "It came with the project, without training state" if run.owner is None else "It has left no checkpoint"
        raise UserError(f"{run.title} cannot be continued. {why}. Press Train to start one with the same settings.")
    checkpoints.check(store.runs.spec(run.id), store.runs.folder(run.id))
    return at


def _write(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        atomic.write(folder / name, content)
