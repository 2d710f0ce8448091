"""A computer of the cluster, inside its Dask worker process: it trains runs with a local engine and a store on this computer.

Stop, a process that dies and its log therefore work as they do on the server. A Dask task is one attempt at a run: the attempt announces
itself, gets its package from the server, adds the run to the store here and lasts until the server has fetched the run's end. The server
asks and the attempt answers: nothing is sent without a question, and news stay here while the server is away.
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

OP = "rnn_lab"  # name of the question to a Dask worker
GPU = "GPU"  # the resource that a Dask worker offers, one for each GPU
UNHEARD_SECONDS = 3600.0  # without a question from a server, after which an attempt ends
_KEEP_SECONDS = 30 * 24 * 3600.0  # data from a server, after its last use
_WEIGHTS_BYTES_PER_SECOND = 10e6  # of each run, at most, while it trains
_POLL_SECONDS = 0.5

_ATTEMPTS: dict[str, "Attempt"] = {}
_JOIN_LOCK = threading.Lock()
_this_computer: "ThisComputer | None" = None


class ThisComputer:
    """The engines of this computer: one for all runs, or one for each GPU."""

    def __init__(self, worker: Worker):
        self.settings = settings_of.load()
        _sweep(self.settings.home / "cluster")
        self.home = self.settings.home / "cluster" / f"{os.getpid()}-{secrets.token_hex(4)}"
        atexit.register(shutil.rmtree, self.home, ignore_errors=True)
        gpus = _gpus(int(worker.state.total_resources.get(GPU, 0)))
        self.engines = [self._start_engine(gpu, 1, len(gpus)) for gpu in gpus] or [self._start_engine(None, worker.state.nthreads)]
        self.free = [engine for engine in self.engines for _ in range(engine.settings.slots)]
        self.lock = threading.Lock()

    def _start_engine(self, gpu: str | None, slots: int, share: int = 1) -> LocalEngine:
        home = self.home / (f"gpu-{gpu}" if gpu else "cpu")
        (home / "data").mkdir(parents=True)
        threads = self.settings.threads or (max(1, cores() // share) if gpu else 0)
        settings = Settings(
            home=home, data_dir=home / "data", slots=slots, threads=threads, onednn=self.settings.onednn, slice_seconds=2**31
        )
        environ = {LEASH: "1"} | ({"CUDA_VISIBLE_DEVICES": gpu} if gpu else {})
        return LocalEngine(Store.of(settings), settings, environ=environ).start()

    @contextmanager
    def engine(self) -> Iterator[LocalEngine]:
        """An engine with a free slot; Dask sends no more runs than there are slots."""
        with self.lock:
            engine = self.free.pop(0)
        try:
            yield engine
        finally:
            with self.lock:
                self.free.append(engine)

    # Data from a server is stored under the SHA-256 of its content; a file in this computer's own folders is used, too.

    def find_data(self, data: Data) -> Path | None:
        path = self.settings.home / "cluster" / "data" / data.sha256
        if path.exists():
            os.utime(path)  # time of its last use
            return path
        folders = [folder for folder in (self.settings.data_dir, self.settings.home / "downloads") if folder and not data.own]
        same = (path for path in (folder / data.name for folder in folders) if path.is_file())
        return next((path for path in same if messages.sha256(path.read_bytes()) == data.sha256), None)

    def keep_data(self, sha256: str, content: bytes) -> None:
        path = self.settings.home / "cluster" / "data" / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, content)


def _gpus(count: int) -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",")[:count] if visible else [str(i) for i in range(count)]


def _sweep(cluster: Path) -> None:
    """Remove the folders of Dask workers that were killed, and data that no run has used for `_KEEP_SECONDS`."""
    for home in cluster.glob("*-*"):
        if not psutil.pid_exists(int(home.name.split("-")[0])):
            shutil.rmtree(home, ignore_errors=True)
    for data in (cluster / "data").glob("*"):
        if time.time() - data.stat().st_mtime > _KEEP_SECONDS:
            data.unlink(missing_ok=True)


def join(project: str, tasks: str, dask_worker: Worker) -> None:
    """Prepare this computer, once: afterwards a process with TensorFlow waits for the first run.

    `tasks` is the server's setting RNN_TASKS. Raises `UserError` for another version of the program.
    """
    global _this_computer
    if project != messages.project():
        raise UserError(
            f"The computer {dask_worker.address} has another version of this program than the server. Update its copy to the server's "
            "and start dask worker again there."
        )
    with _JOIN_LOCK:
        before = os.environ.get(TASKS, "")
        add_tasks(tasks)
        try:
            all_tasks()
        except UserError:  # a task's module is missing here; servers without this task must not suffer from it
            os.environ[TASKS] = before
            raise
        if _this_computer is None:
            _this_computer = ThisComputer(dask_worker)
            dask_worker.handlers[OP] = _answer
        for engine in _this_computer.engines:
            engine.settings = replace(engine.settings, tasks=os.environ[TASKS])


@dataclass
class Attempt:
    run_id: str
    key: str  # of the Dask task; when Dask starts the task again, the new attempt has the same key
    engine: LocalEngine
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    package: Package | None = None
    started: bool = False
    dropped: threading.Event = field(default_factory=threading.Event)
    last_heard: float = field(default_factory=time.monotonic)
    weights_due: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def store(self) -> Store:
        return self.engine.store

    def announcement(self) -> Report:
        return Report(self.run_id, self.key, self.started)

    def answer(self, order: Order, computer: ThisComputer) -> Report:
        with self.lock:
            return self._answer(order, computer)

    def _answer(self, order: Order, computer: ThisComputer) -> Report:
        self.last_heard = time.monotonic()
        for sha256, content in order.data.items():
            computer.keep_data(sha256, content)
        self.package = self.package or order.package
        if order.drop:
            self.dropped.set()
        if self.package is None or self.dropped.is_set():
            return self.announcement()
        if not self.started:
            paths = {data: computer.find_data(data) for data in self.package.data}
            if missing := tuple(data.sha256 for data, path in paths.items() if path is None):
                return Report(self.run_id, self.key, False, missing)
            self._start(paths)
        self._apply(order)
        now = time.monotonic()
        report = messages.report(self.run_id, self.key, order, self.store, None if now >= self.weights_due else WEIGHTS)
        if WEIGHTS in report.files:
            self.weights_due = now + len(report.files[WEIGHTS][1]) / _WEIGHTS_BYTES_PER_SECOND
        return report

    def _start(self, paths: dict[Data, Path]) -> None:
        """Add the run, at its checkpoint, to the store here."""
        folder = self.store.runs.make_folder(self.run_id)
        for name, content in self.package.files.items():
            atomic.write(folder / name, content)
        for data, path in paths.items():
            target = (folder if data.own else self.engine.settings.data_dir) / data.name
            if not target.exists() or messages.sha256(target.read_bytes()) != data.sha256:
                atomic.write(target, path.read_bytes())
        self.store.runs.add(RunSpec.from_json(self.package.spec), self.run_id, self.run_id, kept_for=os.getpid())
        self.store.events.record(self.run_id, kept_for=None, **self.package.row)
        self.engine.wake()
        self.started = True

    def _apply(self, order: Order) -> None:
        if order.requested == STOP:
            self.store.lifecycle.stop(self.run_id)
        elif order.requested in (PAUSE, YIELD):
            self.store.lifecycle.pause(self.run_id)
        requested, rate = self.store.lifecycle.requests(self.run_id)
        if requested == PAUSE and order.requested is None:  # resumed meanwhile
            self.store.lifecycle.resume(self.run_id)
        if requested != GONE and rate != order.requested_learning_rate:
            self.store.events.record(self.run_id, requested_learning_rate=order.requested_learning_rate)

    def clear(self) -> None:
        """Stop and delete the run here; the worker process then waits for the next one."""
        if not self.started:
            return
        self.store.lifecycle.stop(self.run_id)
        while self.store.runs.get(self.run_id).active:
            time.sleep(_POLL_SECONDS / 5)
        self.store.runs.delete(self.run_id)


async def _answer(orders: bytes) -> bytes:
    """Answer a server's question. `orders` are for attempts that it knows; returns a report of every attempt here. Both are pickled."""
    return await asyncio.to_thread(_reports, orders)


def _reports(orders: bytes) -> bytes:
    known = pickle.loads(orders)
    reports = {}
    for attempt in list(_ATTEMPTS.values()):
        order = known.get(attempt.id)
        reports[attempt.id] = attempt.answer(order, _this_computer) if order else attempt.announcement()
    return pickle.dumps(reports)


def train(run_id: str, key: str, project: str, tasks: str) -> None:
    """The Dask task: one attempt at a run, until a server has fetched its end or this computer has lost the cluster."""
    worker = get_worker()
    join(project, tasks, worker)
    with _this_computer.engine() as engine:
        attempt = Attempt(run_id, key, engine)
        _ATTEMPTS[attempt.id] = attempt
        try:
            while not attempt.dropped.wait(_POLL_SECONDS):
                unheard = time.monotonic() - attempt.last_heard > UNHEARD_SECONDS
                if unheard or worker.status not in (Status.running, Status.paused):
                    break
        finally:
            del _ATTEMPTS[attempt.id]
            attempt.clear()
