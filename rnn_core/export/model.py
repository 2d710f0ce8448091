"""The Keras model of a run: a file that its worker has written, or one that a separate process writes, one process at a time."""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.worker import environment
from rnn_core.runs.store.rows import PAUSED, Run
from rnn_core.runs.store.store import MODEL, WEIGHTS, Store
from rnn_core.settings import PROJECT, without_secrets
from rnn_core.tasks.task import task_of

TRAINS = "Everything and the Keras model are written when the run pauses or ends. Pause or stop the run first."
_MOST_SECONDS = 300.0  # for one model
_ONE_PROCESS = threading.Lock()  # TensorFlow takes some 500 MB
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saved:
    """A checkpoint and the Keras model with its best weights."""

    weights: bytes
    model: bytes


def is_ready(store: Store, run_id: str) -> bool:
    """Whether the run's folder has the model of its present weights: both files then have the same time."""
    try:
        return (store.runs.folder(run_id) / MODEL).stat().st_mtime_ns == checkpoints.version(store, run_id)
    except (FileNotFoundError, NotADirectoryError):
        return False


def trains(run: Run) -> bool:
    """Whether the run's weights still change, so that it has no model yet."""
    return run.active and run.state != PAUSED


def saved(store: Store, run_id: str) -> Saved:
    """The checkpoint and its model, which a process writes where there is none yet. Raises `UserError`."""
    folder = store.runs.folder(run_id)
    while is_ready(store, run_id):
        version, files = checkpoints.version(store, run_id), Saved((folder / WEIGHTS).read_bytes(), (folder / MODEL).read_bytes())
        if checkpoints.version(store, run_id) == version:  # else training has gone on since
            return files
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for file in (WEIGHTS, *task_of(store.runs.get(run_id).task).run_files):
            shutil.copyfile(folder / file, scratch / file)
        write(store, run_id, scratch / WEIGHTS, scratch / MODEL)
        return Saved((scratch / WEIGHTS).read_bytes(), (scratch / MODEL).read_bytes())


def write(store: Store, run_id: str, weights: Path, out: Path) -> None:
    """Write the model of these weights in another process: this one does not import TensorFlow. Raises `UserError`."""
    checkpoints.weights(store, run_id)  # raises `UserError` if they cannot be read
    command = [sys.executable, "-m", "rnn_core.training.save", str(weights), str(out)]
    spec = store.runs.spec(run_id).to_json()
    try:
        with _ONE_PROCESS:
            process = subprocess.run(
                command,
                input=spec,
                cwd=PROJECT,
                env=without_secrets(os.environ) | environment(1),
                capture_output=True,
                text=True,
                timeout=_MOST_SECONDS,
            )
    except subprocess.TimeoutExpired:
        raise UserError(f"Keras took longer than {_MOST_SECONDS:.0f} s to save the model. Try again when less runs here.") from None
    except OSError as error:
        raise UserError(
            f"No process could be started to save the model ({error.strerror}). Close other programs, then try again."
        ) from None
    if process.returncode:
        _log.error("The model of run %s could not be saved: %s", run_id, process.stderr)
        raise UserError(
            f"Keras could not save the model: {(process.stderr.strip().splitlines() or ['its process was ended'])[-1][:200]}"
        )


class ModelQueue:
    """Writes the models of runs that have none, in the order in which they are requested, one process at a time.

    Everybody who requests the model of the same run waits for the same process.
    """

    def __init__(self, store: Store, write_model: Callable[[Store, str, Path, Path], None] = write):
        self._store, self._write = store, write_model
        self._lock = threading.Lock()
        self._requested: list[str] = []  # ids of runs; the model of the first one is being written
        self._errors: dict[str, tuple[str, ...]] = {}  # by run: why its last request failed
        self._working = False

    def request(self, run_id: str) -> None:
        with self._lock:
            self._errors.pop(run_id, None)
            if run_id not in self._requested:
                self._requested.append(run_id)
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="exports", daemon=True).start()

    def place(self, run_id: str) -> int | None:
        """How many models are written before this one: 0 while this one is written. None where it is not requested."""
        with self._lock:
            return self._requested.index(run_id) if run_id in self._requested else None

    def errors(self, run_id: str) -> tuple[str, ...]:
        """Why the last request failed, in sentences."""
        with self._lock:
            return self._errors.get(run_id, ())

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._requested:
                    self._working = False
                    return
                run_id = self._requested[0]
            errors = self._try(run_id)
            with self._lock:
                self._requested.remove(run_id)
                if errors:
                    self._errors[run_id] = errors

    def _try(self, run_id: str) -> tuple[str, ...]:
        try:
            if not is_ready(self._store, run_id):
                folder = self._store.runs.folder(run_id)
                with atomic.explain_errors("The model", folder):
                    self._write(self._store, run_id, folder / WEIGHTS, folder / MODEL)
            return ()
        except UserError as error:
            return error.sentences
        except Exception as error:  # the queue must go on
            _log.exception("The model of run %s could not be written", run_id)
            return (f"The model could not be written ({type(error).__name__}). The terminal of the app says more.",)
