"""The local engine: takes queued runs from the store and gives each a worker process on this machine.

A thread looks ten times a second while something happens. It also ends what does not stop by itself, and gives every
run whose process is gone its end and its reason. Runs go on when the process with this engine ends; the next engine
over the same store finds them again.
"""

import logging
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from rnn_core.runs import learnt
from rnn_core.runs.records import FAILED, STARTING, STOPPED
from rnn_core.runs.store import LOG, Store
from rnn_core.runs.worker import environment
from rnn_core.settings import Settings

STOP_SECONDS = 3.0  # a worker that has not stopped by then is killed
SPARE_DELAY = 4.0  # seconds after a start before the next spare is made, which costs a core for about three
_RETRY_SECONDS = 60.0  # after a spare died by itself
_ORPHAN_SECONDS = 60.0  # a claimed run that got no process in this time never will
_OLD_LOG_SECONDS = 7 * 24 * 3600.0
_LOOK_SECONDS, _IDLE_SECONDS = 0.1, 0.5
_PROJECT = Path(__file__).parents[2]
_log = logging.getLogger(__name__)


class LocalEngine:
    """`only` restricts it to one run: the command line trains its own and leaves the queue to the server."""

    def __init__(self, store: Store, settings: Settings, *, only: str | None = None):
        self.store, self.settings, self.only = store, settings, only
        self.workers: dict[str, Worker] = {}
        self.spare: Worker | None = None
        self.spare_due = 0.0
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> "LocalEngine":
        for log in (self.store.home / "workers").glob("*.log"):  # of spares whose server was killed
            if time.time() - log.stat().st_mtime > _OLD_LOG_SECONDS:
                log.unlink(missing_ok=True)
        self._thread.start()
        return self

    def wake(self) -> None:
        """Look now: a run was queued, or somebody wants to stop one."""
        self._wake.set()

    def close(self) -> None:
        """Let go of the spare. Runs that train go on."""
        self._closing.set()
        self.wake()
        self._thread.join()
        if self.spare:
            self.spare.stdin.close()
            self.spare.wait()
            worker_log(self.store, self.spare.name).unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self.look()
            except Exception:  # the store may be locked or the disk full for a while; the next look tries again
                _log.exception("The engine could not look after its runs")
            self._wake.wait(_LOOK_SECONDS if self.workers else _IDLE_SECONDS)
            self._wake.clear()

    def look(self) -> None:
        """One round: bury the dead, end the stubborn, start the waiting, keep a spare."""
        for run_id, worker in list(self.workers.items()):
            if worker.poll() is None:
                continue
            del self.workers[run_id]
            if worker.was_spare and self.store.get(run_id).state == STARTING:  # it died while it waited: no fault of the run's
                self._launch(run_id)
            else:
                _bury(self.store, run_id, worker.name, worker.returncode)
        reap(self.store, leave=self.workers)
        while run_id := self.store.claim(self.settings.slots, self.only):
            self._launch(run_id)
        if self.only is None:
            self._keep_a_spare()

    def _launch(self, run_id: str) -> None:
        try:
            worker = self.spare if self.spare and self.spare.poll() is None else Worker(self.store, self.settings)
            worker.was_spare = worker is self.spare
            self.spare, self.spare_due = None, time.monotonic() + SPARE_DELAY
            self.workers[run_id] = worker
            self.store.attach(run_id, worker.pid, worker.name)
            worker.stdin.write(f"{run_id}\n".encode())
            worker.stdin.close()
        except BrokenPipeError:  # it died this moment; the next look says so
            _log.warning("Worker %s was gone before it got its run", worker.pid)
        except (OSError, sqlite3.Error) as error:
            if worker := self.workers.pop(run_id, None):
                kill_tree(worker.pid)
            self.store.end(run_id, FAILED, f"No training process could be started ({error}). Train again.")

    def _keep_a_spare(self) -> None:
        if self.spare is not None and self.spare.poll() is not None:  # perhaps it cannot import TensorFlow: do not hurry
            _log.error("A spare worker died: %s", _tail(worker_log(self.store, self.spare.name)))
            self.spare, self.spare_due = None, time.monotonic() + _RETRY_SECONDS
        if self.spare is None and time.monotonic() >= self.spare_due:
            self.spare = Worker(self.store, self.settings)


