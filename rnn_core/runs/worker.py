"""The process in which one run trains: `python -m rnn_core.runs.worker`.

It imports TensorFlow, waits for a run's id on standard input (so that a spare is warm when it is needed), trains that
run, and exits: whatever TensorFlow holds on to is freed with it. When its parent goes away before an id came, it exits.
"""

import contextlib
import os
import re
import sqlite3
import sys
import traceback
from pathlib import Path

from rnn_core import settings as settings_of
from rnn_core.data import corpora, digits, reviews
from rnn_core.estimate import Work, step_seconds
from rnn_core.forward.network import Network
from rnn_core.forward.sampler import Sampling, Writer
from rnn_core.problem import Problem
from rnn_core.runs import learnt
from rnn_core.runs.recorder import Recorder
from rnn_core.runs.records import FAILED, FINISHED, STOPPED
from rnn_core.runs.store import LOG, VOCABULARY, Store
from rnn_core.settings import Settings
from rnn_core.spec import RunSpec
from rnn_core.tasks import baseline
from rnn_core.tasks.digits import DigitsTask
from rnn_core.tasks.reviews import ReviewsTask
from rnn_core.tasks.text import TextTask

SAMPLE = Sampling(length=400)  # written at every snapshot
_FULL = re.compile("full|disk I/O error")  # how SQLite says it


def environment(settings: Settings) -> dict[str, str]:
    """What must be set before TensorFlow is imported: threads, memory and quiet. Given to the process when it is made."""
    threads = str(settings.threads_per_run)
    return {
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": "1",  # NumPy writes the samples, one character after the other
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # or the first run takes all of a GPU's memory
        "MALLOC_ARENA_MAX": "2",  # glibc otherwise keeps an arena a thread, and freed memory stays in it
        "KERAS_BACKEND": "tensorflow",
        "PYTHONUNBUFFERED": "1",
    }


def main() -> int:
    _be_the_first_to_go()
    from rnn_core.training import warm

    warm.up()
    run_id = sys.stdin.readline().strip()
    if not run_id:
        return 0
    settings = settings_of.load()
    return work(run_id, Store.of(settings), settings)


def work(run_id: str, store: Store, settings: Settings) -> int:
    """Train one run to its end, whatever the end is. Returns the exit status: 0 unless the run failed."""
    _log_to(store.folder(run_id) / LOG)
    from rnn_core.training.loop import train

    try:
        spec = store.spec(run_id)
        task, recorder = _MADE[spec.task](run_id, spec, store, settings)
        work = Work(task.shape, task.batch, task.timesteps, task.steps)
        store.begin(run_id, task.steps * spec.training.epochs, task.items, step_seconds(spec.model, work))
        try:
            state = train(spec, task, recorder)
        finally:
            recorder.flush()
        if state == FINISHED and spec.task == "reviews" and len(task.reviews.test):
            _compare(run_id, task, store, recorder)
        message = f"Stopped after {settings.max_seconds:,} s, the limit here (RNN_MAX_SECONDS)." if recorder.limit_reached else ""
        store.end(run_id, state, message if state == STOPPED else "")
        return 0
    except Exception as error:
        traceback.print_exc()
        store.end(run_id, FAILED, in_words(error))
        return 1


def _compare(run_id: str, task: ReviewsTask, store: Store, recorder: Recorder) -> None:
    """How counting words does beside the network. The run is finished and tested already: Stop only leaves this out."""
    try:
        store.keep_results(run_id, **baseline.beside(task, learnt.tested(store, run_id), recorder.stop_wanted))
    except Exception:  # which must not make it a failed one
        traceback.print_exc()


def _text(run_id: str, spec: RunSpec, store: Store, settings: Settings) -> tuple[TextTask, Recorder]:
    folder = store.folder(run_id)
    task = TextTask(spec, corpora.load(spec.data.corpus, spec.data.encoding, settings, folder).text)
    task.vocabulary.save(folder / VOCABULARY)

    def write(weights: dict) -> str:
        return "".join(Writer(Network(spec.model, weights), task.vocabulary).write("\n", SAMPLE))

    return task, Recorder(run_id, store, settings, write)


def _digits(run_id: str, spec: RunSpec, store: Store, settings: Settings) -> tuple[DigitsTask, Recorder]:
    task = DigitsTask(spec, digits.load(spec.data.dataset, settings))
    return task, Recorder(run_id, store, settings, test_order=task.test_order)


def _reviews(run_id: str, spec: RunSpec, store: Store, settings: Settings) -> tuple[ReviewsTask, Recorder]:
    folder = store.folder(run_id)
    task = ReviewsTask(spec, reviews.load(spec.data.dataset, settings, folder))
    task.vocabulary.save(folder / VOCABULARY)
    return task, Recorder(run_id, store, settings, test_order=task.test_order)


_MADE = {"text": _text, "digits": _digits, "reviews": _reviews}


def in_words(error: Exception) -> str:
    """Why a run failed, for the person who started it."""
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "Training ran out of memory. Choose fewer units or layers, a smaller batch size or a shorter sequence length."
    if (isinstance(error, OSError) and error.errno == 28) or (
        isinstance(error, sqlite3.OperationalError) and _FULL.search(str(error))
    ):
        return "The disk is full, so nothing more could be saved. Free some space, then train again."
    return f"Training met a fault of ours ({type(error).__name__}: {str(error)[:300]}). The log below says where."


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
    sys.exit(main())
