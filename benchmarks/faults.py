"""What survives what: real runs that are cut off in every way, continued, and compared with one that nobody disturbed.

    python -m benchmarks.faults [--times 5] [--cuts 12] [--tasks text digits reviews]

A run is lost if it is not there afterwards, does not end as failed with a reason, cannot be continued, or does not come to the
losses of the undisturbed run, to the last bit. Events lost: how old the newest loss in the store was when the fault happened.
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
from rnn_core.runs.submit import proceed, submit

_DROPOUT = {"dropout": 0.2, "recurrent_dropout": 0.2}
SPECS = {  # of each task: some seconds of training on data that is always there
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


class Lab:
    def __init__(self, spec: RunSpec):
        self.spec = spec
        self.settings = settings_of.load()
        self.store = Store.of(self.settings)
        self.engine = LocalEngine(self.store, self.settings)
        self.engine.start()
        run = self.finished(self.begin())
        self.whole, self.seconds = self.losses(run), self.store.runs.get(run).seconds

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

    def somewhere(self, begin: Callable[[], str]) -> tuple[str, float]:
        """A run at a random moment, and when its newest event was seen (time.monotonic). One that ends before that is begun again."""
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

    def comes_back(self, run: str) -> str | None:
        """Continue a failed run to its end; why it is lost, if it is."""
        read = self.finished(run) and self.store.runs.get(run)
        if read.state != FAILED or not read.message:
            return f"{read.state} {read.message}"
        proceed(run, self.store, self.settings)
        self.engine.wake()
        self.finished(run)
        if self.store.runs.get(run).state != FINISHED:
            return self.store.runs.get(run).message
        return None if self.losses(run) == self.whole else "other losses"


def worker_is_killed(lab: Lab) -> tuple[str | None, float]:
    run, seen = lab.somewhere(lab.begin)
    os.kill(lab.pid(run), signal.SIGKILL)
    age = time.monotonic() - seen
    return lab.comes_back(run), age


def no_memory(lab: Lab) -> tuple[str | None, float]:
    """No more memory than the process has after its first step: the next that it asks for, at the latest to validate, is refused."""
    for _ in range(_TRIES):
        run = lab.begin()
        lab.until(lambda run=run: lab.store.runs.get(run).step)
        seen, process = time.monotonic(), psutil.Process(lab.pid(run))
        used = process.memory_info().vms
        process.rlimit(psutil.RLIMIT_AS, (used, used))
        age = time.monotonic() - seen
        lab.finished(run)
        if lab.store.runs.get(run).state == FAILED:
            return lab.comes_back(run), age
        process.kill()  # it got along with what it had: no fault
    return f"in {_TRIES} runs no memory was refused", 0.0


def disk_is_full(lab: Lab) -> tuple[str | None, float]:
    """No file of the process may grow: the kernel refuses its writes."""
    run, seen = lab.somewhere(lab.begin)
    psutil.Process(lab.pid(run)).rlimit(psutil.RLIMIT_FSIZE, (1000, 1000))
    age = time.monotonic() - seen
    return lab.comes_back(run), age


def everything_is_killed(lab: Lab) -> tuple[str | None, float]:
    """Server and worker in the same moment, as in a power cut; then a new server."""
    lab.engine.halt()
    server = subprocess.Popen([sys.executable, "-c", SERVER])
    run, seen = lab.somewhere(lambda: submit(lab.spec, lab.store, lab.settings))
    pid = lab.pid(run)
    server.kill()
    os.kill(pid, signal.SIGKILL)
    age = time.monotonic() - seen
    server.wait()
    lab.until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    lab.store, lab.engine = Store.of(lab.settings), LocalEngine(lab.store, lab.settings).start()
    return lab.comes_back(run), age


def server_is_killed(lab: Lab) -> tuple[str | None, float]:
    """Its runs go on, and a new server finds them."""
    lab.engine.halt()
    server = subprocess.Popen([sys.executable, "-c", SERVER])
    run, _ = lab.somewhere(lambda: submit(lab.spec, lab.store, lab.settings))
    server.kill()
    server.wait()
    lab.engine = LocalEngine(lab.store, lab.settings).start()
    lab.finished(run)
    same = lab.store.runs.get(run).state == FINISHED and lab.losses(run) == lab.whole
    return None if same else lab.store.runs.get(run).message or "other losses", 0.0


def between_writes(lab: Lab, cuts: int) -> Tally:
    """One run whose process dies again and again, each time at a later write of its own; continued each time."""
    lab.engine.halt()
    tally, run = Tally(), submit(lab.spec, lab.store, lab.settings)
    for fatal in range(1, cuts + 1):
        if lab.store.queue.claim(Rules()) != run:
            tally.lost.append(f"write {fatal}: it could not begin")
            break
        died = subprocess.run([sys.executable, "-m", "benchmarks.cut", run, str(fatal)], capture_output=True).returncode
        if died != -signal.SIGKILL:
            tally.lost.append(f"write {fatal}: ended with {died}")
            break
        tally.tried += 1
        lab.store = Store.of(lab.settings)  # it opens
        if lab.store.runs.get(run).state == STARTING:
            lab.store.lifecycle.requeue(run)
        reap(lab.store)
        if lab.store.runs.get(run).state == FAILED:
            try:
                proceed(run, lab.store, lab.settings)
            except Exception:  # before its first checkpoint there is nothing to continue: it is trained anew
                run = submit(lab.spec, lab.store, lab.settings)
    lab.engine = LocalEngine(lab.store, lab.settings).start()
    if lab.losses(lab.finished(run)) != lab.whole:
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
    lab = Lab(SPECS[task])
    for name, fault in FAULTS.items():
        tally = Tally()
        for _ in range(times):
            lost, age = fault(lab)
            tally.tried += 1
            tally.ages.append(age)
            tally.lost += [lost] if lost else []
        mean, most = (f"{seconds:.2f}" for seconds in (sum(tally.ages) / len(tally.ages), max(tally.ages)))
        _print(f"{task}: {name}", tally, mean, most)
    _print(f"{task}: killed at its 1st, 2nd, 3rd ... write", between_writes(lab, cuts), "", "")
    lab.engine.close()
    for worker in lab.engine.workers:
        kill_tree(worker.pid)


def _print(name: str, tally: Tally, *ages: str) -> None:
    row(name, tally.tried, len(tally.lost), *ages, widths=WIDTHS)
    print(*tally.lost, sep="\n", end="\n" if tally.lost else "")


if __name__ == "__main__":
    main()