class Worker(subprocess.Popen):
    """A worker process with a name of its own, by which it is known again, and a log until it has a run's."""

    def __init__(self, store: Store, settings: Settings):
        self.name = secrets.token_hex(8)
        self.was_spare = False
        data_dir = {"RNN_DATA_DIR": str(settings.data_dir)} if settings.data_dir else {}
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        path = worker_log(store, self.name)
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as log:
            super().__init__(
                [sys.executable, "-m", "rnn_core.runs.worker", self.name],
                cwd=_PROJECT,
                env={**os.environ, **environment(settings), "RNN_HOME": str(store.home), **data_dir},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **own_group,
            )


def worker_log(store: Store, name: str) -> Path:
    """What a worker says before it has a run, whose folder holds the rest."""
    return store.home / "workers" / f"{name}.log"


def reap(store: Store, leave=()) -> None:
    """End every run that does not stop though it should, and every run whose process is gone.

    Runs in `leave` have somebody who sees their process end, and how.
    """
    for run in store.attached():
        if run["stop_wanted"] and time.time() - run["stop_wanted"] > STOP_SECONDS:
            if run["pid"] and _alive(run["pid"], run["worker"]):
                kill_tree(run["pid"])
            message = f"It did not stop within {STOP_SECONDS:.0f} s, so its process was ended."
            store.end(run["id"], STOPPED, f"{message} {_kept(store, run['id'])}".strip())
        elif run["id"] in leave:
            continue
        elif run["pid"] is None:
            if time.time() - run["started"] > _ORPHAN_SECONDS:
                store.end(run["id"], FAILED, "It was about to start when the server ended. Train again.")
        elif not _alive(run["pid"], run["worker"]):
            _bury(store, run["id"], run["worker"], None)
    for run_id, pid in store.kept():
        if not psutil.pid_exists(pid):
            store.end(run_id, STOPPED, "The command line that queued it has ended.")


def kill_tree(pid: int) -> None:
    """End a process and everything that it started."""
    try:
        process = psutil.Process(pid)
        tree = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in tree:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(tree, timeout=5)


def log_tail(store: Store, run_id: str, lines: int = 20) -> str:
    """The last lines of a run's log; empty where there is none."""
    return _tail(store.folder(run_id) / LOG, lines)


def _tail(path: Path, lines: int = 20) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _alive(pid: int, worker: str) -> bool:
    """Whether that process is that worker: known by its name, since numbers are used again and clocks are set."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and worker in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def _bury(store: Store, run_id: str, worker: str, status: int | None) -> None:
    """Give a run whose process is gone its end, if it has none, and what the worker said before it had the run's log."""
    said = worker_log(store, worker)
    if said.exists():
        with (store.folder(run_id) / LOG).open("ab") as log:
            log.write(said.read_bytes())
        said.unlink(missing_ok=True)
    store.end(run_id, FAILED, f"{_reason(status)} {_kept(store, run_id)}".strip())


def _kept(store: Store, run_id: str) -> str:
    return "What it had learnt up to its last sample is kept." if learnt.version(store, run_id) else ""


def _reason(status: int | None) -> str:
    """Words for a run whose process is gone without having said why."""
    if status in (-9, 137):
        return (
            "The training process was killed from outside (signal 9). Most often the machine ran out of memory: choose fewer "
            "units, a smaller batch size or a shorter sequence length."
        )
    how = "" if status is None else f" (signal {-status})" if status < 0 else f" (exit status {status})"
    return f"The training process ended without a word{how}. The last lines of its log may say why."
