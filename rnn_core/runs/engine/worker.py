"""The process in which runs train, one at a time: `python -m rnn_core.runs.engine.worker NAME`.

Importing TensorFlow takes seconds, so it does that first and then waits for a line on standard input: a run's id, and the
settings. It trains that run until it ends or its turn is over, and waits for the next line. The process ends when its parent
is gone and its run has come to an end, when a run has failed, and when more memory has stayed from earlier runs than it may.
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
from typing import Any

import psutil

from rnn_core.errors import UserError
from rnn_core.estimate import Work, step_seconds
from rnn_core.nn.run_files import DamagedFile
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.recorder import Recorder, limit_said
from rnn_core.runs.store.database import StoreError
from rnn_core.runs.store.rows import FAILED, FINISHED, STOPPED
from rnn_core.runs.store.store import LOG, WEIGHTS, Store
from rnn_core.settings import Settings
from rnn_core.tasks.task import add_tasks, task_of
from rnn_core.training.protocol import Segment

DISK_FULL = 28  # exit status
DISK_FULL_SAID = "The disk is full, so nothing more could be saved. Free some space, then continue training."
LEASH = "RNN_LEASH"  # in the environment: end with the process that holds the other end of standard input, whatever happens
_FULL = re.compile("full|disk I/O error")  # how SQLite says it
_KEPT_MB = 400  # of memory may stay from earlier runs before the process makes way for a fresh one


def environment(threads: int) -> dict[str, str]:
    """What must be set before TensorFlow is imported: threads, memory and quiet. Given to the process when it is made."""
    return {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # or the first run takes all of a GPU's memory
        "MALLOC_ARENA_MAX": "2",  # glibc otherwise keeps an arena a thread, and freed memory stays in it
        "KERAS_BACKEND": "tensorflow",
        "PYTHONUNBUFFERED": "1",
    }


def main(name: str) -> int:
    """`name` is what the store knows this process by."""
    _be_the_first_to_go()
    lines = _lines(ends_with_it=bool(os.environ.get(LEASH)))
    from rnn_core.training import warm_up

    warm_up.warm_up(lambda: not lines.empty())  # a run that waits begins sooner without
    fresh = psutil.Process().memory_info().rss
    held = None
    for line in iter(lines.get, None):
        run_id, told = line.split(" ", 1)
        settings = Settings.from_json(told)
        add_tasks(settings.tasks)
        status, held = work(run_id, Store.of(settings), settings, name, held)
        if status:
            return status
        if held is None:  # what the run held on to has been let go of; what TensorFlow keeps all the same goes with the process
            gc.collect()
            if psutil.Process().memory_info().rss > fresh + _KEPT_MB * 1e6:
                return 0
    return 0


def _lines(ends_with_it: bool) -> queue.SimpleQueue:
    """Lines of standard input as they come, and None at its end, where `ends_with_it` ends the process: nobody could hear of the run."""
    lines, stdin = queue.SimpleQueue(), io.FileIO(0, closefd=False)  # `sys.stdin` has a lock that must be free at the end

    def read() -> None:
        for line in iter(stdin.readline, b""):
            lines.put(line.decode())
        if ends_with_it:
            os._exit(0)
        lines.put(None)

    threading.Thread(target=read, name="input", daemon=True).start()
    return lines


@dataclass(frozen=True)
class ResidentRun:
    """What a run left in this process when its turn ended: it goes on from here without building its network again."""

    run_id: str
    spec: RunSpec
    segment: tuple
    dataset: Any
    training: Any
    recorder: Callable[[], Recorder]


def work(
    run_id: str, store: Store, settings: Settings, name: str | None = None, held: ResidentRun | None = None
) -> tuple[int, ResidentRun | None]:
    """Train one run until it ends or its turn does. Returns the exit status, 0 unless the run failed, and what it left."""
    folder = store.runs.folder(run_id)
    _log_to(folder / LOG)
    try:
        held = _take_up(run_id, store, settings, name, held)
        dataset, training, recorder = held.dataset, held.training, held.recorder()
        steps = training.step + round((held.spec.training.epochs - training.epoch) * dataset.steps)
        store.lifecycle.begin(run_id, steps, dataset.items, step_seconds(held.spec.model, Work.of(dataset)))
        try:
            outcome = training.run(recorder)
        finally:
            recorder.flush()
        if outcome != FINISHED:
            if recorder.limit_reached:
                store.lifecycle.end(run_id, STOPPED, limit_said(settings))
            store.lifecycle.leave(run_id, name)
            return 0, held if store.runs.get(run_id).active else None
        if training.tests and task_of(held.spec.task).baseline:
            _compare(run_id, held.spec.task, dataset, store, recorder)
        store.lifecycle.end(run_id, FINISHED)
        return 0, None
    except Exception as error:
        with contextlib.suppress(OSError):  # the disk may be full
            traceback.print_exc()
        with contextlib.suppress(StoreError):  # then the engine says it, when there is space again, from the status
            store.lifecycle.end(run_id, FAILED, in_words(error))
        return (DISK_FULL if _disk_full(error) else 1), None


def _take_up(run_id: str, store: Store, settings: Settings, name: str | None, held: ResidentRun | None) -> ResidentRun:
    """The run as this process held it; else from its checkpoint; else from its beginning."""
    from rnn_core.training.loop import Training

    folder, spec, segment = store.runs.folder(run_id), store.runs.spec(run_id), store.runs.segment(run_id)
    at = checkpoints.position(folder)
    if held and (held.run_id, held.spec, held.segment) == (run_id, spec, segment) and at and at[0] == held.training.step:
        return held
    task, dataset = task_of(spec.task), task_of(spec.task).dataset(spec, folder, settings, at is not None)
    training = Training(spec, dataset, Segment(*segment[:2]), store.runs.tests_at_end(run_id))
    if kept := checkpoints.checkpoint(folder, spec.model, dataset.model_io):
        try:
            training.restore(*kept)
        except (KeyError, ValueError, TypeError) as error:  # its state is that of another network
            raise DamagedFile(folder / WEIGHTS, "what training needs to go on is missing") from error
    store.events.rewind(run_id, training.step, training.epoch)
    write = task.sample and partial(task.sample, spec, dataset)
    recorder = partial(Recorder, run_id, store, settings, write, dataset.test_order, name)
    return ResidentRun(run_id, spec, segment, dataset, training, recorder)


def _compare(run_id: str, task: str, dataset: Any, store: Store, recorder: Recorder) -> None:
    """How the task's baseline does beside the network. The run is finished and tested already: Stop only leaves this out."""
    try:
        logits = checkpoints.tested(store, run_id)
        if logits is not None:
            store.runs.keep_results(run_id, **task_of(task).baseline(dataset, logits, recorder.stop_wanted))
    except Exception:  # which must not make it a failed one
        traceback.print_exc()


