"""The local engine: takes queued runs from the store and gives each a worker process on this machine.

A thread looks ten times a second while something happens. It also ends what does not stop by itself, and gives every
run whose process is gone its end and its reason. Runs go on when the process with this engine ends; the next engine
over the same store finds them again.

There are as many workers as slots, unless a setting says more. One that has nothing to do waits with TensorFlow imported, so
that a first loss comes within a second of the click.
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
from rnn_core.runs.engine.loop import EngineLoop, on_its_own
from rnn_core.runs.engine.worker import DISK_FULL, DISK_FULL_SAID, environment
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.rows import FAILED, STARTING, STOP, STOPPED
from rnn_core.runs.store.store import LOG, Store
from rnn_core.settings import PROJECT, Settings, cores, without_secrets

STOP_SECONDS = 3.0  # a worker that has not stopped by then is killed
SPARE_DELAY = 4.0  # seconds after a start before the next worker is made, which costs a core for about three
_RETRY_SECONDS = 60.0  # after a worker died without a run
_ORPHAN_SECONDS = 60.0  # a run that has had a slot for so long without a process never gets one: its server ended
_OLD_LOG_SECONDS = 7 * 24 * 3600.0
_LOOK_SECONDS, _IDLE_SECONDS = 0.1, 0.5
_log = logging.getLogger(__name__)


class LocalEngine(EngineLoop):
    """`only` restricts it to one run: the command line trains its own and leaves the queue to the server.

    `environ` is what its workers have in their environment besides this process's own.
    """

    trouble = ""  # why no run can train now, in a sentence

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
    def pause(self) -> float:
        return _LOOK_SECONDS if any(worker.run for worker in self.workers) else _IDLE_SECONDS

    def close(self) -> None:
        """Let go of the workers. Runs that train go on to the end of their turn, and the next engine finds them."""
        self.halt()
        for worker in self.workers:
            with contextlib.suppress(OSError):  # it may have gone already
                worker.stdin.close()
            if worker.run is None:
                worker.wait()
                _forget_log(self.store, worker.name)

    def tick(self) -> None:
        """One round: bury the dead, end the stubborn, start the waiting, change turns, keep a worker ready."""
        self._bury_the_dead()
        reap(self.store, leave={worker.run for worker in self.workers})
        busy = self._free_workers()
        while run_id := self.store.queue.claim(self.rules, self.only):
            self._free_workers()  # the one that made room for this run, perhaps in this very moment
            self._launch(run_id)
        if self.only is None:
            self.store.queue.ask_to_yield(self.rules)
            self._share_cores(busy)
            self._keep_a_spare()

    def _free_workers(self) -> int:
        """Notice whose run has come to an end, or has made room for another one. Returns how many runs have a worker."""
        attached = {row["worker"] for row in self.store.lifecycle.attached()}
        for worker in self.workers:
            if worker.run and worker.name not in attached:
                worker.held, worker.run = worker.run, None
        return len(attached)

    def _bury_the_dead(self) -> None:
        for worker in [worker for worker in self.workers if worker.poll() is not None]:
            if worker.run is None:
                if worker.returncode:  # perhaps it cannot import TensorFlow: do not hurry
                    _log.error("A worker died: %s", _tail(worker_log(self.store, worker.name)))
                    self.spare_due = time.monotonic() + _RETRY_SECONDS
                _forget_log(self.store, worker.name)
            elif not on_its_own(self.store, worker.run, partial(self._bury, worker)):
                continue  # while the disk is full, nothing can be written, and it is tried again
            self.workers.remove(worker)

    def _bury(self, worker: "Worker") -> None:
        if worker.waited and self.store.runs.get(worker.run).state == STARTING:  # it died while it waited: no fault of the run's
            self.store.lifecycle.requeue(worker.run)
        else:
            _bury(self.store, worker.run, worker.name, worker.returncode)

    def _launch(self, run_id: str) -> None:
        worker = None
        try:
            worker = self._worker_for(run_id)
            worker.run = run_id
            self.store.lifecycle.attach(run_id, worker.pid, worker.name)
            worker.stdin.write(f"{run_id} {self.settings.to_json()}\n".encode())
            worker.stdin.flush()
        except BrokenPipeError:  # it died this moment; the next look says so
            _log.warning("Worker %s was gone before it got its run", worker.pid)
        except Exception as error:  # whatever it is, the run must not wait for ever on a slot
            _log.exception("No worker could be given run %s", run_id)
            if worker:
                self.workers.remove(worker)
                kill_tree(worker.pid)
            self.store.lifecycle.end(run_id, FAILED, f"No training process could be started ({error}). Train again.")

    def _worker_for(self, run_id: str) -> "Worker":
        """The one that held the run last; else one that holds none; else a new one; else the one whose run left it longest ago."""
        free = [worker for worker in self.workers if worker.run is None]
        for wanted in (run_id, None):
            if found := [worker for worker in free if worker.held == wanted]:
                worker = max(found, key=lambda worker: worker.threads)
                break
        else:
            worker = free[0] if len(self.workers) >= self.settings.workers_here and free else self._make()
        self.workers.remove(worker)
        self.workers.append(worker)  # the list is in the order of their last use
        self.spare_due = max(self.spare_due, time.monotonic() + SPARE_DELAY)
        worker.waited = worker in free
        return worker

    def _make(self) -> "Worker":
        """The first may use all cores, since it is often alone; the others their share."""
        threads = self.settings.threads_per_run
        if _CAN_CONFINE and not self.settings.threads and all(worker.threads == threads for worker in self.workers):
            threads = cores()
        worker = Worker(self.store, threads, self.environ)
        self.workers.append(worker)
        return worker

    def _share_cores(self, busy: int) -> None:
        """Two processes that both use all cores are half as fast as two that keep out of each other's way (measured)."""
        for worker in self.workers:
            share = self.settings.threads_per_run
            if worker.threads > share and worker.run and worker.confined != (busy > 1):
                worker.confined = busy > 1
                _confine(worker.pid, share if worker.confined else worker.threads)

    def _keep_a_spare(self) -> None:
        free = any(worker.run is None for worker in self.workers)
        if not free and len(self.workers) < self.settings.workers_here and time.monotonic() >= self.spare_due:
            self._make()


