"""A computer of the cluster, inside its Dask worker process: it trains runs as the server does, in a small lab of its own.

That lab has a store and a local engine, so that Stop, a process that dies and its last words are what they are everywhere.
A Dask task is one attempt at a run. It announces itself, gets its package from the server, adds the run to the lab here and
lasts until the server has fetched the end. The server asks, the attempt answers: nothing is sent that nobody waits for, and
what happens while the server is away stays here until it is back.
"""

import asyncio
import atexit
import os
import pickle
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
from distributed import Status, Worker, get_worker

from rnn_core import settings as settings_of
from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.cluster import messages
from rnn_core.runs.cluster.messages import Data, Order, Package, Report
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.engine.worker import LEASH
from rnn_core.runs.store.rows import GONE, PAUSE, STOP, YIELD
from rnn_core.runs.store.store import WEIGHTS, Store
from rnn_core.settings import TASKS, Settings, cores
from rnn_core.tasks.task import add_tasks, all_tasks

OP = "rnn_lab"  # what a Dask worker is asked for
GPU = "GPU"  # the resource that a Dask worker advertises, one for each
LONELY_SECONDS = 3600.0  # after which an attempt that no server has asked for ends
_KEEP_SECONDS = 30 * 24 * 3600.0  # data that came from a server, after its last use
_WEIGHTS_RATE = 10e6  # bytes a second of each run's weights, at most, while it trains
_LOOK_SECONDS = 0.5

_ATTEMPTS: dict[str, "Attempt"] = {}
_JOINING = threading.Lock()
_here: "Here | None" = None


class Here:
    """This computer's labs: one for all runs, or one for each GPU."""

    def __init__(self, worker: Worker):
        self.settings = settings_of.load()
        _sweep(self.settings.home / "cluster")
        self.home = self.settings.home / "cluster" / f"{os.getpid()}-{secrets.token_hex(4)}"
        atexit.register(shutil.rmtree, self.home, ignore_errors=True)
        gpus = _gpus(int(worker.state.total_resources.get(GPU, 0)))
        self.labs = [self._lab(gpu, 1, len(gpus)) for gpu in gpus] or [self._lab(None, worker.state.nthreads)]
        self.free = [lab for lab in self.labs for _ in range(lab.settings.slots)]
        self.lock = threading.Lock()

    def _lab(self, gpu: str | None, slots: int, share: int = 1) -> LocalEngine:
        home = self.home / (f"gpu-{gpu}" if gpu else "cpu")
        (home / "data").mkdir(parents=True)
        threads = self.settings.threads or (max(1, cores() // share) if gpu else 0)
        settings = Settings(home=home, data_dir=home / "data", slots=slots, threads=threads, slice_seconds=2**31)
        environ = {LEASH: "1"} | ({"CUDA_VISIBLE_DEVICES": gpu} if gpu else {})
        return LocalEngine(Store.of(settings), settings, environ=environ).start()

    @contextmanager
    def lab(self) -> Iterator[LocalEngine]:
        """One with a free slot; Dask sends no more runs than there are."""
        with self.lock:
            lab = self.free.pop(0)
        try:
            yield lab
        finally:
            with self.lock:
                self.free.append(lab)

    # Data that came from a server is kept under its content's SHA-256; a file of this computer's own serves as well.

    def find(self, data: Data) -> Path | None:
        kept = self.settings.home / "cluster" / "data" / data.sha256
        if kept.exists():
            os.utime(kept)  # when it was used last
            return kept
        folders = [folder for folder in (self.settings.data_dir, self.settings.home / "downloads") if folder and not data.own]
        same = (path for path in (folder / data.name for folder in folders) if path.is_file())
        return next((path for path in same if messages.sha256(path.read_bytes()) == data.sha256), None)

    def keep(self, sha256: str, content: bytes) -> None:
        path = self.settings.home / "cluster" / "data" / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, content)


def _gpus(count: int) -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",")[:count] if visible else [str(i) for i in range(count)]


def _sweep(cluster: Path) -> None:
    """Remove what Dask workers left that were killed, and data that no run has needed for long."""
    for home in cluster.glob("*-*"):
        if not psutil.pid_exists(int(home.name.split("-")[0])):
            shutil.rmtree(home, ignore_errors=True)
    for data in (cluster / "data").glob("*"):
        if time.time() - data.stat().st_mtime > _KEEP_SECONDS:
            data.unlink(missing_ok=True)


