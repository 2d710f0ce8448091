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
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import psutil
from websockets.exceptions import WebSocketException

from benchmarks import row, scratch_home
from benchmarks.session import NoAnswer, Session
from benchmarks.watch import Watch
from pages.parts import play
from rnn_core import settings as settings_of
from rnn_core.runs.engine import LocalEngine
from rnn_core.runs.records import FAILED, FINISHED
from rnn_core.runs.store import Store
from rnn_core.runs.submit import submit
from rnn_core.spec import RunSpec
from tests.browser.conftest import serve

SPEC = RunSpec.from_knobs(corpus="python-reference", cell="gru", units=96, epochs=2)  # some 5 s alone with one thread
ALONE = 8  # runs that train before anybody comes
ALONE_SECONDS = 600.0  # after which they never will end
WARM_SECONDS = 15.0  # for the spare worker to import TensorFlow
ARRIVAL_SECONDS = 10.0  # in which everybody opens the first page
READING_SECONDS = (2.0, 15.0)  # before somebody presses Train
PAUSE_SECONDS = (2.0, 8.0)  # between two things that somebody does
TOLD = 20  # troubles, the first
LOOK_SECONDS = 0.2  # between two looks into the store

HOME, TEXT, TRAIN, SLIDER, GENERATE = "open Home", "open Text", "Train until queued", "move Temperature", "Generate"
CURVE, WAITING, ODDS, STAGE = "tick: curve", "tick: queue or start", "tick: odds", "page again: the run's stage changed"
OWN = f"{GENERATE}, the server's share"
LOSS = "click until the first loss"
WHATS = (HOME, TEXT, TRAIN, CURVE, WAITING, ODDS, STAGE, SLIDER, GENERATE, OWN, LOSS)
ACTIONS = (HOME, TEXT, TRAIN, SLIDER, OWN)  # the page reacts to a person
TICKS = (CURVE, WAITING, ODDS, STAGE)  # the page moves by itself
SHOWING_SECONDS = play._WRITING_SECONDS  # on purpose

LIMIT_MS = {30: 250, 60: 500}  # of 95 % of page reactions, up to so many people
SPEED_RATIO, WEB_MB, FIRST_LOSS_SECONDS = 0.8, 400, 90


@dataclass(frozen=True)
class Timing:
    """One thing that somebody waited for."""

    at: float  # seconds since the class began
    person: int
    what: str
    seconds: float


@dataclass
class Class:
    """What all people of a class share, and what is measured."""

    url: str
    store: Store
    seconds: float  # how long it goes
    began: float = field(default_factory=time.perf_counter)
    before: frozenset[str] = frozenset()  # runs that were there already
    timings: list[Timing] = field(default_factory=list)
    clicks: dict[str, tuple[int, float]] = field(default_factory=dict)  # of each run: who began it, and when (perf_counter)
    troubles: list[str] = field(default_factory=list)
    late: list[float] = field(default_factory=list)  # seconds that the client's own clock rang too late

    def note(self, person: int, what: str, seconds: float) -> None:
        self.timings.append(Timing(time.perf_counter() - self.began, person, what, seconds))

    def seconds_of(self, *whats: str) -> list[float]:
        return [timing.seconds for timing in self.timings if timing.what in whats]

    @property
    def left(self) -> float:
        """Seconds until the end; 0 when it is over."""
        return max(0.0, self.began + self.seconds - time.perf_counter())