class Worker(subprocess.Popen):
    """A worker process with a name of its own, by which it is known again, and a log until it has a run's."""

    def __init__(self, store: Store, threads: int, environ: Mapping[str, str] | None = None):
        self.name, self.threads = secrets.token_hex(8), threads
        self.run: str | None = None  # that it trains
        self.held: str | None = None  # that it trained last: it goes on with this one at once
        self.waited = self.confined = False  # for its run, ready; to its share of the cores
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        path = worker_log(store, self.name)
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as log:
            super().__init__(
                [sys.executable, "-m", "rnn_core.runs.engine.worker", self.name],
                cwd=PROJECT,
                env={**without_secrets(os.environ), **environment(threads), **(environ or {})},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **own_group,
            )


_CAN_CONFINE = hasattr(os, "sched_setaffinity") or os.name == "nt"


def _confine(pid: int, share: int) -> None:
    """Let a process, with all its threads, use only so many of the cores that this one has."""
    with contextlib.suppress(psutil.Error, OSError):  # it may end meanwhile, and some containers do not allow it
        worker = psutil.Process(pid)
        if os.name == "nt":
            worker.cpu_affinity(psutil.Process().cpu_affinity()[:share])
        else:
            for thread in worker.threads():
                os.sched_setaffinity(thread.id, sorted(os.sched_getaffinity(0))[:share])


def _forget_log(store: Store, worker: str) -> None:
    with contextlib.suppress(OSError):  # `start` removes old ones
        worker_log(store, worker).unlink()


