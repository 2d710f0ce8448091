"""From the click on Train (a spec is submitted) to the first loss in the store, with a warm spare worker.

python -m benchmarks.first_loss
"""

import statistics
import time

from benchmarks import corpus, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.runs.engine import LocalEngine
from rnn_core.runs.store import Store
from rnn_core.runs.submit import submit
from rnn_core.spec import CELLS, RunSpec

TIMES = 10
WARM_SECONDS = 15  # for the spare to import TensorFlow and take a step of each cell
WIDTHS = (8, 10, 10, 10)


def main() -> None:
    with scratch_home():
        settings = settings_of.load()
        store = Store.of(settings)
        engine = LocalEngine(store, settings).start()
        first, stopped = [], []
        for i in range(TIMES):
            time.sleep(WARM_SECONDS)
            spec = RunSpec.from_knobs(corpus=corpus(), cell=list(CELLS)[i % 3], seed=i)
            began = time.perf_counter()
            run = submit(spec, store, settings)
            engine.wake()
            while not store.curve(run, "loss"):
                time.sleep(0.002)
            first.append(time.perf_counter() - began)
            time.sleep(1)
            asked = time.time()
            store.stop(run)
            engine.wake()
            while store.get(run).active:
                time.sleep(0.002)
            stopped.append(store.get(run).ended - asked)
        engine.close()
        print(f"corpus {corpus()}, {TIMES} times")
        row("seconds", "median", "fastest", "slowest", widths=WIDTHS)
        for name, values in (("first", first), ("stop", stopped)):
            row(name, *(f"{f(values):.2f}" for f in (statistics.median, min, max)), widths=WIDTHS)


if __name__ == "__main__":
    main()
