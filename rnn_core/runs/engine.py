"""The local engine: takes queued runs from the store and gives each a worker process on this machine.

A thread looks ten times a second while something happens. It also ends what does not stop by itself, and gives every
run whose process is gone its end and its reason. Runs go on when the process with this engine ends; the next engine
over the same store finds them again.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from rnn_core.runs.store import FAILED, LOG, STOPPED, Store
from rnn_core.runs.worker import environment
from rnn_core.settings import Settings

STOP_SECONDS = 3.0  # a worker that has not stopped by then is killed
SPARE_DELAY = 4.0  # seconds after a start before the next spare is made, which costs a core for about three
_ORPHAN_SECONDS = 60.0  # a claimed run that got no process in this time never will
_LOOK_SECONDS, _IDLE_SECONDS = 0.1, 0.5
_PROJECT = Path(__file__).parents[2]
_log = logging.getLogger(__name__)


class LocalEngine:
    """`only` restricts it to one run: the command line trains its own and leaves the queue to the server."""

    def __init__(self, store: Store, settings: Settings, *, only: str | None = None):
        self.store, self.settings, self.only = store, settings, only
        self.workers: dict[str, subprocess.Popen] = {}
        self.spare: subprocess.Popen | None = None
        self.spare_due = 0.0
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> "LocalEngine":
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
            if worker.poll() is not None:
                del self.workers[run_id]
                self.store.end(run_id, *_reason(worker.returncode))
        reap(self.store, leave=self.workers)
        self._end_the_stubborn()
        while run_id := self.store.claim(self.settings.slots, self.only):
            self._launch(run_id)
        if self.only is None:
            self._keep_a_spare()

    def _launch(self, run_id: str) -> None:
        worker = self.spare if self.spare and self.spare.poll() is None else self._make_worker()
        self.spare, self.spare_due = None, time.monotonic() + SPARE_DELAY
        self.workers[run_id] = worker
        self.store.attach(run_id, worker.pid, psutil.Process(worker.pid).create_time())
        try:
            worker.stdin.write(f"{run_id}\n".encode())
            worker.stdin.close()
        except BrokenPipeError:  # it died this moment; the next look says so
            _log.warning("Worker %s was gone before it got its run", worker.pid)

    def _make_worker(self) -> subprocess.Popen:
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        with (self.store.home / "spare.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "rnn_core.runs.worker"],
                cwd=_PROJECT,
                env={**os.environ, **environment(self.settings), "RNN_HOME": str(self.store.home)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **own_group,
            )

    def _keep_a_spare(self) -> None:
        if (self.spare is None or self.spare.poll() is not None) and time.monotonic() >= self.spare_due:
            self.spare = self._make_worker()
            self.spare_due = time.monotonic() + SPARE_DELAY

    def _end_the_stubborn(self) -> None:
        for run_id, worker in self.workers.items():
            wanted = self.store.get(run_id).stop_wanted
            if wanted and time.time() - wanted > STOP_SECONDS:
                kill_tree(worker.pid)
                worker.wait()
                self.store.end(
                    run_id, STOPPED,
                    f"It did not stop within {STOP_SECONDS:.0f} s, so its process was ended. What it had learnt up to its last sample is kept.",
                )  # fmt: skip


def reap(store: Store, leave=()) -> None:
    """End as failed every run whose process is gone; those in `leave` have somebody who looks after them."""
    for run_id, _, pid, pid_created, started in store.attached():
        if run_id in leave:
            continue
        if pid is None:
            if time.time() - started > _ORPHAN_SECONDS:
                store.end(run_id, FAILED, "It was about to start when the server ended. Train again.")
        elif not _alive(pid, pid_created):
            store.end(run_id, *_reason(None))
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
    path = store.folder(run_id) / LOG
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _alive(pid: int, created: float) -> bool:
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _reason(status: int | None) -> tuple[str, str]:
    """State and words for a run whose process is gone without having said why."""
    kept = "What it had learnt up to its last sample is kept."
    if status in (-9, 137):
        return FAILED, (
            f"The training process was killed from outside (signal 9). Most often the machine ran out of memory: choose fewer "
            f"units, a smaller batch size or a shorter sequence length. {kept}"
        )
    how = "" if status is None else f" (signal {-status})" if status < 0 else f" (exit status {status})"
    return FAILED, f"The training process ended without a word{how}. {kept}"
