"""Seconds from a click on Train (a spec is submitted) to the first loss in the store, with and without a spare worker.

python -m benchmarks.first_loss
"""

import statistics
import time

from benchmarks import corpus, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit

TIMES = 10
WARM_SECONDS = 15  # for the spare worker to import TensorFlow and warm up
WIDTHS = (24, 10, 10, 10)


def main() -> None:
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        stopped: list[float] = []
        engine, spare, cold = LocalEngine(store, settings).start(), [], []
        for i in range(TIMES):
            time.sleep(WARM_SECONDS)
            spare.append(_first_loss(engine, store, i, stopped))
        engine.close()
        for i in range(TIMES, 2 * TIMES):
            engine = LocalEngine(store, settings)
            engine.spare_due = float("inf")
            cold.append(_first_loss(engine.start(), store, i, stopped))
            engine.close()
        print(f"corpus {corpus()}, {TIMES} times each")
        row("seconds", "median", "fastest", "slowest", widths=WIDTHS)
        for name, values in (("first loss, spare waits", spare), ("first loss, no process", cold), ("stop", stopped)):
            row(name, *(f"{f(values):.2f}" for f in (statistics.median, min, max)), widths=WIDTHS)


def _first_loss(engine: LocalEngine, store: Store, seed: int, stopped: list[float]) -> float:
    """Seconds until the first loss of a run, which is then stopped; the seconds until it has stopped are added to `stopped`."""
    spec = RunSpec.from_options(source=corpus(), cell=list(CELLS)[seed % 3], seed=seed)
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
