"""The cost of turns: several people train at once on this machine's slots, in turns or one after the other.

    python -m benchmarks.turns [--people 8] [--seconds 120]

Each person trains a GRU 128 that would take longer than the measurement. The table shows the steps of all
runs together, and when people saw a first loss; without turns a run keeps its slot, and most people see nothing.
"""

import argparse
import time
from dataclasses import replace

from benchmarks import corpus, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine, kill_tree
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.queue import Queue
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit

WARM_SECONDS = 20.0  # for the workers to import TensorFlow
WIDTHS = (28, 12, 16, 22)


class NoTurns(Queue):
    """A queue in which a run keeps its slot."""

    def ask_to_yield(self, rules: Rules) -> list[str]:
        return []


def measure(people: int, seconds: float, queue: type[Queue]) -> tuple[int, list[float]]:
    """(steps of all runs, seconds until each first loss)."""
    with scratch_home():
        settings = replace(settings_of.load(), class_mode=True)
        store = Store.of(settings)
        store.queue = queue(store.database)
        engine = LocalEngine(store, settings).start()
        time.sleep(WARM_SECONDS)
        start, first = time.monotonic(), {}
        spec = RunSpec.from_options(source=corpus(), cell="gru", units=128, epochs=1000)
        for person in range(people):
            submit(replace(spec, seed=person), store, settings, owner=f"person {person}")
        while time.monotonic() - start < seconds:
            for run in store.runs.newest():
                if run.step:
                    first.setdefault(run.id, time.monotonic() - start)
            time.sleep(0.1)
        steps = sum(run.step for run in store.runs.newest())
        engine.halt()
        for worker in engine.workers:
            kill_tree(worker.pid)
        return steps, sorted(first.values())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    print(f"{options.people} people, {options.seconds:.0f} s, corpus {corpus()}")
    row("", "steps", "saw a loss", "the last of them, s", widths=WIDTHS)
    steps = {}
    for name, queue in (("one after the other", NoTurns), ("in turns", Queue)):
        steps[name], first = measure(options.people, options.seconds, queue)
        row(name, steps[name], f"{len(first)} of {options.people}", f"{first[-1]:.0f}", widths=WIDTHS)
    without_turns, with_turns = steps.values()
    print(f"with turns {with_turns / without_turns:.0%} of the steps")


if __name__ == "__main__":
    main()
