"""The engine for a Dask cluster: takes queued runs from the store and gives each to a computer of the cluster.

A thread looks after the cluster and the queue; one more for each of its computers asks that one, several times a second, what
is new of its runs, and writes it into the store as a worker process here would. All goes through the scheduler. Nobody else
need be reached: not this server by the computers, and no shared files.

Dask starts a task anew when its computer is lost. So a task is only an attempt at a run, which asks for its package when it
begins and gets the newest checkpoint; from then on nobody listens to older attempts. A task's key is kept in the store: the
next server over it takes up the same tasks again, and asks Dask to begin only those that are gone.
"""

import contextlib
import logging
import pickle
import secrets
import threading
import time
from dataclasses import dataclass, replace

from distributed import Client, Future, KilledWorker, fire_and_forget

from rnn_core.errors import UserError
from rnn_core.runs.cluster import messages
from rnn_core.runs.cluster.inbox import Inbox
from rnn_core.runs.cluster.messages import Order, Report
from rnn_core.runs.cluster.remote_run import GPU, OP, join
from rnn_core.runs.engine.local import reap
from rnn_core.runs.engine.loop import EngineLoop
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.rows import FAILED, GONE, STOP, STOPPED
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings

_ASK_SECONDS, _RETRY_SECONDS = 0.2, 0.5
_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 30.0  # a computer may take to answer
_SILENT_SECONDS = 8.0  # a run that should stop and of which nothing is heard for so long has stopped, as far as this server goes
_log = logging.getLogger(__name__)

# Run there as source code, because `dask worker` does not look for modules in the folder where it was started, and because a
# scheduler would have to have this project to pass on one of its functions.
_FIND = "import os, sys; os.getcwd() in sys.path or sys.path.insert(0, os.getcwd())"
_TRAIN = f"{_FIND}; from rnn_core.runs.cluster import remote_run; remote_run.train{{}}"


@dataclass(frozen=True)
class Task:
    run_id: str
    future: Future
    address: str | None  # of the computer that it was given to; None: of one that is not known here


class Computer:
    """One Dask worker, and the thread that asks it. Until it is `ready` it gets no runs; `error` says why it never will be."""

    def __init__(self, client: Client, address: str, about: dict, engine: "DaskEngine"):
        self.client, self.address, self.engine = client, address, engine
        self.slots, self.gpus = about["nthreads"], min(about["nthreads"], int(about["resources"].get(GPU, 0)))
        self.ready, self.error, self.gone = False, "", threading.Event()
        self._orders: dict[str, Order] = {}  # that it does not know yet
        self.thread = threading.Thread(target=self._run, name=f"computer {address}", daemon=True)
        self.thread.start()

    def part(self) -> None:
        """Ask it no more, but let it know which attempts have come to their end."""
        self.gone.set()
        self.thread.join(_CONNECT_SECONDS)
        if not self.thread.is_alive() and any(order.drop for order in self._orders.values()):
            with contextlib.suppress(Exception):  # it may be lost, with them
                self._ask(self._orders)

    def _run(self) -> None:
        while not self.gone.is_set():
            try:
                if not self.ready:
                    self.client.run(exec, _FIND, {}, workers=[self.address])
                    self.client.run(join, messages.project(), self.engine.settings.tasks, workers=[self.address])
                    self.ready = True
                    self.engine.wake()
                self._orders = self.engine.inbox.orders_after(self._ask(self._orders))
                busy = any(order.package or order.data for order in self._orders.values())
                self.gone.wait(0 if busy else _ASK_SECONDS)
            except (UserError, ImportError, TypeError) as error:
                self.error = _why(self.address, error)
                _log.error(self.error)
                return
            except Exception as error:  # it is slow or gone, or the scheduler is; or the store is locked
                _log.warning("The computer %s did not answer (%s: %s)", self.address, type(error).__name__, error)
                self.gone.wait(_RETRY_SECONDS)

    def _ask(self, orders: dict[str, Order]) -> dict[str, Report]:
        answers = self.client.sync(
            self.client.scheduler.broadcast, msg={"op": OP, "orders": pickle.dumps(orders)}, workers=[self.address],
            on_error="raise", callback_timeout=_ANSWER_SECONDS,
        )  # fmt: skip
        return pickle.loads(answers[self.address])


