"""Faults: real runs that are interrupted in every way, continued, and compared with an uninterrupted one.

    python -m benchmarks.faults [--times 5] [--cuts 12] [--tasks text digits reviews]

A run is lost if it is missing afterwards, does not fail with a reason, cannot be continued, or does not reach exactly the losses of the
uninterrupted run. Events lost: how old the newest loss in the store was when the fault happened.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine, kill_tree, reap
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.rows import FAILED, FINISHED, STARTING
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import continue_run, submit

_DROPOUT = {"dropout": 0.2, "recurrent_dropout": 0.2}
SPECS = {  # by task: some seconds of training on bundled data
    "text": RunSpec.from_options("text", source="python-reference", units=64, embedding=16, epochs=4, **_DROPOUT),
    "digits": RunSpec.from_options("digits", source="digits-8x8", units=64, batch_size=16, epochs=20, **_DROPOUT),
    "reviews": RunSpec.from_options("reviews", source="review-language", units=64, embedding=16, epochs=4, **_DROPOUT),
}
_TRIES = 4  # of a fault that may not happen
WIDTHS = (52, 7, 10, 16, 12)
SERVER = """
import time
from rnn_core import settings
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
loaded = settings.load()
LocalEngine(Store.of(loaded), loaded).start()
time.sleep(3600)
"""


@dataclass
class Tally:
    tried: int = 0
    lost: list[str] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)  # seconds


class Experiment:
    """A store and an engine, with the losses and the seconds of an uninterrupted run."""

    def __init__(self, spec: RunSpec):
        self.spec = spec
        self.settings = settings_of.load()
        self.store = Store.of(self.settings)
        self.engine = LocalEngine(self.store, self.settings)
        self.engine.start()
        run = self.finished(self.begin())
        self.expected_losses, self.seconds = self.losses(run), self.store.runs.get(run).seconds

    def begin(self) -> str:
        run = submit(self.spec, self.store, self.settings)
        self.engine.wake()
        return run

    def losses(self, run: str) -> list[tuple]:
        return [(p.name, p.epoch, p.value) for p in self.store.events.points(run) if p.name.startswith(("train_", "val_"))]

    def until(self, condition: Callable[[], object], seconds: float = 180.0):
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.005)
        return value

    def finished(self, run: str) -> str:
        self.until(lambda: not self.store.runs.get(run).active)
        return run

    def pid(self, run: str) -> int:
        return next(row["pid"] for row in self.store.lifecycle.attached() if row["id"] == run and row["pid"])

    def wait_for_random_moment(self, begin: Callable[[], str]) -> tuple[str, float]:
        """A run at a random moment, and when its newest event was seen (time.monotonic). A run that ends earlier is started again."""
        for _ in range(_TRIES):
            run = begin()
            self.until(lambda run=run: self.store.runs.get(run).step)
            end = time.monotonic() + random.uniform(0.1, 0.8 * self.seconds)
            step, seen = 0, time.monotonic()
            while time.monotonic() < end and (read := self.store.runs.get(run)).active:
                if read.step != step:
                    step, seen = read.step, time.monotonic()
                time.sleep(0.005)
            if self.store.runs.get(run).active:
                return run, seen
        raise RuntimeError(f"{_TRIES} runs ended before their moment came")

    def continue_run(self, run: str) -> str | None:
        """Continue a failed run to its end. Returns why the run is lost; None: it is not."""
        read = self.finished(run) and self.store.runs.get(run)
        if read.state != FAILED or not read.message:
            return f"{read.state} {read.message}"
        continue_run(run, self.store, self.settings)
        self.engine.wake()
        self.finished(run)
        if self.store.runs.get(run).state != FINISHED:
            return self.store.runs.get(run).message
        return None if self.losses(run) == self.expected_losses else "other losses"


def worker_is_killed(experiment: Experiment) -> tuple[str | None, float]:
    run, seen = experiment.wait_for_random_moment(experiment.begin)
    os.kill(experiment.pid(run), signal.SIGKILL)
    age = time.monotonic() - seen
    return experiment.continue_run(run), age


def no_memory(experiment: Experiment) -> tuple[str | None, float]:
    """No more memory than the process has after its first step: the next that it asks for, at the latest to validate, is refused."""
    for _ in range(_TRIES):
        run = experiment.begin()
        experiment.until(lambda run=run: experiment.store.runs.get(run).step)
        seen, process = time.monotonic(), psutil.Process(experiment.pid(run))
        used = process.memory_info().vms
        process.rlimit(psutil.RLIMIT_AS, (used, used))
        age = time.monotonic() - seen
        experiment.finished(run)
        if experiment.store.runs.get(run).state == FAILED:
            return experiment.continue_run(run), age
        process.kill()  # the process needed no more memory: no fault
    return f"in {_TRIES} runs no memory was refused", 0.0


def disk_is_full(experiment: Experiment) -> tuple[str | None, float]:
    """No file of the process may grow: the kernel refuses its writes."""
    run, seen = experiment.wait_for_random_moment(experiment.begin)
    psutil.Process(experiment.pid(run)).rlimit(psutil.RLIMIT_FSIZE, (1000, 1000))
    age = time.monotonic() - seen
    return experiment.continue_run(run), age


def everything_is_killed(experiment: Experiment) -> tuple[str | None, float]:
    """Kill server and worker at the same moment, as in a power cut; then start a new server."""
    experiment.engine.halt()
    server = subprocess.Popen([sys.executable, "-c", SERVER])
    run, seen = experiment.wait_for_random_moment(lambda: submit(experiment.spec, experiment.store, experiment.settings))
    pid = experiment.pid(run)
    server.kill()
    os.kill(pid, signal.SIGKILL)
    age = time.monotonic() - seen
    server.wait()
    experiment.until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    experiment.store, experiment.engine = Store.of(experiment.settings), LocalEngine(experiment.store, experiment.settings).start()
    return experiment.continue_run(run), age


def server_is_killed(experiment: Experiment) -> tuple[str | None, float]:
    """Kill the server: its runs continue, and a new server finds them."""
    experiment.engine.halt()
    server = subprocess.Popen([sys.executable, "-c", SERVER])
    run, _ = experiment.wait_for_random_moment(lambda: submit(experiment.spec, experiment.store, experiment.settings))
    server.kill()
    server.wait()
    experiment.engine = LocalEngine(experiment.store, experiment.settings).start()
    experiment.finished(run)
    same = experiment.store.runs.get(run).state == FINISHED and experiment.losses(run) == experiment.expected_losses
    return None if same else experiment.store.runs.get(run).message or "other losses", 0.0


def between_writes(experiment: Experiment, cuts: int) -> Tally:
    """One run whose process is killed again and again, each time at a later write, and continued each time."""
    experiment.engine.halt()
    tally, run = Tally(), submit(experiment.spec, experiment.store, experiment.settings)
    for fatal in range(1, cuts + 1):
        if experiment.store.queue.claim(Rules()) != run:
            tally.lost.append(f"write {fatal}: the run could not start")
            break
        died = subprocess.run([sys.executable, "-m", "benchmarks.kill_at_write", run, str(fatal)], capture_output=True).returncode
        if died != -signal.SIGKILL:
            tally.lost.append(f"write {fatal}: ended with {died}")
            break
        tally.tried += 1
        experiment.store = Store.of(experiment.settings)  # checks that it can be opened
        if experiment.store.runs.get(run).state == STARTING:
            experiment.store.lifecycle.requeue(run)
        reap(experiment.store)
        if experiment.store.runs.get(run).state == FAILED:
            try:
                continue_run(run, experiment.store, experiment.settings)
            except Exception:  # before its first checkpoint a run cannot be continued: train a new one
                run = submit(experiment.spec, experiment.store, experiment.settings)
    experiment.engine = LocalEngine(experiment.store, experiment.settings).start()
    if experiment.losses(experiment.finished(run)) != experiment.expected_losses:
        tally.lost.append("other losses")
    return tally


FAULTS = {
    "the worker is killed (SIGKILL, as by the kernel)": worker_is_killed,
    "the process gets no more memory": no_memory,
    "the disk is full": disk_is_full,
    "server and worker are killed at once": everything_is_killed,
    "the server is killed, its run goes on": server_is_killed,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--cuts", type=int, default=12, help="writes at which the process dies, one after the other")
    parser.add_argument("--tasks", nargs="+", choices=SPECS, default=list(SPECS))
    options = parser.parse_args()
    row("fault", "times", "runs lost", "events lost, s", "at most, s", widths=WIDTHS)
    for task in options.tasks:
        with scratch_home():
            table(task, options.times, options.cuts)


def table(task: str, times: int, cuts: int) -> None:
    """The rows of one task."""
    experiment = Experiment(SPECS[task])
    for name, fault in FAULTS.items():
        tally = Tally()
        for _ in range(times):
            lost, age = fault(experiment)
            tally.tried += 1
            tally.ages.append(age)
            tally.lost += [lost] if lost else []
        mean, most = (f"{seconds:.2f}" for seconds in (sum(tally.ages) / len(tally.ages), max(tally.ages)))
        _print(f"{task}: {name}", tally, mean, most)
    _print(f"{task}: killed at its 1st, 2nd, 3rd ... write", between_writes(experiment, cuts), "", "")
    experiment.engine.close()
    for worker in experiment.engine.workers:
        kill_tree(worker.pid)


def _print(name: str, tally: Tally, *ages: str) -> None:
    row(name, tally.tried, len(tally.lost), *ages, widths=WIDTHS)
    print(*tally.lost, sep="\n", end="\n" if tally.lost else "")


if __name__ == "__main__":
    main()
