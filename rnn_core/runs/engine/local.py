"""The local engine: takes queued runs from the store and gives each a worker process on this machine.

A thread ticks ten times a second while a run trains. It also kills processes that do not stop, and ends every run whose process is gone,
with a reason. Runs continue when the process with this engine ends; the next engine over the same store finds them again.

There are as many workers as slots, unless a setting allows more. A spare worker has imported TensorFlow already, so a first loss comes
within a second of the click.
"""

import contextlib
import logging
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Self

import psutil

from rnn_core.nn.run_files import DamagedFile
from rnn_core.runs import checkpoints, process
from rnn_core.runs.engine.loop import EngineLoop, fail_run_on_error
from rnn_core.runs.engine.worker import DISK_FULL, DISK_FULL_MESSAGE, environment
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.rows import FAILED, STARTING, STOP, STOPPED
from rnn_core.runs.store.store import LOG, Store
from rnn_core.settings import PROJECT, Settings, without_secrets
from rnn_core.training.execution import use_onednn

STOP_SECONDS = 3.0  # a worker that has not stopped by then is killed
SPARE_DELAY = 4.0  # seconds after a start until the next worker is started, which takes a core for about four (nine on Zen 3)
_RETRY_SECONDS = 60.0  # until the next worker, after one died without a run
_ORPHAN_SECONDS = 60.0  # a run that has had a slot for so long without a process gets none: its server ended
_OLD_LOG_SECONDS = 7 * 24 * 3600.0
_TICK_SECONDS, _IDLE_TICK_SECONDS = 0.1, 0.5
_log = logging.getLogger(__name__)


