"""Writes the reports of a cluster's computers into the store, as a local worker process does, and answers with orders."""

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
class AttemptState:
    """What has arrived from the attempt that counts for a run."""

    attempt: str
    last_report_at: float = field(default_factory=time.time)  # seconds since 1970
    step: int = 0  # up to here everything has arrived
    files: dict[str, int] = field(default_factory=dict)  # version by name
    over_time_limit: bool = False  # it has trained for RNN_MAX_SECONDS


class Inbox:
    """For each run the newest attempt counts; the others get the order to end."""

    def __init__(self, store: Store, settings: Settings):
        self.store, self.settings = store, settings
        self._attempts: dict[str, AttemptState] = {}  # by run
        self._lock = threading.Lock()  # of `_attempts`, and of the runs' files

    def last_report_at(self, run_id: str) -> float:
        """Seconds since 1970; 0 for a run without a report."""
        state = self._attempts.get(run_id)
        return state.last_report_at if state else 0.0

    def forget(self, run_id: str) -> None:
        self._attempts.pop(run_id, None)

    def orders_after(self, reports: dict[str, Report]) -> dict[str, Order]:
        """Record the reports of one computer, by the attempts' ids; returns the next order for each attempt."""
        own = {attempt: report for attempt, report in reports.items() if self.store.runs.has(report.run_id)}  # of this server
        orders = {}
        with self._lock:
            for attempt, report in own.items():
                if fail_run_on_error(self.store, report.run_id, partial(self._set_order, attempt, report, orders)):
                    orders.setdefault(attempt, Order(drop=True))  # its run has just been ended
        return orders

    def _set_order(self, attempt: str, report: Report, orders: dict[str, Order]) -> None:
        orders[attempt] = self._order_after(attempt, report)

    def _order_after(self, attempt: str, report: Report) -> Order:
        run_id, state = report.run_id, self._attempts.get(report.run_id)
        requested, rate = self.store.lifecycle.requests(run_id, report.key)
        if requested != GONE and (state is None or not report.started) and (state is None or state.attempt != attempt):
            state = self._attempts[run_id] = AttemptState(attempt)  # a new attempt, or the first report since this server started
        if requested == GONE or state.attempt != attempt:
            return Order(drop=True)
        state.last_report_at = time.time()
        if not report.started:
            return self._package_order(report)
        if report.row:
            self._record(state, report)
            if report.row["state"] not in UNDERWAY:
                self._end(state, report)
                return Order(drop=True)
            if self.settings.max_seconds:
                state.over_time_limit = report.row["seconds"] - self.store.runs.segment(run_id)[2] > self.settings.max_seconds
        return Order(STOP if state.over_time_limit else requested, rate, have_step=state.step, have_files=dict(state.files))

    def _package_order(self, report: Report) -> Order:
        """An order with the run at its checkpoint; then one with the data that the computer misses."""
        run_id = report.run_id
        try:
            if report.missing:
                return Order(data=messages.contents(run_id, report.missing, self.store, self.settings))
            step, epoch = checkpoints.position(self.store.runs.folder(run_id)) or (0, 0.0)
            self.store.events.rewind(run_id, step, epoch)
            if self.store.runs.get(run_id).state == RUNNING:
                self.store.events.note(
                    run_id,
                    f"The computer that trained this run was lost. Training continues on another one from epoch {epoch:.2f}.",
                )
            return Order(package=messages.pack(run_id, self.store, self.settings))
        except (UserError, OSError) as error:
            self.store.lifecycle.end(run_id, FAILED, str(error))
            return Order(drop=True)

    def _record(self, state: AttemptState, report: Report) -> None:
        row, folder = report.row, self.store.runs.make_folder(report.run_id)
        progress = {name: row[name] for name in PROGRESS if row[name] is not None}
        metrics = json.loads(row["metrics"]) or None  # {} before the end of the first epoch
        # Before the checkpoint to which these steps led.
        self.store.events.record(report.run_id, report.points, report.events, metrics, **progress)
        for name, (version, content) in report.files.items():
            atomic.write(folder / name, content)
            state.files[name] = version
        if row["steps"]:
            self.store.lifecycle.mark_running(report.run_id, row["steps"], row["items"], row["reference"])
        state.step = max([state.step, *(event.step for event in (*report.points, *report.events))])

    def _end(self, state: AttemptState, report: Report) -> None:
        row = report.row
        self.store.runs.add_results(report.run_id, **json.loads(row["results"]))
        if row["state"] == PAUSED:
            self.store.lifecycle.leave_slot(report.run_id, report.key)
        elif state.over_time_limit and row["state"] == STOPPED:
            self.store.lifecycle.end(report.run_id, STOPPED, time_limit_message(self.settings))
        else:
            self.store.lifecycle.end(report.run_id, row["state"], row["message"])
        self.forget(report.run_id)