def in_words(error: Exception) -> str:
    """Why a run failed, for the person who started it."""
    if _disk_full(error):
        return DISK_FULL_SAID
    if isinstance(error, UserError):
        return str(error)
    if _out_of_memory(error):
        return "Training ran out of memory. Choose fewer units or layers, a smaller batch size or a shorter sequence length."
    return f"Training met a fault of ours ({type(error).__name__}: {str(error)[:300]}). The log below says where."


def _out_of_memory(error: BaseException) -> bool:
    """Refused to Python, to NumPy or to TensorFlow, which wraps what went wrong while it traced a step into an error of its own."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or (type(error).__name__ == "StagingError" and "MemoryError" in str(error))
    )


def _disk_full(error: BaseException | None) -> bool:
    """No space left, no more allowed to this user or for this file: this error, or one that it followed from."""
    if error is None:
        return False
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    full |= isinstance(error, sqlite3.OperationalError) and bool(_FULL.search(str(error)))
    return full or _disk_full(error.__context__)


def _log_to(path: Path) -> None:
    """Send everything that this process prints, TensorFlow's own lines too, to the run's log."""
    sys.stdout.flush()
    sys.stderr.flush()
    with path.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _be_the_first_to_go() -> None:
    """When memory runs out, Linux shall end this process and not the server."""
    with contextlib.suppress(OSError):  # other systems have no such file, and some containers do not let it be written
        Path("/proc/self/oom_score_adj").write_text("700")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
