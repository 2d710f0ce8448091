"""A class on one server: people as real WebSocket sessions who open pages, train, watch, and let their networks write.

python -m benchmarks.classroom --people 30 --minutes 3

Each person opens Home and then the teacher's link to Text, presses Train after a while, and until the time is over watches the
panel tick, moves Temperature and presses Generate; while a run waits in the queue they play with the example; when a run has
ended they train again. RNN_* variables are handed on to the server, with two slots of one thread where they say nothing.

Seconds are those of the client, which computes on the same cores: its CPU time, and how late its own clock rings, stand beside.
Where the server answers more slowly than a fragment ticks, one answer counts for all ticks before it: those times are then too
short, and never too long.
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
    LOOK_SECONDS,
    LOSS,
    SPEC,
    TICKS,
    WHATS,
    Class,
    Timing,
    attend,
    prepare,
)  # fmt: skip
from benchmarks.watch import Watch
from rnn_core import settings as settings_of
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.rows import FAILED, FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import cores
from tests.browser.conftest import serve
from tests.conftest import processes

ALONE = 8  # runs that train before anybody comes, and again when all have gone, since a machine is not always equally fast
ALONE_SECONDS = 600.0  # after which they never will end
STRETCH = 5  # points of a curve, over which a speed is taken: some 0.6 s, so that few hold the beginning of a turn
TOLD = 20  # troubles, the first

LIMIT_MS = {30: 250, 60: 500}  # of 95 % of page reactions, up to so many people
SPEED_RATIO, WEB_MB, FIRST_LOSS_SECONDS = 0.8, 400, 90


def speeds_alone(environment: dict[str, str]) -> list[float]:
    """Steps a second of runs that train two at a time while nobody watches; of the last ones, that have no company, nothing counts."""
    with scratch_home() as home:
        settings = settings_of.load({**os.environ, **environment, "RNN_HOME": str(home)})
        store = Store.of(settings)
        engine = LocalEngine(store, settings).start()
        runs = [submit(replace(SPEC, seed=seed), store, settings) for seed in range(ALONE)]
        deadline = time.monotonic() + ALONE_SECONDS
        while any(store.runs.get(run).active for run in runs):
            assert time.monotonic() < deadline, "Training does not come to its end"
            time.sleep(LOOK_SECONDS)
        engine.close()
        for worker in engine.workers:
            worker.wait()
        return [found for run in runs[: -settings.slots] for found in speeds(store, run)]


def speeds(store: Store, run: str) -> list[float]:
    """Steps a second over each stretch of a run's curve."""
    ends = [(point.step, point.seconds) for point in store.events.points(run) if point.name == "loss"][::STRETCH]
    return [(b[0] - a[0]) / (b[1] - a[1]) for a, b in pairwise(ends)]


@contextmanager
def server(home: Path, environment: dict[str, str]) -> Iterator[SimpleNamespace]:
    """A server with class mode on: its address and its process. Ends with what its log complains of."""
    serving = serve(home, RNN_CLASS="1", **environment)
    url = serving.__enter__()
    try:
        (process,) = processes("serve", psutil.Process().children())
        yield SimpleNamespace(url=url, process=process)
    finally:
        try:
            serving.__exit__(None, None, None)
        except AssertionError as error:  # Streamlit logs a traceback when somebody leaves while it sends to them
            complaints = re.findall(r"^[\w.]+(?:Error|Exception|Disconnected)\b.*", str(error), re.MULTILINE)
            for complaint, times in Counter(complaints).most_common():
                print(f"in the server's log, {times} times: {complaint}")


def lost(group: Class) -> list[str]:
    """Runs that people began and that are not there, or failed; and runs that nobody began."""
    kept = {run.id: run for run in group.store.runs.newest(limit=10_000) if run.id not in group.before}
    gone = [f"run {run} is not in the store" for run in group.clicks if run not in kept]
    failed = [f"run {run.id} failed: {run.message}" for run in kept.values() if run.state == FAILED]
    strange = [f"run {run} was begun by nobody" for run in kept if run not in group.clicks]
    return gone + failed + strange


def share(values: list[float], limit: float) -> float:
    return sum(value < limit for value in values) / len(values) if values else 0.0


def high(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))] if values else math.nan