class LocalEngine(EngineLoop):
    """`only` restricts the engine to one run: the command line trains its own and leaves the queue to the server.

    `environ` are environment variables of the workers, besides those of this process.
    """

    waiting_reason = ""  # why no run can train now, in a sentence

    def __init__(self, store: Store, settings: Settings, *, only: str | None = None, environ: Mapping[str, str] | None = None):
        super().__init__(store, settings)
        self.only, self.environ = only, environ or {}
        self.rules = Rules.of(settings)
        self.workers: list[Worker] = []

    def start(self) -> Self:
        for log in (self.store.home / "workers").glob("*.log"):  # of workers whose server was killed
            with contextlib.suppress(FileNotFoundError):  # another server may do the same
                if time.time() - log.stat().st_mtime > _OLD_LOG_SECONDS:
                    log.unlink()
        return super().start()

    @property
    def pause_seconds(self) -> float:
        return _TICK_SECONDS if any(worker.run for worker in self.workers) else _IDLE_TICK_SECONDS

    def close(self) -> None:
        """Release the workers. Runs that train continue to the end of their turn, and the next engine finds them."""
        self.halt()
        for worker in self.workers:
            with contextlib.suppress(OSError):  # the worker may have ended already
                worker.stdin.close()
            if worker.run is None:
                worker.wait()
                _delete_log(self.store, worker.name)

    def tick(self) -> None:
        """One round: handle workers that died, end runs that do not stop, start queued runs, change turns, keep a spare worker."""
        self._handle_dead_workers()
        reap(self.store, own={worker.run for worker in self.workers})
        self._free_workers()
        while run_id := self.store.queue.claim(self.rules, self.only):
            self._free_workers()  # perhaps the worker whose run yielded this slot a moment ago
            self._launch(run_id)
        if self.only is None:
            self.store.queue.ask_to_yield(self.rules)
            self._keep_spare_worker()

    def _free_workers(self) -> None:
        """Mark workers as free whose run has ended or yielded its slot."""
        attached = {row["worker"] for row in self.store.lifecycle.attached()}
        for worker in self.workers:
            if worker.run and worker.name not in attached:
                worker.last_run, worker.run = worker.run, None

    def _handle_dead_workers(self) -> None:
        for worker in [worker for worker in self.workers if worker.poll() is not None]:
            if worker.run is None:
                if worker.returncode:  # perhaps it cannot import TensorFlow: wait before the next one
                    _log.error("A worker died: %s", _tail(worker_log(self.store, worker.name)))
                    self.spare_due = time.monotonic() + _RETRY_SECONDS
                _delete_log(self.store, worker.name)
            elif not fail_run_on_error(self.store, worker.run, partial(self._end_run_of, worker)):
                continue  # the disk is full or the store is locked: the next tick tries again
            self.workers.remove(worker)

    def _end_run_of(self, worker: "Worker") -> None:
        if (
            worker.was_ready and self.store.runs.get(worker.run).state == STARTING
        ):  # it died before it got the run, which is queued again
            self.store.lifecycle.requeue(worker.run)
        else:
            _end_dead_run(self.store, worker.run, worker.name, worker.returncode)

    def _launch(self, run_id: str) -> None:
        worker = None
        try:
            worker = self._worker_for(run_id)
            worker.run = run_id
            self.store.lifecycle.attach(run_id, worker.pid, worker.name)
            worker.write(f"{run_id} {self.settings.to_json()}")
        except BrokenPipeError:  # it has just died; the next tick handles that
            _log.warning("Worker %s was gone before it got its run", worker.pid)
        except Exception as error:  # after any error, the run must not stay on a slot for ever
            _log.exception("No worker could be given run %s", run_id)
            if worker:
                self.workers.remove(worker)
                kill_tree(worker.pid)
            self.store.lifecycle.end(run_id, FAILED, f"No training process could be started ({error}). Train again.")

    def _worker_for(self, run_id: str) -> "Worker":
        """The worker that trained this run last; else one without a run in memory; else a new one; else the one that has been free longest."""
        free = [worker for worker in self.workers if worker.run is None]
        onednn = self._onednn(run_id)
        suitable = [worker for worker in free if worker.onednn == onednn]
        for last_run in (run_id, None):
            if matching := [worker for worker in suitable if worker.last_run == last_run]:
                worker = matching[0]
                break
        else:
            at_limit = len(self.workers) >= self.settings.workers_here
            if at_limit and free and not suitable:
                self._release(free[0])
            worker = suitable[0] if at_limit and suitable else self._start_worker(onednn)
        self.workers.remove(worker)
        self.workers.append(worker)  # the list is in order of last use
        self.spare_due = max(self.spare_due, time.monotonic() + SPARE_DELAY)
        worker.was_ready = worker in free
        return worker

    def _onednn(self, run_id: str) -> bool | None:
        """Whether a worker for this run uses oneDNN, which is fixed once a process has imported TensorFlow."""
        with contextlib.suppress(DamagedFile):  # the run's worker says what is wrong with the file
            if execution := checkpoints.execution(self.store.runs.folder(run_id)):
                return execution.onednn
        return use_onednn(self.settings.onednn)

    def _start_worker(self, onednn: bool | None) -> "Worker":
        worker = Worker(self.store, self.settings, onednn, self.environ)
        self.workers.append(worker)
        return worker

    def _release(self, worker: "Worker") -> None:
        """End a free worker, to make room for one of another kind."""
        self.workers.remove(worker)
        worker.kill()
        worker.wait()
        _delete_log(self.store, worker.name)

    def _keep_spare_worker(self) -> None:
        free = any(worker.run is None for worker in self.workers)
        if not free and len(self.workers) < self.settings.workers_here and time.monotonic() >= self.spare_due:
            self._start_worker(use_onednn(self.settings.onednn))


class Worker(subprocess.Popen):
    """A worker process. Its name identifies it in the store; it writes to its own log until it has a run, and then to the run's."""

    def __init__(self, store: Store, settings: Settings, onednn: bool | None = None, environ: Mapping[str, str] | None = None):
        self.name, self.onednn = secrets.token_hex(8), onednn
        self.run: str | None = None  # that it trains now
        self.last_run: str | None = None  # in its memory: it can continue this run at once
        self.was_ready = False  # before it got its run
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        path = worker_log(store, self.name)
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as log:
            super().__init__(
                [sys.executable, "-m", "rnn_core.runs.engine.worker", self.name],
                cwd=PROJECT,
                env={**without_secrets(os.environ), **environment(settings.threads_per_run, onednn), **(environ or {})},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **own_group,
            )
        with contextlib.suppress(BrokenPipeError):  # it has just died; the next tick handles that
            self.write(settings.to_json())

    def write(self, line: str) -> None:
        """Raises `BrokenPipeError` if the process has ended."""
        self.stdin.write(f"{line}\n".encode())
        self.stdin.flush()


def _delete_log(store: Store, worker: str) -> None:
    with contextlib.suppress(OSError):  # `start` removes old logs
        worker_log(store, worker).unlink()


def worker_log(store: Store, name: str) -> Path:
    """The log of a worker before it has a run; later lines are in the run's folder."""
    return store.home / "workers" / f"{name}.log"