def worker_log(store: Store, name: str) -> Path:
    """What a worker says before it has a run, whose folder holds the rest."""
    return store.home / "workers" / f"{name}.log"


def reap(store: Store, leave=()) -> None:
    """End every run that does not stop though it should, and every run whose process is gone.

    Runs in `leave` have somebody who sees their process end, and how.
    """
    for run in store.lifecycle.attached():
        on_its_own(store, run["id"], partial(_reap, store, run, run["id"] in leave))
    for run_id, pid in store.queue.kept():
        if not process.is_there(pid):
            on_its_own(store, run_id, partial(store.lifecycle.end, run_id, STOPPED, "The command line that queued it has ended."))


def _reap(store: Store, run: sqlite3.Row, seen: bool) -> None:
    if run["worker"] and run["pid"] is None:  # on another computer, which the server looks after
        return
    if run["requested"] == STOP and not 0 <= time.time() - run["requested_at"] <= STOP_SECONDS:
        if run["pid"] and _is_worker(run["pid"], run["worker"]):
            kill_tree(run["pid"])
        message = f"It did not stop within {STOP_SECONDS:.0f} s, so its process was ended."
        store.lifecycle.end(run["id"], STOPPED, f"{message} {_kept(store, run['id'])}".strip())
    elif seen:
        return
    elif run["pid"] is None:
        if not 0 <= time.time() - run["started"] <= _ORPHAN_SECONDS:
            store.lifecycle.requeue(run["id"])
    elif _is_worker(run["pid"], run["worker"]) is False:
        _bury(store, run["id"], run["worker"], None)


def kill_tree(pid: int) -> None:
    """End a process and everything that it started, as far as this person may."""
    try:
        parent = psutil.Process(pid)
        tree = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        _log.warning("Process %s cannot be looked at, so it was left to itself", pid)
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
    """Whether that process is that worker: known by its name, since numbers are used again and clocks are set.

    None for a process that may not be looked at: it is neither ended nor given up, and leaves by itself when its run is stopped.
    """
    try:
        found = psutil.Process(pid)
        return found.status() != psutil.STATUS_ZOMBIE and worker in found.cmdline()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return None


def _bury(store: Store, run_id: str, worker: str, status: int | None) -> None:
    """Give a run whose process is gone its end, if it has none, and what the worker said before it had the run's log."""
    said = worker_log(store, worker)
    try:
        if said.exists():
            with (store.runs.make_folder(run_id) / LOG).open("ab") as log:
                log.write(said.read_bytes())
            said.unlink(missing_ok=True)
    except OSError:  # the disk may be full, or something else stands where its log should be: its end matters more
        _log.exception("The last words of run %s could not be kept", run_id)
    restarted = status is None and psutil.boot_time() > (store.runs.get(run_id).started or 0)
    store.lifecycle.end(run_id, FAILED, f"{_RESTARTED if restarted else _reason(status)} {_kept(store, run_id)}".strip())


def _kept(store: Store, run_id: str) -> str:
    """What is left of it, after an end that came from outside."""
    try:
        at = checkpoints.position(store.runs.folder(run_id))
    except DamagedFile as error:
        return str(error)
    return f"What it had learnt up to epoch {at[1]:.2f} is kept: Continue training goes on from there." if at else ""


_RESTARTED = "The computer was switched off or started anew while it trained."


def _reason(status: int | None) -> str:
    """Words for a run whose process is gone without having said why."""
    if status in (-9, 137):
        return (
            "The training process was killed from outside (signal 9). Most often the machine ran out of memory: choose fewer "
            "units, a smaller batch size or a shorter sequence length."
        )
    if status == DISK_FULL:
        return DISK_FULL_SAID
    how = "" if status is None else f" (signal {-status})" if status < 0 else f" (exit status {status})"
    return f"The training process ended without a word{how}. The last lines of its log may say why."
