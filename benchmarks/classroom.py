"""A class on one server: people as real WebSocket sessions who open pages, train, watch, and generate text.

python -m benchmarks.classroom --people 30 --minutes 3

Each person opens Home and then the teacher's link to Text, presses Train after a while, and until the end of the class watches the panel,
moves Temperature and presses Generate. While a run waits in the queue the person uses the example; when a run has ended they train again.
The server gets the RNN_* variables of this process; without them, two slots of one thread.

Seconds are those of the client, which runs on the same cores: its CPU time and the delay of its timer are also printed. Where the
server answers more slowly than a fragment ticks, one answer counts for all earlier ticks: those times are then too short, and never too
long.
"""

import argparse
import asyncio
import csv
import math
import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import psutil

from benchmarks import row, scratch_home
from benchmarks.people import (
    ACTIONS,
    CURVE,
    LOSS,
    POLL_SECONDS,
    SPEC,
    TICKS,
    WHATS,
    Class,
    Timing,
    attend,
    prepare,
)  # fmt: skip
from benchmarks.resources import ResourceMonitor
from rnn_core import settings as settings_of
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.rows import FAILED, FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import cores
from tests.browser.conftest import serve
from tests.conftest import processes

ALONE = 8  # runs that train before the class, and again after it, since a machine is not always equally fast
ALONE_SECONDS = 600.0  # in which they must end
STRETCH = 5  # points of a curve, over which a speed is measured: about 0.6 s, so few of them contain the start of a turn
MAX_PRINTED = 20  # errors

LIMIT_MS = {30: 250, 60: 500}  # of 95 % of page reactions, up to so many people
SPEED_RATIO, WEB_MB, FIRST_LOSS_SECONDS = 0.8, 400, 90


def speeds_alone(environment: dict[str, str]) -> list[float]:
    """Steps/s of runs that train two at a time without a class. The last ones, which train alone, do not count."""
    with scratch_home() as home:
        settings = settings_of.load({**os.environ, **environment, "RNN_HOME": str(home)})
        store = Store.of(settings)
        engine = LocalEngine(store, settings).start()
        runs = [submit(replace(SPEC, seed=seed), store, settings) for seed in range(ALONE)]
        deadline = time.monotonic() + ALONE_SECONDS
        while any(store.runs.get(run).active for run in runs):
            assert time.monotonic() < deadline, "Training does not come to its end"
            time.sleep(POLL_SECONDS)
        engine.close()
        for worker in engine.workers:
            worker.wait()
        return [found for run in runs[: -settings.slots] for found in speeds(store, run)]


def speeds(store: Store, run: str) -> list[float]:
    """Steps/s over each stretch of a run's curve."""
    ends = [(point.step, point.seconds) for point in store.events.points(run) if point.name == "loss"][::STRETCH]
    return [(b[0] - a[0]) / (b[1] - a[1]) for a, b in pairwise(ends)]


@contextmanager
def server(home: Path, environment: dict[str, str]) -> Iterator[SimpleNamespace]:
    """A server in class mode: its address and its process. At the end, errors in its log are printed."""
    serving = serve(home, RNN_CLASS="1", **environment)
    url = serving.__enter__()
    try:
        (process,) = processes("serve", psutil.Process().children())
        yield SimpleNamespace(url=url, process=process)
    finally:
        try:
            serving.__exit__(None, None, None)
        except AssertionError as error:  # Streamlit logs a traceback when it sends to somebody who leaves
            log_errors = re.findall(r"^[\w.]+(?:Error|Exception|Disconnected)\b.*", str(error), re.MULTILINE)
            for log_error, times in Counter(log_errors).most_common():
                print(f"in the server's log, {times} times: {log_error}")


def lost(group: Class) -> list[str]:
    """Runs that people started and that are missing or failed; and runs that nobody started."""
    stored = {run.id: run for run in group.store.runs.newest(limit=10_000) if run.id not in group.before}
    missing = [f"run {run} is not in the store" for run in group.clicks if run not in stored]
    failed = [f"run {run.id} failed: {run.message}" for run in stored.values() if run.state == FAILED]
    unknown = [f"run {run} was started by nobody" for run in stored if run not in group.clicks]
    return missing + failed + unknown


def share(values: list[float], limit: float) -> float:
    return sum(value < limit for value in values) / len(values) if values else 0.0


def high(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))] if values else math.nan