class DaskEngine(EngineLoop):
    def __init__(self, store: Store, settings: Settings):
        super().__init__(store, settings)
        self.address = settings.engine.replace("dask://", "tcp://")
        self.rules = replace(Rules.of(settings), slots=1)  # until computers are there
        self.waiting_reason = f"The cluster's scheduler, {self.address}, has not answered yet."
        self.client: Client | None = None
        self.computers: dict[str, Computer] = {}  # by address
        self.tasks: dict[str, Task] = {}  # by key
        self.inbox = Inbox(store, settings)
        self.last: dict[str, str | None] = {}  # by run: the computer that had it, where it may be held ready
        self.gpus, self.able, self.connect_due = False, [], 0.0

    def close(self) -> None:
        """Let go of the cluster. Runs that train go on, and the next engine finds them."""
        self.halt()
        for computer in self.computers.values():
            computer.part()
        self._disconnect()

    def tick(self) -> None:
        """One round: connect, see who is there, end what is lost, start the waiting, change turns."""
        reap(self.store)
        self._end_the_silent()
        if not self._connected():
            return
        self._meet()
        self._see_how_tasks_ended()
        for run in self.store.lifecycle.attached():
            lost = run["worker"] and run["pid"] is None and run["worker"] not in self.tasks  # of the server before, of a scheduler
            if lost:
                self._submit(run["id"], run["worker"], None)
        free = self._free()
        while free and (run_id := self.store.queue.claim(self.rules)):
            address = self.last[run_id] if self.last.get(run_id) in free else free[0]
            free.remove(address)
            key = f"rnn-{run_id}-{secrets.token_hex(4)}"
            self.store.lifecycle.attach(run_id, None, key)
            self._submit(run_id, key, address)
        self.store.queue.ask_to_yield(self.rules)

    # The cluster

    def _connected(self) -> bool:
        if self.client and self.client.status in ("closed", "closing"):
            self._disconnect()
        if self.client is None and time.monotonic() >= self.connect_due:
            try:
                self.client = Client(self.address, timeout=_CONNECT_SECONDS, set_as_default=False, name="rnn-lab")
            except (OSError, ValueError) as error:
                _log.warning("The scheduler does not answer: %s", error)
                self.connect_due = time.monotonic() + _CONNECT_SECONDS
        if self.client and self.client.status == "running":
            return True
        self.waiting_reason = (
            f"The cluster's scheduler, {self.address}, cannot be reached: start `dask scheduler` there. Until then, runs wait."
        )
        return False

    def _disconnect(self) -> None:
        computers, self.computers, self.tasks = self.computers, {}, {}
        for computer in computers.values():
            computer.gone.set()
        client, self.client = self.client, None
        if client:
            client.close(timeout=1)
        self.connect_due = 0.0

    def _meet(self) -> None:
        """Know the computers that are there now, and how many runs they train at once."""
        workers = self.client.scheduler_info()["workers"]
        for address in self.computers.keys() - workers.keys():
            self.computers.pop(address).gone.set()
        for address, about in workers.items():
            if address not in self.computers:
                self.computers[address] = Computer(self.client, address, about, self)
        computers = list(self.computers.values())
        able = [computer for computer in computers if computer.ready] or [computer for computer in computers if computer.error]
        self.gpus = any(computer.gpus for computer in able)
        self.able = [computer for computer in able if computer.gpus or not self.gpus]  # where none can, a run says why
        slots = sum(computer.gpus if self.gpus else computer.slots for computer in self.able)
        self.rules = Rules.of(replace(self.settings, slots=max(1, slots)))
        self.waiting_reason = "" if slots else _GETTING_READY if computers else _NOBODY.format(self.address)

    # Tasks

    def _free(self) -> list[str]:
        """The computers with a free slot, as often as they have one. Dask itself would also let a run wait behind another."""
        working = self.client.processing()
        free = []
        for computer in self.able:
            given = (key for key, task in self.tasks.items() if task.address == computer.address)
            busy = {*working.get(computer.address, ()), *given}
            free += [computer.address] * ((computer.gpus if self.gpus else computer.slots) - len(busy))
        return free

    def _submit(self, run_id: str, key: str, address: str | None) -> None:
        """Ask Dask for an attempt, on that computer if it can be. One that Dask has under this key already is taken up again."""
        future = self.client.submit(
            exec, _TRAIN.format((run_id, key, messages.project(), self.settings.tasks)), {}, key=key, pure=False, retries=0,
            resources={GPU: 1} if self.gpus else None, workers=[address] if address else None, allow_other_workers=bool(address),
        )  # fmt: skip
        fire_and_forget(future)  # it stays when this server goes
        self.tasks[key] = Task(run_id, future, address)
        self.last[run_id] = address
        future.add_done_callback(lambda _: self.wake())

    def _see_how_tasks_ended(self) -> None:
        for key, task in list(self.tasks.items()):
            if task.future.status == "pending":
                continue
            del self.tasks[key]
            if task.future.status == "error" and self.store.lifecycle.requests(task.run_id, key)[0] != GONE:
                self.store.lifecycle.end(task.run_id, FAILED, _why("of the cluster", task.future.exception()))

    def _end_the_silent(self) -> None:
        """Runs that should leave their slot, and cannot be heard of: their computer was lost, or none has begun yet."""
        for run in self.store.lifecycle.attached():
            if run["requested"] is None or run["pid"] is not None:
                continue
            if time.time() - max(run["requested_at"], self.inbox.last_heard(run["id"])) < _SILENT_SECONDS:
                continue
            if task := self.tasks.pop(run["worker"], None):
                task.future.cancel(force=True)
            self.inbox.forget(run["id"])
            if run["requested"] == STOP:
                self.store.lifecycle.end(
                    run["id"], STOPPED, "The computer that trained it could not be reached, and was left to itself."
                )
            else:
                self.store.lifecycle.leave_slot(run["id"])


_GETTING_READY = "The cluster's computers are getting ready."
_NOBODY = "No computer has joined the cluster yet. Start `dask worker {}` on one."


def _why(computer: str, error: BaseException) -> str:
    """Why a computer cannot train, or an attempt came to nothing."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return (
            f"The computer {computer} cannot train: it has no module {error.name!r}. Start `dask worker` there in this project's "
            "folder and with its environment, as docs/cluster.md says."
        )
    if isinstance(error, KilledWorker):
        return (
            "Every computer that tried to train it was lost. Perhaps it takes more memory than they have: choose fewer units, a "
            "smaller batch size or a shorter sequence length."
        )
    return f"The computer {computer} could not train it ({type(error).__name__}: {str(error)[:300]})."
