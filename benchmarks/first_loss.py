"""Seconds from a click on Train (a spec is submitted) to the first loss in the store, for what each page starts with and for others.

python -m benchmarks.first_loss
"""

import statistics
import time

from benchmarks import corpus, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.settings import Settings
from rnn_core.tasks import sources
from rnn_core.tasks.task import all_tasks

TIMES = 3
WARM_SECONDS = 15  # for the spare worker to import TensorFlow and warm up
WIDTHS = (44, 10, 10, 10)


def specs(settings: Settings) -> dict[str, RunSpec]:
    """A spec for each row of the table. No page starts with the networks of the last rows, which the run compiles."""
    first = {}
    for task in all_tasks():
        source = sources.default(task.name, settings)
        first[f"{task.name}, first preset"] = spec_of(task.name, available=task.examples(source, settings), source=source)
    return first | {f"text, {cell} with 100 units": RunSpec.from_options(source=corpus(), cell=cell, units=100) for cell in CELLS}


def main() -> None:
    print(f"corpus {corpus()}, {TIMES} times each")
    row("seconds", "median", "fastest", "slowest", widths=WIDTHS)
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        stopped: list[float] = []
        for name, spec in specs(settings).items():
            seconds = []
            for i in range(TIMES):
                engine = LocalEngine(store, settings).start()
                time.sleep(WARM_SECONDS)
                seconds.append(_first_loss(engine, store, spec.changed(seed=i), stopped))
                engine.close()
            _print(name, seconds)
        cold = []
        for i in range(TIMES):
            engine = LocalEngine(store, settings)
            engine.spare_due = float("inf")
            cold.append(_first_loss(engine.start(), store, spec.changed(seed=i), stopped))
            engine.close()
        _print("the last one without a spare worker", cold)
        _print("stop", stopped)


def _print(name: str, seconds: list[float]) -> None:
    row(name, *(f"{f(seconds):.2f}" for f in (statistics.median, min, max)), widths=WIDTHS)


def _first_loss(engine: LocalEngine, store: Store, spec: RunSpec, stopped: list[float]) -> float:
    """Seconds until the first loss of a run, which is then stopped; the seconds until it has stopped are added to `stopped`."""
    start = time.perf_counter()
    run = submit(spec, store, engine.settings)
    engine.wake()
    while not store.events.curve(run, "loss"):
        time.sleep(0.002)
    seconds = time.perf_counter() - start
    time.sleep(1)
    stop_requested = time.time()
    store.lifecycle.stop(run)
    engine.wake()
    while store.runs.get(run).active:
        time.sleep(0.002)
    stopped.append(store.runs.get(run).ended - stop_requested)
    return seconds


if __name__ == "__main__":
    main()
