"""The people of the class that `benchmarks.classroom` simulates: what each of them does, and the waiting times that are measured."""

import asyncio
import random
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from websockets.exceptions import WebSocketException

from benchmarks.session import AnswerDropped, NoAnswer, Session
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import Store

SPEC = RunSpec.from_options(source="python-reference", cell="gru", units=96, epochs=2)  # some 5 s alone with one thread
WARM_SECONDS = 15.0  # for the spare worker to import TensorFlow
ARRIVAL_SECONDS = 10.0  # within which everybody opens the first page
READING_SECONDS = (2.0, 15.0)  # before somebody presses Train
PAUSE_SECONDS = (2.0, 8.0)  # between two actions of a person
TICK_SECONDS = 5.0  # the longest until a page in class mode says that a run has ended
POLL_SECONDS = 0.2  # between two reads of the store

HOME, TEXT, TRAIN, SLIDER, GENERATE = "open Home", "open Text", "Train until queued", "move Temperature", "Generate"
CURVE, WAITING, ODDS, STAGE = "tick: curve", "tick: queue or start", "tick: odds", "page again: the run's stage changed"
LOSS = "click until the first loss"
WHATS = (HOME, TEXT, TRAIN, CURVE, WAITING, ODDS, STAGE, SLIDER, GENERATE, LOSS)
ACTIONS = (HOME, TEXT, TRAIN, SLIDER, GENERATE)  # the page reacts to a person
TICKS = (CURVE, WAITING, ODDS, STAGE)  # the page moves by itself


@dataclass(frozen=True)
class Timing:
    """One waiting time of a person."""

    at: float  # seconds since the class started
    person: int
    what: str
    seconds: float


@dataclass
class Class:
    """What all people of a class share, and what is measured."""

    url: str
    store: Store
    seconds: float  # length of the class
    start: float = field(default_factory=time.perf_counter)
    before: frozenset[str] = frozenset()  # ids of earlier runs
    timings: list[Timing] = field(default_factory=list)
    clicks: dict[str, tuple[int, float]] = field(default_factory=dict)  # by run: the person who started it, and when (perf_counter)
    errors: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)  # answers that Streamlit dropped
    delays: list[float] = field(default_factory=list)  # seconds by which the client's own timer was late

    def note(self, person: int, what: str, seconds: float) -> None:
        self.timings.append(Timing(time.perf_counter() - self.start, person, what, seconds))

    def seconds_of(self, *whats: str) -> list[float]:
        return [timing.seconds for timing in self.timings if timing.what in whats]

    @property
    def ends(self) -> float:
        return self.start + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the end; 0 when it is over."""
        return max(0.0, self.ends - time.perf_counter())


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

    async def _try(self, action: Awaitable[None]) -> None:
        """Record what failed; the person continues."""
        try:
            await action
        except AnswerDropped as error:
            self.group.dropped.append(self._line(str(error)))
        except (NoAnswer, LookupError, OSError, WebSocketException) as error:
            self.group.errors.append(self._line(str(error) or type(error).__name__))

    def _line(self, error: str) -> str:
        return f"{self.group.seconds - self.group.left:.0f} s, person {self.number}: {' '.join(error.split())[:200]}"

    def page_errors(self) -> list[str]:
        """Exceptions on this person's pages, and a lost connection."""
        errors = [*self.session.exceptions, *([] if self.session.connected else [self.session.lost or "not connected"])]
        return [f"person {self.number}: {error}" for error in errors]

    async def _do_something(self) -> None:
        if not self.run or not self.group.store.runs.get(self.run).active:
            await self._train()
        elif self.session.has("Generate"):
            await self._play()
        else:
            await self._open(TEXT, "text", run="example")  # until the person's own run can write
            while self.group.left and not self.group.store.runs.get(self.run).step:
                await self._play()
                await self._pause(PAUSE_SECONDS)
            if self.group.left:
                await self._open(TEXT, "text", run=self.run)

    async def _open(self, what: str, page: str, **query: str) -> None:
        self._note(what, await self.session.open(page, **query))
        if self.session.has("Nickname"):
            await self.session.set("Nickname", f"Person {self.number}")
            await self.session.click("Enter")
            self.session.remember()

    async def _train(self) -> None:
        with suppress(NoAnswer):  # a run has ended, and the page has not ticked since
            await self.session.until(lambda: self.session.can_click("Train"), TICK_SECONDS)
        clicked, shown, known = time.perf_counter(), self.session.query.get("run"), len(self.session.addresses)
        try:
            self._note(TRAIN, await self.session.click("Train"))
        finally:
            written = [query.get("run") for query in self.session.addresses[known:]]
            if started := next((run for run in written if run not in (None, shown)), ""):
                self.run = started
                self.group.clicks[started] = self.number, clicked
        if not started:
            raise LookupError("Train was pressed, and no run started")
        if self.session.query.get("run") != started:
            raise LookupError("Train was pressed, a run started, and the address went back to the run before it")

    async def _play(self) -> None:
        for _ in range(self.dice.randint(1, 3)):
            if not self.session.has("Generate"):  # the page shows a run now that cannot write yet
                return
            self._note(SLIDER, await self.session.set("Temperature", self.dice.randint(2, 20) / 10))
            await asyncio.sleep(self.dice.uniform(0.3, 1))
        if self.session.has("Generate") and self.dice.random() < 0.5:
            self._note(GENERATE, await self.session.click("Generate"))

    def _ticked(self, session: Session, fragment: str, seconds: float, whole: bool) -> None:
        shown = session.kinds(fragment)
        what = STAGE if whole else ODDS if "text_area" in shown else CURVE if "vega_lite_chart" in shown else WAITING
        self._note(what, seconds)

    def _note(self, what: str, seconds: float) -> None:
        self.group.note(self.number, what, seconds)

    async def _pause(self, between: tuple[float, float]) -> None:
        await asyncio.sleep(min(self.group.left, self.dice.uniform(*between)))


async def prepare(url: str) -> None:
    """Open the first pages as a teacher, which opens the store and starts the engine."""
    teacher = Session(url)
    await teacher.open()
    await teacher.open("text")
    await asyncio.sleep(WARM_SECONDS)
    await teacher.close()


async def attend(group: Class, people: int) -> None:
    """The class from the first page to its end."""
    everybody = [Person(number, group) for number in range(1, people + 1)]
    watchers = [asyncio.create_task(_watch_first_losses(group)), asyncio.create_task(_watch_timer(group))]
    await asyncio.gather(*(person.attend() for person in everybody))
    for task in watchers:
        task.cancel()
    group.errors += [error for person in everybody for error in person.page_errors()]
    await asyncio.gather(*(person.session.close() for person in everybody))


async def _watch_first_losses(group: Class) -> None:
    seen = set()
    while True:
        for run in group.store.runs.newest("text"):
            if run.step and run.id in group.clicks and run.id not in seen:
                seen.add(run.id)
                person, clicked = group.clicks[run.id]
                group.note(person, LOSS, time.perf_counter() - clicked)
        await asyncio.sleep(POLL_SECONDS)


async def _watch_timer(group: Class) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.05)
        group.delays.append(time.perf_counter() - start - 0.05)