def report(group: Class, watch: Watch, people: int, before: list[float], after: list[float]) -> None:
    limit = next((ms for most, ms in LIMIT_MS.items() if people <= most), max(LIMIT_MS.values()))
    widths = (42, 8, 10, 10, 10, 12)
    print(f"{people} people, {watch.seconds:.0f} s, {SPEC.title}, {SPEC.training.epochs} epochs of {SPEC.data.source}")
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
    workers = max(watch.worker_mb.values(), default=0.0)
    for name, memory, cpu in (
        ("web", f"{watch.web_mb:.0f}", watch.web_cpu),
        (f"workers ({len(watch.worker_mb)}, the largest)", f"{workers:.0f}", watch.workers_cpu),
        ("all people (this process)", "", watch.client_cpu),
        ("others on this machine", "", watch.others_cpu),
    ):
        row(name, memory, f"{cpu:.1f}", f"{cpu / watch.seconds:.0%}", widths=widths[:4])
    machine = cores() * watch.seconds
    left = 1 - (watch.web_cpu + watch.client_cpu + watch.others_cpu) / machine
    print(
        f"left to training: {left:.0%} of {cores()} cores; {left + watch.client_cpu / machine:.0%} where the people compute elsewhere"
    )
    late = [1000 * value for value in group.late]
    print(f"the people's own clock rang late by {statistics.median(late):.1f} ms (median), {high(late):.0f} ms (95 %)")

    first = group.seconds_of(LOSS)
    ratio = statistics.median(amid) / statistics.median(before + after) if amid else None
    done, ticked = high(group.seconds_of(*ACTIONS)), high(group.seconds_of(CURVE))
    unanswered = len(group.clicks) - len(first)
    waited = [group.ends - clicked for run, (_, clicked) in group.clicks.items() if not group.store.runs.get(run).step]
    slowest = max([*first, *waited], default=math.inf)
    gone = lost(group) + group.troubles
    row("\ngoal", "wanted", "measured", "met", widths=(43, 12, 12, 6))
    for name, wanted, measured, met in (
        ("95 % of what people do", f"< {limit} ms", f"{1000 * done:,.0f} ms", 1000 * done < limit),
        ("95 % of the curve's ticks", f"< {limit} ms", f"{1000 * ticked:,.0f} ms", 1000 * ticked < limit),
        ("speed of training beside nobody", f">= {SPEED_RATIO}", f"{ratio:.2f}" if ratio else "–", (ratio or 0) >= SPEED_RATIO),
        ("memory of the web process", f"< {WEB_MB} MB", f"{watch.web_mb:.0f} MB", watch.web_mb < WEB_MB),
        ("first loss, the longest wait", f"< {FIRST_LOSS_SECONDS} s", f"{slowest:.0f} s", slowest < FIRST_LOSS_SECONDS),
        ("lost or broken", "0", str(len(gone)), not gone),
    ):
        row(name, wanted, measured, "yes" if met else "no", widths=(42, 12, 12, 6))
    finished = sum(run.state == FINISHED for run in runs)
    print(f"{len(runs)} runs: {finished} finished, {sum(run.active for run in runs)} active, {unanswered} without a loss yet")
    print(f"{len(group.given_up)} of {len(group.timings)} answers were given up by Streamlit and drawn with the next one")
    print(*gone[:TOLD], *group.given_up[:TOLD], sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--home", type=Path, help="where the server keeps its runs; otherwise a scratch folder")
    parser.add_argument("--timings", type=Path, help="a CSV file for every single waiting time")
    chosen = parser.parse_args()
    environment = {"RNN_SLOTS": "2", "RNN_THREADS": "1", **{k: v for k, v in os.environ.items() if k.startswith("RNN_")}}
    environment.pop("RNN_HOME", None)
    before = speeds_alone(environment)
    with scratch_home() as scratch:
        home = chosen.home or scratch / "home"
        with server(home, environment) as served:
            asyncio.run(prepare(served.url))
            store = Store(home)
            group = Class(
                served.url, store, 60 * chosen.minutes, before=frozenset(run.id for run in store.runs.newest(limit=10_000))
            )
            with Watch(served.process) as watch:
                asyncio.run(attend(group, chosen.people))
        after = speeds_alone(environment)
        report(group, watch, chosen.people, before, after)
    if chosen.timings:
        with chosen.timings.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(Timing.__dataclass_fields__)
            rows.writerows((t.at, t.person, t.what, t.seconds) for t in group.timings)


if __name__ == "__main__":
    main()
