"""From a spec to a queued run, and from a run that has ended to one that goes on: the one door for pages and the command line."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.estimate import Work, estimate, memory_error
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.queue import too_many
from rnn_core.runs.store.rows import Run
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of


def submit(
    spec: RunSpec, store: Store, settings: Settings, kept_for: int | None = None, run_id: str | None = None, owner: str = ""
) -> str:
    """Check a spec against this machine's limits and its data, and queue it. Returns the run's id, or raises `UserError`.

    `kept_for` is the process that will train the run itself, if one will; `run_id` an id that `Runs.new_id` gave before.
    """
    wrong = [*spec.limit_errors(settings), *refusals(store, settings, owner)]
    if wrong:
        raise UserError(*wrong)
    checked = task_of(spec.task).check_data(spec, settings)
    _refuse_large(spec, checked.work, settings)
    run_id = run_id or store.runs.new_id()
    try:
        with atomic.explain_errors("The run", store.runs.folder(run_id)):
            _write(checked.own_files, store.runs.make_folder(run_id))
            return store.runs.add(spec, title(spec, store, settings, owner), run_id, kept_for, owner, _most(settings, owner))
    except BaseException:  # nothing is left of a run that did not come to be
        if not store.runs.has(run_id):
            shutil.rmtree(store.runs.folder(run_id), ignore_errors=True)
        raise


def _refuse_large(spec: RunSpec, needed: Work, settings: Settings) -> None:
    if too_large := memory_error(estimate(spec.model, needed).memory_mb, settings):
        raise UserError(too_large)


def title(spec: RunSpec, store: Store, settings: Settings, owner: str) -> str:
    """What a run is called until somebody renames it."""
    return f"{label(spec, store, settings, owner)[:60]} · {spec.title}"


def label(spec: RunSpec, store: Store, settings: Settings, owner: str = "") -> str:
    """What its owner calls the data."""
    return sources.label(spec.task, spec.data.source, settings, store.uploads.labels(owner, spec.task))


def _most(settings: Settings, owner: str | None) -> int | None:
    """How many runs this person may have on their way; None where nobody counts."""
    return settings.max_waiting + 1 if settings.class_mode and owner else None


def resume(run_id: str, store: Store, settings: Settings) -> None:
    """Let a paused run go on, if its owner may have one more on their way. Raises `UserError`."""
    store.lifecycle.resume(run_id, _most(settings, store.runs.get(run_id).owner))


def refusals(store: Store, settings: Settings, owner: str = "", disk_mb: float | None = None) -> list[str]:
    """Why this person may not queue another run now. `disk_mb` is what all runs took when that was measured last."""
    said = []
    most = _most(settings, owner)
    if most is not None and (active := store.queue.on_their_way(owner)) >= most:
        said.append(too_many(active))
    if settings.max_disk_mb and (taken := store.disk_mb() if disk_mb is None else disk_mb) > settings.max_disk_mb:
        said.append(
            f"All runs and uploads together take {taken:,.0f} MB of the disk; at most {settings.max_disk_mb:,} MB are allowed here "
            "(RNN_MAX_DISK_MB). Delete some runs first."
        )
    return said


def proceed(
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

    With another learning rate, or on other data if its task allows that; then, and with more epochs, a schedule
    starts again. The test set is for one use: a run that was tested is tested at its new end only with `test_again`. Returns
    sentences about what the network never saw. Raises `UserError` where it cannot go on.
    """
    run, spec = store.runs.get(run_id), store.runs.spec(run_id)
    owner = run.owner or ""
    step, epoch = _position(run, store)
    new = spec.changed(epochs=max(spec.training.epochs, math.ceil(epoch)) + more)
    other = _on_other_data(new, source, encoding)
    if other is not None:
        new, epoch = other, float(math.ceil(epoch))
    rate = run.planned_rate if learning_rate is None else learning_rate
    fresh = new != spec or rate != run.planned_rate
    if fresh:  # else the old plan goes on, also with a learning rate that was set while it ran
        new = new.changed(learning_rate=rate)
    wrong = [*new.limit_errors(settings), *refusals(store, settings, owner)]
    if new.training.epochs <= epoch:
        wrong.append(f"It has read all of its {spec.training.epochs} epochs. Say how many more it shall read: at least 1.")
    if wrong:
        raise UserError(*wrong)
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
    said = f"Continued {where}, until epoch {new.training.epochs}"
    said += f", learning rate {new.training.learning_rate:g}" if fresh else ""
    tests = test_again or not run.was_tested
    said = f"{said}. {' '.join(notes)}".removesuffix(". ")
    if run.title == title(spec, store, settings, owner):
        store.runs.rename(run_id, title(new, store, settings, owner))
    if not store.lifecycle.proceed(
        run_id, new, said, (step, epoch) if fresh else None, kept_for, _most(settings, run.owner), tests
    ):
        raise UserError(f"{run.title} goes on already.")
    return notes


def _on_other_data(spec: RunSpec, source: str | None, encoding: str) -> RunSpec | None:
    """The spec on the data called `source`; None where that is what it has. Raises `UserError` for a task that keeps its data."""
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
        why = "It came with the project, without what training needs" if run.owner is None else "It has left no checkpoint"
        raise UserError(f"{run.title} cannot be continued. {why}. Train one like it: its controls are set already.")
    checkpoints.check(store.runs.spec(run.id), store.runs.folder(run.id))
    return at


def _write(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        atomic.write(folder / name, content)