class Person:
    def __init__(self, number: int, group: Class):
        self.number, self.group, self.dice = number, group, random.Random(number)
        self.session = Session(group.url, on_tick=self._ticked)
        self.run = ""

    async def attend(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, ARRIVAL_SECONDS))
        await self._try(self._open(HOME, ""))
        await self._pause(PAUSE_SECONDS)
        await self._try(self._open(TEXT, "text", spec=replace(SPEC, seed=self.number).to_short()))
        await self._pause(READING_SECONDS)
        while self.group.left:
            await self._try(self._do_something())
            await self._pause(PAUSE_SECONDS)

    async def _try(self, what: Awaitable[None]) -> None:
        """People go on when something did not work, but it is told."""
        try:
            await what
        except (NoAnswer, LookupError, OSError, WebSocketException) as error:
            self._tell(str(error) or type(error).__name__)

    def _tell(self, what: str) -> None:
        self.group.troubles.append(
            f"{self.group.seconds - self.group.left:.0f} s, person {self.number}: {' '.join(what.split())[:200]}"
        )

    def trouble(self) -> list[str]:
        """What this person saw that nobody should."""
        seen = [*self.session.exceptions, *([] if self.session.connected else [self.session.lost or "not connected"])]
        return [f"person {self.number}: {what}" for what in seen]

    async def _do_something(self) -> None:
        if not self.run or not self.group.store.get(self.run).active:
            await self._train()
        elif self.session.has("Generate"):
            await self._play()
        else:
            await self._open(TEXT, "text", run="example")  # until there is something of its own to play with
            while self.group.left and not self.group.store.get(self.run).step:
                await self._play()
                await self._pause(PAUSE_SECONDS)
            await self._open(TEXT, "text", run=self.run)

    async def _open(self, what: str, page: str, **query: str) -> None:
        self._note(what, await self.session.open(page, **query))
        if self.session.has("Nickname"):
            await self.session.set("Nickname", f"Person {self.number}")
            await self.session.click("Enter")
            self.session.remember()

    async def _train(self) -> None:
        clicked, shown, known = time.perf_counter(), self.session.query.get("run"), len(self.session.addresses)
        try:
            self._note(TRAIN, await self.session.click("Train"))
        finally:
            written = [query.get("run") for query in self.session.addresses[known:]]
            if begun := next((run for run in written if run not in (None, shown)), ""):
                self.run = begun
                self.group.clicks[begun] = self.number, clicked
        if not begun:
            raise LookupError("Train was pressed, and no run began")
        if self.session.query.get("run") != begun:
            raise LookupError("Train was pressed, a run began, and the address went back to the run before it")

    async def _play(self) -> None:
        for _ in range(self.dice.randint(1, 3)):
            if not self.session.has("Generate"):  # the page has gone on to a run that cannot write yet
                return
            self._note(SLIDER, await self.session.set("Temperature", self.dice.randint(2, 20) / 10))
            await asyncio.sleep(self.dice.uniform(0.3, 1))
        if self.session.has("Generate") and self.dice.random() < 0.5:
            seconds = await self.session.click("Generate")
            self._note(GENERATE, seconds)
            self._note(OWN, seconds - SHOWING_SECONDS)

    def _ticked(self, session: Session, fragment: str, seconds: float, whole: bool) -> None:
        shown = session.kinds(fragment)
        what = STAGE if whole else CURVE if "metric" in shown else ODDS if "text_area" in shown else WAITING
        self._note(what, seconds)

    def _note(self, what: str, seconds: float) -> None:
        self.group.note(self.number, what, seconds)

    async def _pause(self, between: tuple[float, float]) -> None:
        await asyncio.sleep(min(self.group.left, self.dice.uniform(*between)))


async def prepare(url: str) -> None:
    """The teacher looks first: the first page after the server's start opens the store and starts the engine."""
    teacher = Session(url)
    await teacher.open()
    await teacher.open("text")
    await asyncio.sleep(WARM_SECONDS)
    await teacher.close()


async def attend(group: Class, people: int) -> None:
    """The class from the first page to its end."""
    everybody = [Person(number, group) for number in range(1, people + 1)]
    beside = [asyncio.create_task(_see_first_losses(group)), asyncio.create_task(_hear_the_clock(group))]
    await asyncio.gather(*(person.attend() for person in everybody))
    for task in beside:
        task.cancel()
    group.troubles += [trouble for person in everybody for trouble in person.trouble()]
    await asyncio.gather(*(person.session.close() for person in everybody))


async def _see_first_losses(group: Class) -> None:
    seen = set()
    while True:
        for run in group.store.runs("text"):
            if run.step and run.id in group.clicks and run.id not in seen:
                seen.add(run.id)
                person, clicked = group.clicks[run.id]
                group.note(person, LOSS, time.perf_counter() - clicked)
        await asyncio.sleep(LOOK_SECONDS)


async def _hear_the_clock(group: Class) -> None:
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(0.05)
        group.late.append(time.perf_counter() - asked - 0.05)


def speeds_alone(environment: dict[str, str]) -> list[float]:
    """Steps a second of runs that train two at a time while nobody watches; the last ones have no company and do not count."""
    with scratch_home() as home:
        settings = settings_of.load({**os.environ, **environment, "RNN_HOME": str(home)})
        store = Store.of(settings)
        engine = LocalEngine(store, settings).start()
        runs = [submit(replace(SPEC, seed=seed), store, settings) for seed in range(ALONE)]
        deadline = time.monotonic() + ALONE_SECONDS
        while any(store.get(run).active for run in runs):
            assert time.monotonic() < deadline, "Training does not come to its end"
            time.sleep(LOOK_SECONDS)
        engine.close()
        for worker in engine.workers:
            worker.wait()
        return [speed(store, run) for run in runs[: -settings.slots]]


def speed(store: Store, run: str) -> float:
    """Steps a second while it trains: the median of stretches of ten points, so that what a turn's beginning costs is left out."""
    ends = [(point.step, point.seconds) for point in store.points(run) if point.name == "loss"][::10]
    return statistics.median((b[0] - a[0]) / (b[1] - a[1]) for a, b in pairwise(ends))


