"""What comes back from the computers of a cluster, written into the store as a worker process here would; and the answers."""

import json
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.cluster import messages
from rnn_core.runs.cluster.messages import PROGRESS, UNDERWAY, Order, Report
from rnn_core.runs.engine.loop import fail_run_on_error
from rnn_core.runs.engine.recorder import time_limit_message
from rnn_core.runs.store.rows import FAILED, GONE, PAUSED, RUNNING, STOP, STOPPED
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings


@dataclass
class Heard:
    """Of the attempt that counts for a run: what has arrived here."""

    attempt: str
    at: float = field(default_factory=time.time)  # seconds since 1970
    step: int = 0
    files: dict[str, int] = field(default_factory=dict)  # name and version
    limited: bool = False  # it has trained for as long as a run may


class Inbox:
    """One attempt counts for each run: the newest. The others are told to end."""

    def __init__(self, store: Store, settings: Settings):
        self.store, self.settings = store, settings
        self._heard: dict[str, Heard] = {}  # by run
        self._lock = threading.Lock()  # of `_heard`, and of the runs' files

    def last_heard(self, run_id: str) -> float:
        """Seconds since 1970; 0 for a run of which nothing was heard."""
        heard = self._heard.get(run_id)
        return heard.at if heard else 0.0

    def forget(self, run_id: str) -> None:
        self._heard.pop(run_id, None)

    def orders_after(self, reports: dict[str, Report]) -> dict[str, Order]:
        """Take in what the attempts of one computer report, by the attempts' ids; returns what each is to be told next."""
        known = self.store.runs.has  # others are another server's
        here = {attempt: report for attempt, report in reports.items() if known(report.run_id)}
        orders = {}
        with self._lock:
            for attempt, report in here.items():
                if fail_run_on_error(self.store, report.run_id, partial(self._take, attempt, report, orders)):
                    orders.setdefault(attempt, Order(drop=True))  # it has just been ended
        return orders

    def _take(self, attempt: str, report: Report, orders: dict[str, Order]) -> None:
        orders[attempt] = self._order_after(attempt, report)

    def _order_after(self, attempt: str, report: Report) -> Order:
        run_id, heard = report.run_id, self._heard.get(report.run_id)
        requested, rate = self.store.lifecycle.requests(run_id, report.key)
        if requested != GONE and (heard is None or not report.begun) and (heard is None or heard.attempt != attempt):
            heard = self._heard[run_id] = Heard(attempt)  # the newest, or the first after a start of this server
        if requested == GONE or heard.attempt != attempt:
            return Order(drop=True)
        heard.at = time.time()
        if not report.begun:
            return self._send_out(report)
        if report.row:
            self._take_in(heard, report)
            if report.row["state"] not in UNDERWAY:
                self._end(heard, report)
                return Order(drop=True)
            if self.settings.max_seconds:
                heard.limited = report.row["seconds"] - self.store.runs.segment(run_id)[2] > self.settings.max_seconds
        return Order(STOP if heard.limited else requested, rate, have_step=heard.step, have_files=dict(heard.files))

    def _send_out(self, report: Report) -> Order:
        """The run as it stands in its checkpoint; then what the computer misses of its data."""
        run_id = report.run_id
        try:
            if report.missing:
                return Order(data=messages.contents(run_id, report.missing, self.store, self.settings))
            step, epoch = checkpoints.position(self.store.runs.folder(run_id)) or (0, 0.0)
            self.store.events.rewind(run_id, step, epoch)
            if self.store.runs.get(run_id).state == RUNNING:
                self.store.events.note(
                    run_id, f"The computer that trained it was lost. It goes on elsewhere from epoch {epoch:.2f}."
                )
            return Order(package=messages.pack(run_id, self.store, self.settings))
        except (UserError, OSError) as error:
            self.store.lifecycle.end(run_id, FAILED, str(error))
            return Order(drop=True)

    def _take_in(self, heard: Heard, report: Report) -> None:
        row, folder = report.row, self.store.runs.make_folder(report.run_id)
        progress = {name: row[name] for name in PROGRESS if row[name] is not None}
        metrics = json.loads(row["metrics"]) or None  # none of its last epoch yet
        # Before the checkpoint that they led to.
        self.store.events.record(report.run_id, report.points, report.events, metrics, **progress)
        for name, (version, content) in report.files.items():
            atomic.write(folder / name, content)
            heard.files[name] = version
        if row["steps"]:
            self.store.lifecycle.mark_running(report.run_id, row["steps"], row["items"], row["reference"])
        heard.step = max([heard.step, *(event.step for event in (*report.points, *report.events))])

    def _end(self, heard: Heard, report: Report) -> None:
        row = report.row
        self.store.runs.add_results(report.run_id, **json.loads(row["results"]))
        if row["state"] == PAUSED:
            self.store.lifecycle.leave_slot(report.run_id, report.key)
        elif heard.limited and row["state"] == STOPPED:
            self.store.lifecycle.end(report.run_id, STOPPED, time_limit_message(self.settings))
        else:
            self.store.lifecycle.end(report.run_id, row["state"], row["message"])
        self.forget(report.run_id)
