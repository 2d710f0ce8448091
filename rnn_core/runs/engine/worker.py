"""The process in which runs train, one at a time: `python -m rnn_core.runs.engine.worker NAME`.

Its standard input holds the settings in the first line, for warming up; then a run's id and the settings in each line. Importing
TensorFlow takes seconds, so the process does that first. It trains a run until the run ends or its turn is over, and waits for the next
line. The process ends when its parent is gone and its run has ended, when a run has failed, and when earlier runs have left more memory
in use than `_MAX_GROWTH_MB`.
"""

import contextlib
import errno
import gc
import io
import os
import queue
import re
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from rnn_core.errors import UserError
from rnn_core.estimate import Work, step_seconds
from rnn_core.nn.run_files import DamagedFile
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.gradient import GradientProbe
from rnn_core.runs.engine.recorder import Recorder, time_limit_message
from rnn_core.runs.engine.warm_up import warm_up
from rnn_core.runs.store.database import StoreError
from rnn_core.runs.store.rows import FAILED, FINISHED, GONE, QUEUED, STOPPED
from rnn_core.runs.store.store import LOG, MODEL, WEIGHTS, Store
from rnn_core.settings import Settings
from rnn_core.tasks.task import add_tasks, task_of
from rnn_core.training.execution import ONEDNN
from rnn_core.training.protocol import Segment

if TYPE_CHECKING:
    from rnn_core.training.trainer import Trainers  # imports TensorFlow

DISK_FULL = 28  # exit status
DISK_FULL_MESSAGE = "The disk is full, so nothing more could be saved. Free some space, then continue training."
LEASH = "RNN_LEASH"  # environment variable: end at once when the parent process has ended
_FULL = re.compile("full|disk I/O error")  # SQLite's messages
_MAX_GROWTH_MB = 400  # of memory, after which the process ends and a new one takes its place


def environment(threads: int, onednn: bool | None = None) -> dict[str, str]:
    """Variables that must be set before TensorFlow is imported, for threads, memory and log level. The parent process sets them.

    Each operation has one thread: the operations of one timestep are too small to be shared, and a batch is computed in parts.
    """
    return {
        **({} if onednn is None else {ONEDNN: str(int(onednn))}),
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": str(threads),
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # otherwise the first run takes all of a GPU's memory
        "MALLOC_ARENA_MAX": "2",  # otherwise glibc has an arena per thread, in which freed memory stays
        "KERAS_BACKEND": "tensorflow",
        "PYTHONUNBUFFERED": "1",
    }


def main(name: str) -> int:
    """Train runs until the process has to end; returns its exit status. `name` identifies this process in the store."""
    _prefer_for_out_of_memory_kill()
    lines = _lines(exit_at_end=bool(os.environ.get(LEASH)))
    from rnn_core.training.trainer import Trainers

    trainers = Trainers()
    settings_json = lines.get()
    if settings_json is None:
        return 0
    if (settings := _settings(settings_json)).warm_up:
        warm_up(trainers, settings, lambda: not lines.empty())  # a run that waits starts sooner without
    memory_at_start = psutil.Process().memory_info().rss
    resident = None
    for line in iter(lines.get, None):
        run_id, settings_json = line.split(" ", 1)
        settings = _settings(settings_json)
        status, resident = train_run(run_id, Store.of(settings), settings, name, resident, trainers)
        if status:
            return status
        if resident is None:  # the run has ended; memory that TensorFlow does not free is freed when the process ends
            gc.collect()
            if psutil.Process().memory_info().rss > memory_at_start + _MAX_GROWTH_MB * 1e6:
                return 0
    return 0


def _settings(text: str) -> Settings:
    settings = Settings.from_json(text)
    add_tasks(settings.tasks)
    return settings


def _lines(exit_at_end: bool) -> queue.SimpleQueue:
    """Lines of standard input as they arrive, and None at its end. With `exit_at_end`, the process ends there: nobody reads its run."""
    lines, stdin = queue.SimpleQueue(), io.FileIO(0, closefd=False)  # `sys.stdin` has a lock that must be free when Python ends

    def read() -> None:
        for line in iter(stdin.readline, b""):
            lines.put(line.decode())
        if exit_at_end:
            os._exit(0)
        lines.put(None)

    threading.Thread(target=read, name="input", daemon=True).start()
    return lines


@dataclass(frozen=True)
class ResidentRun:
    """A run whose turn ended, in this process: it continues from here without building its network again."""

    run_id: str
    spec: RunSpec
    segment: tuple
    dataset: Any
    training: Any
    recorder: Callable[[], Recorder]