@contextmanager
def server(home: Path, environment: dict[str, str]) -> Iterator[SimpleNamespace]:
    """A server with class mode on: its address and its process. Ends with what its log complains of."""
    serving = serve(home, RNN_CLASS="1", **environment)
    url = serving.__enter__()
    try:
        process = next(child for child in psutil.Process().children() if "streamlit" in child.cmdline())
        yield SimpleNamespace(url=url, process=process)
    finally:
        try:
            serving.__exit__(None, None, None)
        except AssertionError as error:  # Streamlit logs a traceback when somebody leaves while it sends to them
            complaints = re.findall(r"^[\w.]+(?:Error|Exception|Problem|Disconnected)\b.*", str(error), re.MULTILINE)
            for complaint, times in Counter(complaints).most_common():
                print(f"in the server's log, {times} times: {complaint}")


def lost(group: Class) -> list[str]:
    """Runs that people began and that are not there, or failed; and runs that nobody began."""
    kept = {run.id: run for run in group.store.runs(most=10_000) if run.id not in group.before}
    gone = [f"run {run} is not in the store" for run in group.clicks if run not in kept]
    failed = [f"run {run.id} failed: {run.message}" for run in kept.values() if run.state == FAILED]
    strange = [f"run {run} was begun by nobody" for run in kept if run not in group.clicks]
    return gone + failed + strange


def share(values: list[float], limit: float) -> float:
    return sum(value < limit for value in values) / len(values) if values else 0.0


def high(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))] if values else math.nan


def report(group: Class, watch: Watch, people: int, alone: list[float]) -> None:
    limit = next((ms for most, ms in LIMIT_MS.items() if people <= most), max(LIMIT_MS.values()))
    widths = (42, 8, 10, 10, 10, 12)
    print(f"{people} people, {watch.seconds:.0f} s, {SPEC.title}, {SPEC.training.epochs} epochs of {SPEC.data.corpus}")
    row("milliseconds", "times", "median", "95 %", "worst", f"< {limit} ms", widths=widths)
    for what in WHATS:
        if values := group.seconds_of(what):
            numbers = (f"{1000 * number:,.0f}" for number in (statistics.median(values), high(values), max(values)))
            row(what, len(values), *numbers, f"{share(values, limit / 1000):.1%}" if what in ACTIONS + TICKS else "", widths=widths)

    runs = [run for run in group.store.runs("text", most=10_000) if run.id in group.clicks]
    ended = [speed(group.store, run.id) for run in runs if run.state == FINISHED]
    row("\nsteps a second of a run", "runs", "median", "slowest", widths=(43, *widths[1:4]))
    for name, speeds in (("nobody watches", alone), ("with the class", ended)):
        if speeds:
            row(name, len(speeds), f"{statistics.median(speeds):.1f}", f"{min(speeds):.1f}", widths=widths[:4])

    row("\nprocess", "most MB", "CPU s", "of a core", widths=(43, *widths[1:4]))
    workers = max(watch.worker_mb.values(), default=0.0)
    for name, memory, cpu in (
        ("web", f"{watch.web_mb:.0f}", watch.web_cpu),
        (f"workers ({len(watch.worker_mb)}, the largest)", f"{workers:.0f}", watch.workers_cpu),
        ("all people (this process)", "", watch.client_cpu),
        ("others on this machine", "", watch.others_cpu),
    ):
        row(name, memory, f"{cpu:.1f}", f"{cpu / watch.seconds:.0%}", widths=widths[:4])
    late = [1000 * value for value in group.late]
    print(f"the people's own clock rang late by {statistics.median(late):.1f} ms (median), {high(late):.0f} ms (95 %)")

    first = group.seconds_of(LOSS)
    ratio = statistics.median(ended) / statistics.median(alone) if ended and alone else None
    done, ticked = high(group.seconds_of(*ACTIONS)), high(group.seconds_of(CURVE))
    unanswered = len(group.clicks) - len(first)
    waited = [time.perf_counter() - clicked for run, (_, clicked) in group.clicks.items() if not group.store.get(run).step]
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
    print(f"{len(runs)} runs: {len(ended)} finished, {sum(run.active for run in runs)} active, {unanswered} without a loss yet")
    print(*gone[:TOLD], sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--home", type=Path, help="where the server keeps its runs; otherwise a scratch folder")
    parser.add_argument("--timings", type=Path, help="a CSV file for every single waiting time")
    chosen = parser.parse_args()
    environment = {"RNN_SLOTS": "2", "RNN_THREADS": "1", **{k: v for k, v in os.environ.items() if k.startswith("RNN_")}}
    environment.pop("RNN_HOME", None)
    alone = speeds_alone(environment)
    with scratch_home() as scratch:
        home = chosen.home or scratch / "home"
        with server(home, environment) as served:
            asyncio.run(prepare(served.url))
            store = Store(home)
            group = Class(served.url, store, 60 * chosen.minutes, before=frozenset(run.id for run in store.runs(most=10_000)))
            with Watch(served.process) as watch:
                asyncio.run(attend(group, chosen.people))
            report(group, watch, chosen.people, alone)
    if chosen.timings:
        with chosen.timings.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(Timing.__dataclass_fields__)
            rows.writerows((t.at, t.person, t.what, t.seconds) for t in group.timings)


if __name__ == "__main__":
    main()