def report(group: Class, used: ResourceMonitor, people: int, before: list[float], after: list[float]) -> None:
    limit = next((ms for most, ms in LIMIT_MS.items() if people <= most), max(LIMIT_MS.values()))
    widths = (42, 8, 10, 10, 10, 12)
    print(f"{people} people, {used.seconds:.0f} s, {SPEC.title}, {SPEC.training.epochs} epochs of {SPEC.data.source}")
    row("milliseconds", "times", "median", "95 %", "worst", f"< {limit} ms", widths=widths)
    for what in WHATS:
        if values := group.seconds_of(what):
            numbers = (f"{1000 * number:,.0f}" for number in (statistics.median(values), high(values), max(values)))
            row(what, len(values), *numbers, f"{share(values, limit / 1000):.1%}" if what in ACTIONS + TICKS else "", widths=widths)

    runs = [run for run in group.store.runs.newest("text", limit=10_000) if run.id in group.clicks]
    amid = [found for run in runs for found in speeds(group.store, run.id)]
    row("\nsteps a second of a run", "stretches", "median", "slow tenth", widths=(43, 10, *widths[2:4]))
    for name, found in (("nobody, before the class", before), ("nobody, after it", after), ("with the class", amid)):
        if found:
            row(name, len(found), *(f"{speed:.1f}" for speed in (statistics.median(found), sorted(found)[len(found) // 10])),
                widths=(42, 10, *widths[2:4]))  # fmt: skip

    row("\nprocess", "most MB", "CPU s", "of a core", widths=(43, *widths[1:4]))
    workers = max(used.worker_mb.values(), default=0.0)
    for name, memory, cpu in (
        ("web", f"{used.web_mb:.0f}", used.web_cpu),
        (f"workers ({len(used.worker_mb)}, the largest)", f"{workers:.0f}", used.workers_cpu),
        ("all people (this process)", "", used.client_cpu),
        ("others on this machine", "", used.others_cpu),
    ):
        row(name, memory, f"{cpu:.1f}", f"{cpu / used.seconds:.0%}", widths=widths[:4])
    machine = cores() * used.seconds
    left = 1 - (used.web_cpu + used.client_cpu + used.others_cpu) / machine
    print(
        f"left to training: {left:.0%} of {cores()} cores; {left + used.client_cpu / machine:.0%} where the people's sessions run elsewhere"
    )
    delays = [1000 * value for value in group.delays]
    print(f"the people's own timer was late by {statistics.median(delays):.1f} ms (median), {high(delays):.0f} ms (95 %)")

    first = group.seconds_of(LOSS)
    ratio = statistics.median(amid) / statistics.median(before + after) if amid else None
    done, ticked = high(group.seconds_of(*ACTIONS)), high(group.seconds_of(CURVE))
    unanswered = len(group.clicks) - len(first)
    waited = [group.ends - clicked for run, (_, clicked) in group.clicks.items() if not group.store.runs.get(run).step]
    slowest = max([*first, *waited], default=math.inf)
    errors = lost(group) + group.errors
    row("\ngoal", "target", "measured", "met", widths=(43, 12, 12, 6))
    for name, target, measured, met in (
        ("95 % of what people do", f"< {limit} ms", f"{1000 * done:,.0f} ms", 1000 * done < limit),
        ("95 % of the curve's ticks", f"< {limit} ms", f"{1000 * ticked:,.0f} ms", 1000 * ticked < limit),
        ("speed of training beside nobody", f">= {SPEED_RATIO}", f"{ratio:.2f}" if ratio else "–", (ratio or 0) >= SPEED_RATIO),
        ("memory of the web process", f"< {WEB_MB} MB", f"{used.web_mb:.0f} MB", used.web_mb < WEB_MB),
        ("first loss, the longest wait", f"< {FIRST_LOSS_SECONDS} s", f"{slowest:.0f} s", slowest < FIRST_LOSS_SECONDS),
        ("lost or broken", "0", str(len(errors)), not errors),
    ):
        row(name, target, measured, "yes" if met else "no", widths=(42, 12, 12, 6))
    finished = sum(run.state == FINISHED for run in runs)
    print(f"{len(runs)} runs: {finished} finished, {sum(run.active for run in runs)} active, {unanswered} without a loss yet")
    print(f"{len(group.dropped)} of {len(group.timings)} answers were dropped by Streamlit and drawn with the next one")
    print(*errors[:MAX_PRINTED], *group.dropped[:MAX_PRINTED], sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--home", type=Path, help="RNN_HOME of the server (default: a temporary folder)")
    parser.add_argument("--timings", type=Path, help="write every waiting time to this CSV file")
    chosen = parser.parse_args()
    environment = {"RNN_SLOTS": "2", "RNN_THREADS": "1", **{k: v for k, v in os.environ.items() if k.startswith("RNN_")}}
    environment.pop("RNN_HOME", None)
    before = speeds_alone(environment)
    with scratch_home() as scratch:
        home = chosen.home or scratch / "home"
        with server(home, environment) as process:
            asyncio.run(prepare(process.url))
            store = Store(home)
            group = Class(
                process.url, store, 60 * chosen.minutes, before=frozenset(run.id for run in store.runs.newest(limit=10_000))
            )
            with ResourceMonitor(process.process) as used:
                asyncio.run(attend(group, chosen.people))
        after = speeds_alone(environment)
        report(group, used, chosen.people, before, after)
    if chosen.timings:
        with chosen.timings.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(Timing.__dataclass_fields__)
            rows.writerows((t.at, t.person, t.what, t.seconds) for t in group.timings)


if __name__ == "__main__":
    main()