def join(project: str, tasks: str, dask_worker: Worker) -> None:
    """Get ready, if that has not happened yet: a process with TensorFlow waits for the first run. `tasks` is the server's setting
    RNN_TASKS. Raises `UserError`."""
    global _here
    if project != messages.project():
        raise UserError(
            f"The computer {dask_worker.address} has another version of this program than the server. Update its copy to the server's "
            "and start `dask worker` again there."
        )
    add_tasks(tasks)
    all_tasks()  # raises where a module of theirs is not here
    with _JOINING:
        if _here is None:
            _here = Here(dask_worker)
            dask_worker.handlers[OP] = _answer
        for lab in _here.labs:
            lab.settings = replace(lab.settings, tasks=os.environ[TASKS])


@dataclass
class Attempt:
    run_id: str
    key: str  # of the Dask task: the run's turn, which several attempts may have been made at
    lab: LocalEngine
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    package: Package | None = None
    begun: bool = False
    dropped: threading.Event = field(default_factory=threading.Event)
    heard: float = field(default_factory=time.monotonic)
    weights_due: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def store(self) -> Store:
        return self.lab.store

    def announcement(self) -> Report:
        return Report(self.run_id, self.key, self.begun)

    def answer(self, order: Order, here: Here) -> Report:
        with self.lock:
            return self._answer(order, here)

    def _answer(self, order: Order, here: Here) -> Report:
        self.heard = time.monotonic()
        for sha256, content in order.data.items():
            here.keep(sha256, content)
        self.package = self.package or order.package
        if order.drop:
            self.dropped.set()
        if self.package is None or self.dropped.is_set():
            return self.announcement()
        if not self.begun:
            paths = {data: here.find(data) for data in self.package.data}
            if missing := tuple(data.sha256 for data, path in paths.items() if path is None):
                return Report(self.run_id, self.key, False, missing)
            self._begin(paths)
        self._obey(order)
        now = time.monotonic()
        report = messages.report(self.run_id, self.key, order, self.store, None if now >= self.weights_due else WEIGHTS)
        if WEIGHTS in report.files:
            self.weights_due = now + len(report.files[WEIGHTS][1]) / _WEIGHTS_RATE
        return report

    def _begin(self, paths: dict[Data, Path]) -> None:
        """Add the run to the lab here, as it stands."""
        folder = self.store.runs.make_folder(self.run_id)
        for name, content in self.package.files.items():
            atomic.write(folder / name, content)
        for data, path in paths.items():
            target = (folder if data.own else self.lab.settings.data_dir) / data.name
            if not target.exists() or messages.sha256(target.read_bytes()) != data.sha256:
                atomic.write(target, path.read_bytes())
        self.store.runs.add(RunSpec.from_json(self.package.spec), self.run_id, self.run_id, kept_for=os.getpid())
        self.store.events.record(self.run_id, kept_for=None, **self.package.row)
        self.lab.wake()
        self.begun = True

    def _obey(self, order: Order) -> None:
        if order.requested == STOP:
            self.store.lifecycle.stop(self.run_id)
        elif order.requested in (PAUSE, YIELD):
            self.store.lifecycle.pause(self.run_id)
        requested, rate = self.store.lifecycle.requests(self.run_id)
        if requested == PAUSE and order.requested is None:  # not any more
            self.store.lifecycle.resume(self.run_id)
        if requested != GONE and rate != order.requested_learning_rate:
            self.store.events.record(self.run_id, requested_learning_rate=order.requested_learning_rate)

    def clear(self) -> None:
        """Leave nothing behind; the process waits for the next run."""
        if not self.begun:
            return
        self.store.lifecycle.stop(self.run_id)
        while self.store.runs.get(self.run_id).active:
            time.sleep(_LOOK_SECONDS / 5)
        self.store.runs.delete(self.run_id)


async def _answer(orders: bytes) -> bytes:
    """What a server asks: an order for each of its attempts here. Returns a report of each attempt, also of those it does not know."""
    return await asyncio.to_thread(_reports, orders)


def _reports(orders: bytes) -> bytes:
    known = pickle.loads(orders)
    reports = {}
    for attempt in list(_ATTEMPTS.values()):
        order = known.get(attempt.id)
        reports[attempt.id] = attempt.answer(order, _here) if order else attempt.announcement()
    return pickle.dumps(reports)


def train(run_id: str, key: str, project: str, tasks: str) -> None:
    """The Dask task: an attempt at a run, until a server has fetched its end or this computer has lost its cluster."""
    worker = get_worker()
    join(project, tasks, worker)
    with _here.lab() as lab:
        attempt = Attempt(run_id, key, lab)
        _ATTEMPTS[attempt.id] = attempt
        try:
            while not attempt.dropped.wait(_LOOK_SECONDS):
                lonely = time.monotonic() - attempt.heard > LONELY_SECONDS
                if lonely or worker.status not in (Status.running, Status.paused):
                    break
        finally:
            del _ATTEMPTS[attempt.id]
            attempt.clear()
