"""Time to read a store with 1,000 runs of 10,000 points each: when a page opens, and on each tick.

python -m benchmarks.store
"""

import random
import statistics
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import FINISHED, Point
from rnn_core.runs.store.store import Store

RUNS, POINTS = 1000, 10_000
WIDTHS = (46, 12)


def milliseconds(action, times: int = 20) -> str:
    """The median, as text."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        durations.append(1000 * (time.perf_counter() - start))
    return f"{statistics.median(durations):.1f}"


def page(file: str):
    """A function that runs a page with its example again, as for a browser that shows it already."""
    at = AppTest.from_file(str(Path(__file__).parents[1] / "app.py"), default_timeout=60).run()
    if file != "app.py":
        at.switch_page(file).run()
    return at.run


def main() -> None:
    with scratch_home() as home:
        store, ids = Store.of(settings_of.load()), []
        start = time.perf_counter()
        curve = [Point("loss", s, s / 1000, s / 10, 2.0, 1.9, 2.1) for s in range(1, POINTS + 1)]
        for i in range(RUNS):
            ids.append(store.runs.add(RunSpec(), f"run {i}"))
            store.events.record(ids[-1], curve, [Sample(0, 0.0, "a" * 400)])
            store.lifecycle.end(ids[-1], FINISHED)
        filled = time.perf_counter() - start
        some = random.Random(0)
        print(
            f"{RUNS:,} runs of {POINTS:,} points, {(home / 'store.sqlite').stat().st_size / 1e6:,.0f} MB, filled in {filled:.0f} s"
        )
        row("", "ms", widths=WIDTHS)
        row("list of the 50 newest runs", milliseconds(lambda: store.runs.newest(limit=50)), widths=WIDTHS)
        row("list of all runs", milliseconds(lambda: store.runs.newest(limit=RUNS)), widths=WIDTHS)
        row(
            "a curve of 10,000 points in 300 buckets",
            milliseconds(lambda: store.events.curve(some.choice(ids), "loss")),
            widths=WIDTHS,
        )
        run = ids[5]
        row("a run with its samples", milliseconds(lambda: (store.runs.get(run), store.events.read(run, Sample))), widths=WIDTHS)
        row("the Home page, whole script", milliseconds(page("app.py"), times=5), widths=WIDTHS)
        row("the Text page, whole script", milliseconds(page("pages/1_text.py"), times=5), widths=WIDTHS)
        row("opening a store", milliseconds(lambda: Store(home).runs.newest(limit=50)), widths=WIDTHS)


if __name__ == "__main__":
    main()