def reap(store: Store, own=()) -> None:
    """End every run that does not stop as requested, and every run whose process is gone.

    Runs in `own` are those of the caller's workers, whose exit status it reads itself.
    """
    for run in store.lifecycle.attached():
        fail_run_on_error(store, run["id"], partial(_reap, store, run, run["id"] in own))
    for run_id, pid in store.queue.kept_for_processes():
        if not process.is_running(pid):
            fail_run_on_error(
                store, run_id, partial(store.lifecycle.end, run_id, STOPPED, "The command line that queued this run has ended.")
            )


def _reap(store: Store, run: sqlite3.Row, is_own: bool) -> None:
    if run["worker"] and run["pid"] is None:  # on another computer, which the cluster's engine handles
        return
    if run["requested"] == STOP and not 0 <= time.time() - run["requested_at"] <= STOP_SECONDS:
        if run["pid"] and _is_worker(run["pid"], run["worker"]):
            kill_tree(run["pid"])
        message = f"The run did not stop within {STOP_SECONDS:.0f} s, so its process was ended."
        store.lifecycle.end(run["id"], STOPPED, f"{message} {_checkpoint_message(store, run['id'])}".strip())
    elif is_own:
        return
    elif run["pid"] is None:
        if not 0 <= time.time() - run["started"] <= _ORPHAN_SECONDS:
            store.lifecycle.requeue(run["id"])
    elif _is_worker(run["pid"], run["worker"]) is False:
        _end_dead_run(store, run["id"], run["worker"], None)


def kill_tree(pid: int) -> None:
    """Kill a process and all its children, as far as permissions allow."""
    try:
        parent = psutil.Process(pid)
        tree = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        _log.warning("Process %s cannot be inspected, so it was not ended", pid)
        return
    for member in tree:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            _log.warning("Process %s may not be ended", member.pid)
    psutil.wait_procs(tree, timeout=5)


def log_tail(store: Store, run_id: str, lines: int = 20) -> str:
    """The last lines of a run's log; empty where there is none."""
    return _tail(store.runs.folder(run_id) / LOG, lines)


def _tail(path: Path, lines: int = 20) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"The log cannot be read ({error.strerror or error})."


def _is_worker(pid: int, worker: str) -> bool | None:
    """Whether the process with this number is this worker, whose name is in its command line: the system uses numbers again.

    None for a process whose command line may not be read: it is not killed, and ends when its run is stopped.
    """
    try:
        candidate = psutil.Process(pid)
        return candidate.status() != psutil.STATUS_ZOMBIE and worker in candidate.cmdline()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return None


def _end_dead_run(store: Store, run_id: str, worker: str, status: int | None) -> None:
    """End a run whose process is gone, unless it has ended, and add the worker's own log to the run's."""
    own_log = worker_log(store, worker)
    try:
        if own_log.exists():
            with (store.runs.make_folder(run_id) / LOG).open("ab") as log:
                log.write(own_log.read_bytes())
            own_log.unlink(missing_ok=True)
    except OSError:  # the disk may be full, or the log's path is not a file: the run must end all the same
        _log.exception("The log of the worker of run %s could not be copied", run_id)
    restarted = status is None and psutil.boot_time() > (store.runs.get(run_id).started or 0)
    store.lifecycle.end(
        run_id, FAILED, f"{_RESTARTED_MESSAGE if restarted else _exit_message(status)} {_checkpoint_message(store, run_id)}".strip()
    )


def _checkpoint_message(store: Store, run_id: str) -> str:
    """A sentence about the run's checkpoint, after an end that came from outside; empty without one."""
    try:
        position = checkpoints.position(store.runs.folder(run_id))
    except DamagedFile as error:
        return str(error)
    return f"The checkpoint of epoch {position[1]:.2f} is kept; Continue training starts from there." if position else ""


_RESTARTED_MESSAGE = "The computer was switched off or restarted during training."


def _exit_message(status: int | None) -> str:
    """Why a run's process ended, from its exit status; None: unknown."""
    if status in (-9, 137):
        return (
            "The training process was killed from outside (signal 9). Most often the machine ran out of memory: choose fewer "
            "units, a smaller batch size or a shorter sequence length."
        )
    if status == DISK_FULL:
        return DISK_FULL_MESSAGE
    how = "" if status is None else f" (signal {-status})" if status < 0 else f" (exit status {status})"
    return f"The training process ended without an error message{how}. The last lines of its log may say why."
