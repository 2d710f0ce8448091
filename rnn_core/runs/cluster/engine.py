"""The engine for a Dask cluster: takes queued runs from the store and gives each to a computer of the cluster.

One thread handles the cluster and the queue. Another thread per computer asks that computer, several times a second, for news of its
runs, and writes them into the store as a local worker process does. All messages go through the scheduler: the computers need not reach
this server, and there are no shared files.

Dask starts a task again when its computer is lost. A task is therefore one attempt at a run: the attempt asks for its package when it
starts and gets the newest checkpoint, and reports of earlier attempts are ignored from then on. The task's key is in the store: the next
server finds the same tasks there, and asks Dask to start only those that are gone.
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

_POLL_SECONDS, _RETRY_SECONDS = 0.2, 0.5
_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 30.0  # for which a computer may take to answer
_SILENT_SECONDS = 8.0  # without a report, after which a run that should stop counts as stopped
_log = logging.getLogger(__name__)

# Sent as source code, because `dask worker` does not import modules from the folder where it was started, and because a scheduler
# can pass on a function of this project only if the project is installed there, too.
_FIND_MODULES = "import os, sys; os.getcwd() in sys.path or sys.path.insert(0, os.getcwd())"
_TRAIN = f"{_FIND_MODULES}; from rnn_core.runs.cluster import remote_run; remote_run.train{{}}"


@dataclass(frozen=True)
class RemoteRun:
    """An attempt at a run, as a task of Dask."""

    run_id: str
    future: Future
    address: str | None  # of its computer; None where this server does not know it


class Computer:
    """One Dask worker, and the thread that asks it for news. It gets no runs until it is `ready`; `error` is why it never will be."""

    def __init__(self, client: Client, address: str, about: dict, engine: "DaskEngine"):
        self.client, self.address, self.engine = client, address, engine
        self.slots, self.gpus = about["nthreads"], min(about["nthreads"], int(about["resources"].get(GPU, 0)))
        self.ready, self.error, self.gone = False, "", threading.Event()
        self._orders: dict[str, Order] = {}  # by attempt: the orders for the next question
        self.thread = threading.Thread(target=self._run, name=f"computer {address}", daemon=True)
        self.thread.start()

    def disconnect(self) -> None:
        """End the thread, and send the last orders to attempts that have ended."""
        self.gone.set()
        self.thread.join(_CONNECT_SECONDS)
        if not self.thread.is_alive() and any(order.drop for order in self._orders.values()):
            with contextlib.suppress(Exception):  # the computer may be lost
                self._ask(self._orders)

    def _run(self) -> None:
        while not self.gone.is_set():
            try:
                if not self.ready:
                    self.client.run(exec, _FIND_MODULES, {}, workers=[self.address])
                    self.client.run(join, messages.project(), self.engine.settings.tasks, workers=[self.address])
                    self.ready = True
                    self.engine.wake()
                self._orders = self.engine.inbox.orders_after(self._ask(self._orders))
                busy = any(order.package or order.data for order in self._orders.values())
                self.gone.wait(0 if busy else _POLL_SECONDS)
            except (UserError, ImportError, TypeError) as error:
                self.error = _failure_message(self.address, error)
                _log.error(self.error)
                return
            except Exception as error:  # the computer or the scheduler is slow or gone, or the store is locked
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
        self.rules = replace(Rules.of(settings), slots=1)  # until computers have joined
        self.waiting_reason = f"The cluster's scheduler, {self.address}, has not answered yet."
        self.client: Client | None = None
        self.computers: dict[str, Computer] = {}  # by address
        self.remote_runs: dict[str, RemoteRun] = {}  # by key
        self.inbox = Inbox(store, settings)
        self.last_computer: dict[str, str | None] = {}  # by run: address of its last computer, which may have it in memory
        self.gpus, self.usable, self.connect_due = False, [], 0.0

    def close(self) -> None:
        """Disconnect from the cluster. Runs that train continue, and the next engine finds them."""
        self.halt()
        for computer in self.computers.values():
            computer.disconnect()
        self._disconnect()

    def tick(self) -> None:
        """One round: connect, update the computers, end lost runs, start queued runs, change turns."""
        reap(self.store)
        self._end_silent_runs()
        if not self._connected():
            return
        self._update_computers()
        self._check_ended_runs()
        for run in self.store.lifecycle.attached():
            is_lost = (
                run["worker"] and run["pid"] is None and run["worker"] not in self.remote_runs
            )  # by an earlier server or scheduler
            if is_lost:
                self._submit(run["id"], run["worker"], None)
        free = self._free()
        while free and (run_id := self.store.queue.claim(self.rules)):
            address = self.last_computer[run_id] if self.last_computer.get(run_id) in free else free[0]
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
            f"The cluster's scheduler, {self.address}, cannot be reached. Start dask scheduler there; until then, runs wait."
        )
        return False

    def _disconnect(self) -> None:
        computers, self.computers, self.remote_runs = self.computers, {}, {}
        for computer in computers.values():
            computer.gone.set()
        client, self.client = self.client, None
        if client:
            client.close(timeout=1)
        self.connect_due = 0.0

    def _update_computers(self) -> None:
        """Update the list of computers in the cluster, and how many runs they train at once."""
        workers = self.client.scheduler_info()["workers"]
        for address in self.computers.keys() - workers.keys():
            self.computers.pop(address).gone.set()
        for address, about in workers.items():
            if address not in self.computers:
                self.computers[address] = Computer(self.client, address, about, self)
        computers = list(self.computers.values())
        usable = [computer for computer in computers if computer.ready] or [computer for computer in computers if computer.error]
        self.gpus = any(computer.gpus for computer in usable)
        self.usable = [
            computer for computer in usable if computer.gpus or not self.gpus
        ]  # where none can train, a run fails with the reason
        slots = sum(computer.gpus if self.gpus else computer.slots for computer in self.usable)
        self.rules = Rules.of(replace(self.settings, slots=max(1, slots)))
        self.waiting_reason = "" if slots else _GETTING_READY_MESSAGE if computers else _NO_COMPUTER_MESSAGE.format(self.address)

    # Remote runs

    def _free(self) -> list[str]:
        """Addresses of computers, once for each free slot. Dask itself would queue a run behind another one on the same computer."""
        processing = self.client.processing()
        free = []
        for computer in self.usable:
            submitted = (key for key, remote_run in self.remote_runs.items() if remote_run.address == computer.address)
            busy = {*processing.get(computer.address, ()), *submitted}
            free += [computer.address] * ((computer.gpus if self.gpus else computer.slots) - len(busy))
        return free

    def _submit(self, run_id: str, key: str, address: str | None) -> None:
        """Start an attempt, on that computer if possible. Where Dask has a task with this key already, that one continues."""
        future = self.client.submit(
            exec, _TRAIN.format((run_id, key, messages.project(), self.settings.tasks)), {}, key=key, pure=False, retries=0,
            resources={GPU: 1} if self.gpus else None, workers=[address] if address else None, allow_other_workers=bool(address),
        )  # fmt: skip
        fire_and_forget(future)  # the task stays when this server ends
        self.remote_runs[key] = RemoteRun(run_id, future, address)
        self.last_computer[run_id] = address
        future.add_done_callback(lambda _: self.wake())

    def _check_ended_runs(self) -> None:
        for key, remote_run in list(self.remote_runs.items()):
            if remote_run.future.status == "pending":
                continue
            del self.remote_runs[key]
            if remote_run.future.status == "error" and self.store.lifecycle.requests(remote_run.run_id, key)[0] != GONE:
                self.store.lifecycle.end(
                    remote_run.run_id, FAILED, _failure_message("of the cluster", remote_run.future.exception())
                )

    def _end_silent_runs(self) -> None:
        """End runs that should leave their slot and send no reports: their computer was lost, or no attempt has started."""
        for run in self.store.lifecycle.attached():
            if run["requested"] is None or run["pid"] is not None:
                continue
            if time.time() - max(run["requested_at"], self.inbox.last_report_at(run["id"])) < _SILENT_SECONDS:
                continue
            if remote_run := self.remote_runs.pop(run["worker"], None):
                remote_run.future.cancel(force=True)
            self.inbox.forget(run["id"])
            if run["requested"] == STOP:
                self.store.lifecycle.end(
                    run["id"], STOPPED, "The computer that trained this run could not be reached. Its process there may still run."
                )
            else:
                self.store.lifecycle.leave_slot(run["id"])


_GETTING_READY_MESSAGE = "The cluster's computers are getting ready."
_NO_COMPUTER_MESSAGE = "No computer has joined the cluster yet. Start dask worker {} on one."


def _failure_message(computer: str, error: BaseException) -> str:
    """Why a computer cannot train, or an attempt failed: sentences for a person."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return (
            f"The computer {computer} cannot train: it has no module {error.name!r}. Start dask worker there in this project's "
            "folder and with its environment, as in docs/cluster.md."
        )
    if isinstance(error, KilledWorker):
        return (
            "Every computer that tried to train this run was lost. Perhaps it needs more memory than they have: choose fewer units, a "
            "smaller batch size or a shorter sequence length."
        )
    return f"The computer {computer} could not train this run ({type(error).__name__}: {str(error)[:300]})."
