"""Thirty people in a class who all save their network within a minute: reactions of the pages, memory of the server and its processes.

python -m benchmarks.exports --people 30 --missing 3

Each person opens an ended run of their own, opens Share, downloads Everything and the Keras model, and moves Temperature before, between
and after. The runs of `--missing` people have no Keras model yet, as after an update of the program: one process at a time writes them.
Seconds are those of the client, which runs on the same cores.
"""

import argparse
import asyncio
import io
import math
import os
import random
import shutil
import statistics
import threading
import time
import zipfile
from collections import defaultdict

import psutil
from websockets.exceptions import WebSocketException

from benchmarks import row, scratch_home
from benchmarks.classroom import high, server, share
from benchmarks.people import prepare
from benchmarks.resources import POLL_SECONDS, ResourceMonitor
from benchmarks.session import NoAnswer, Session
from rnn_core import settings as settings_of
from rnn_core.export import model
from rnn_core.lessons import example
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import MODEL, WEIGHTS, Store
from rnn_core.tasks.task import FIRST, task_of

WITHIN_SECONDS = 60.0  # everybody begins to export
LIMIT_MS = 250
PREPARED_SECONDS = 300.0  # in which the last model must be there
SLIDER, OPEN, ZIP, KERAS, WAITED = "move Temperature", "open Share", "Everything (.zip)", "Keras model (.keras)", "wait for a model"
REACTIONS, DOWNLOADS = (SLIDER, OPEN), (ZIP, KERAS)


class ExportProcesses:
    """Watches the processes that write Keras models: how many at once, how many in all, and the memory of the largest."""

    def __init__(self, server: psutil.Process):
        self.server, self.most, self.megabytes, self.pids = server, 0, 0.0, set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> "ExportProcesses":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            found = 0
            for child in self.server.children(recursive=True):
                try:
                    if "rnn_core.training.save" in child.cmdline():
                        found += 1
                        self.pids.add(child.pid)
                        self.megabytes = max(self.megabytes, child.memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue
            self.most = max(self.most, found)


def ended_runs(store: Store, owners: list[str], missing: int) -> list[str]:
    """A copy of the example for each owner; the last ones have no Keras model."""
    example.install(store)
    of_example = task_of(FIRST).example
    folder = store.runs.folder(of_example)
    model.write(store, of_example, folder / WEIGHTS, folder / MODEL)
    runs = []
    for i, owner in enumerate(owners):
        run = store.runs.add(store.runs.spec(of_example), f"Network {i}", owner=owner)
        for path in folder.iterdir():
            if path.name != MODEL or i < len(owners) - missing:
                shutil.copy2(path, store.runs.folder(run) / path.name)  # with its time, which belongs to the model
        store.events.record(run, store.events.points(of_example), store.events.measured(of_example), step=100, epoch=10.0)
        store.lifecycle.end(run, FINISHED)
        runs.append(run)
    return runs


class Person:
    def __init__(self, number: int, url: str, run: str, name: str, seconds: dict[str, list[float]], errors: list[str]):
        self.dice, self.run, self.name, self.seconds, self.errors = random.Random(number), run, name, seconds, errors
        self.session = Session(url)

    async def attend(self) -> None:
        try:
            await self.session.open("text", run=self.run)
            await self.session.set("Nickname", self.name)  # the code of the person
            await self.session.click("Enter")
            await asyncio.sleep(self.dice.uniform(0, WITHIN_SECONDS))
            await self._move()
            self._note(OPEN, await self.session.set("Share", True))
            self._note(WAITED, await self.session.until(self._is_ready, PREPARED_SECONDS))
            for label in DOWNLOADS:
                await self._move()
                seconds, content = await self.session.download(label)
                self._note(label, seconds)
                assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
            await self._move()
        except (NoAnswer, LookupError, OSError, WebSocketException) as error:
            self.errors.append(f"{self.name[:4]}: {' '.join(str(error).split())[:200]}")
        self.errors += self.session.exceptions

    def _is_ready(self) -> bool:
        return self.session.has(ZIP) and not self.session.page.find(ZIP, ("download_button",)).element.disabled

    async def _move(self) -> None:
        await asyncio.sleep(self.dice.uniform(0.5, 2))
        self._note(SLIDER, await self.session.set("Temperature", self.dice.randint(2, 20) / 10))

    def _note(self, what: str, seconds: float) -> None:
        self.seconds[what].append(seconds)


async def attend(url: str, runs: dict[str, str]) -> tuple[dict[str, list[float]], list[str]]:
    """`runs` by the code of their owner. Returns the seconds of everything that was done, and errors."""
    seconds, errors = defaultdict(list), []
    everybody = [Person(i, url, run, name, seconds, errors) for i, (name, run) in enumerate(runs.items())]
    await asyncio.gather(*(person.attend() for person in everybody))
    await asyncio.gather(*(person.session.close() for person in everybody))
    return seconds, errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--missing", type=int, default=3)
    chosen = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if name.startswith("RNN_") and name != "RNN_HOME"}
    with scratch_home() as scratch:
        home = scratch / "home"
        settings = settings_of.load({**os.environ, **environment, "RNN_HOME": str(home), "RNN_CLASS": "1"})
        store = Store.of(settings)
        people = [store.people.enter(f"Person {i}").id for i in range(chosen.people)]
        runs = dict(zip(people, ended_runs(store, people, chosen.missing), strict=True))
        with server(home, environment) as process:
            asyncio.run(prepare(process.url))
            before = process.process.memory_info().rss / 1e6
            start = time.perf_counter()
            with ResourceMonitor(process.process) as used, ExportProcesses(process.process) as exports:
                seconds, errors = asyncio.run(attend(process.url, runs))
            print(f"{chosen.people} people, {chosen.missing} of them without a model, {time.perf_counter() - start:.0f} s")
    widths = (34, 8, 10, 10, 10, 12)
    row("milliseconds", "times", "median", "95 %", "worst", f"< {LIMIT_MS} ms", widths=widths)
    for what in (*REACTIONS, *DOWNLOADS, WAITED):
        if values := seconds[what]:
            numbers = (f"{1000 * number:,.0f}" for number in (statistics.median(values), high(values), max(values)))
            within = f"{share(values, LIMIT_MS / 1000):.1%}" if what in REACTIONS else ""
            row(what, len(values), *numbers, within, widths=widths)
    reactions = high([value for what in REACTIONS for value in seconds[what]] or [math.inf])
    done = sum(len(seconds[what]) for what in DOWNLOADS)
    row("\ngoal", "target", "measured", "met", widths=(35, 12, 12, 6))
    for name, target, measured, met in (
        ("95 % of reactions", f"< {LIMIT_MS} ms", f"{1000 * reactions:,.0f} ms", 1000 * reactions < LIMIT_MS),
        ("files saved", str(2 * chosen.people), str(done), done == 2 * chosen.people),
        ("processes that export, at once", "1", str(exports.most), exports.most <= 1),
        ("processes that export, in all", str(chosen.missing), str(len(exports.pids)), len(exports.pids) == chosen.missing),
        ("errors", "0", str(len(errors)), not errors),
    ):
        row(name, target, measured, "yes" if met else "no", widths=(34, 12, 12, 6))
    print(f"memory: web process {before:.0f} MB before, {used.web_mb:.0f} MB at most; an export {exports.megabytes:.0f} MB at most")
    print(*errors[:20], sep="\n")


if __name__ == "__main__":
    main()