def train_run(
    run_id: str,
    store: Store,
    settings: Settings,
    name: str | None = None,
    resident: ResidentRun | None = None,
    trainers: "Trainers | None" = None,
) -> tuple[int, ResidentRun | None]:
    """Train one run until the run or its turn ends. Returns the exit status, 0 unless the run failed, and the run for its next turn."""
    folder = store.runs.folder(run_id)
    _redirect_output(folder / LOG)
    try:
        resident = _resumed_or_loaded(run_id, store, settings, name, resident, trainers)
        dataset, training, recorder = resident.dataset, resident.training, resident.recorder()
        steps = training.step + round((resident.spec.training.epochs - training.epoch) * dataset.steps)
        store.lifecycle.mark_running(run_id, steps, dataset.items, step_seconds(resident.spec.model, Work.of(dataset)))
        try:
            outcome = training.run(recorder)
        finally:
            recorder.flush()
        if outcome != FINISHED:
            if recorder.limit_reached:
                store.lifecycle.end(run_id, STOPPED, time_limit_message(settings))
            store.lifecycle.leave_slot(run_id, name)
            left = store.runs.get(run_id)
            if outcome != GONE and left.state != QUEUED:
                _write_model(resident.spec, folder)
            return 0, resident if left.active else None
        if training.test_at_end and task_of(resident.spec.task).baseline:
            _add_baseline(run_id, resident.spec.task, dataset, store, recorder)
        store.lifecycle.end(run_id, FINISHED, early_end_message(training) if training.ended_early else "")
        _write_model(resident.spec, folder)
        return 0, None
    except Exception as error:
        with contextlib.suppress(OSError):  # the disk may be full
            traceback.print_exc()
        with contextlib.suppress(StoreError):  # then the engine records it when there is space again, from the exit status
            store.lifecycle.end(run_id, FAILED, failure_message(error))
        return (DISK_FULL if _is_disk_full(error) else 1), None


def _resumed_or_loaded(
    run_id: str, store: Store, settings: Settings, name: str | None, resident: ResidentRun | None, trainers: "Trainers | None"
) -> ResidentRun:
    """The run as it is in this process; else from its checkpoint; else from its start."""
    from rnn_core.training.loop import Training
    from rnn_core.training.trainer import Trainers, execution_here

    folder, spec, segment = store.runs.folder(run_id), store.runs.spec(run_id), store.runs.segment(run_id)
    position = checkpoints.position(folder)
    if (
        resident
        and (resident.run_id, resident.spec, resident.segment) == (run_id, spec, segment)
        and position
        and position[0] == resident.training.step
    ):
        return resident
    task, dataset = task_of(spec.task), task_of(spec.task).dataset(spec, folder, settings, position is not None)
    loaded = checkpoints.load(folder, spec.model, dataset.model_io)
    execution = checkpoints.execution(folder) or execution_here(spec.model, settings.threads_per_run)
    trainer = (trainers or Trainers()).get(spec, dataset.model_io, execution)
    training = Training(spec, dataset, Segment(*segment[:2]), store.runs.tests_at_end(run_id), trainer)
    if loaded:
        try:
            training.restore(*loaded)
        except (KeyError, ValueError, TypeError) as error:  # the state of another network
            raise DamagedFile(folder / WEIGHTS, "its training state is incomplete") from error
    store.events.rewind(run_id, training.step, training.epoch)
    write = task.sample and partial(task.sample, spec, dataset)
    gradient = GradientProbe(spec.model, dataset).measure
    by_part = task.by_part and partial(task.by_part, dataset)
    recorder = partial(Recorder, run_id, store, settings, write, dataset.test_order, name, gradient, by_part)
    return ResidentRun(run_id, spec, segment, dataset, training, recorder)


def _add_baseline(run_id: str, task: str, dataset: Any, store: Store, recorder: Recorder) -> None:
    """Add the results of the task's baseline. The run has been tested already: Stop only skips this."""
    try:
        logits = checkpoints.test_logits(store, run_id)
        if logits is not None:
            store.runs.add_results(run_id, **task_of(task).baseline(dataset, logits, recorder.stop_requested))
    except Exception:  # an error here must not fail the run
        traceback.print_exc()


def _write_model(spec: RunSpec, folder: Path) -> None:
    """Write the Keras model beside the weights, for exports. The run has left its slot: nobody waits for this, and Stop cannot cut it off."""
    try:
        from rnn_core.training.save import save

        save(spec, folder / WEIGHTS, folder / MODEL)
    except Exception:  # an error here must not fail the run: an export writes a model that is missing
        with contextlib.suppress(OSError):  # the disk may be full
            traceback.print_exc()


def early_end_message(training: Any) -> str:
    patience = training.plan.patience
    return (
        f"Ended early, after {training.epochs} of {training.plan.epochs} epochs: validation loss has not fallen for {patience} "
        f"{'epoch' if patience == 1 else 'epochs'}. Epoch {training.best.epoch} was the best."
    )


def failure_message(error: Exception) -> str:
    """Why a run failed: sentences for the person who started it."""
    if _is_disk_full(error):
        return DISK_FULL_MESSAGE
    if isinstance(error, UserError):
        return str(error)
    if _is_out_of_memory(error):
        return "Training ran out of memory. Choose fewer units or layers, a smaller batch size or a shorter sequence length."
    return f"Internal error during training ({type(error).__name__}: {str(error)[:300]}). The log below says where."


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, NumPy or TensorFlow got no memory. TensorFlow wraps errors of tracing into a `StagingError`."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or (type(error).__name__ == "StagingError" and "MemoryError" in str(error))
    )


def _is_disk_full(error: BaseException | None) -> bool:
    """Whether this error, or one that led to it, means: no space left, a quota reached, or a file too large."""
    if error is None:
        return False
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    full |= isinstance(error, sqlite3.OperationalError) and bool(_FULL.search(str(error)))
    return full or _is_disk_full(error.__context__)


def _redirect_output(path: Path) -> None:
    """Redirect everything that this process prints, also TensorFlow's lines, to the run's log."""
    sys.stdout.flush()
    sys.stderr.flush()
    with path.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _prefer_for_out_of_memory_kill() -> None:
    """When memory runs out, Linux ends this process first, and not the server."""
    with contextlib.suppress(OSError):  # only Linux has this file, and some containers do not allow writing it
        Path("/proc/self/oom_score_adj").write_text("700")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
