"""How cost grows with units, timesteps, the size of a text and the number of runs: a table, and plots for docs/benchmarks.md.

pip install -r benchmarks/requirements.txt
python -m benchmarks.growth [--write]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import altair as alt
import pandas as pd

from benchmarks import row, scratch_home
from benchmarks.store import milliseconds, page
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.worker import environment
from rnn_core.runs.store.rows import FINISHED, Point
from rnn_core.runs.store.store import Store
from rnn_core.tasks.task import task_of
from rnn_core.training.execution import use_onednn

UNITS, TIMESTEPS = (32, 64, 128, 256, 512, 1024), (25, 50, 100, 200, 400, 800)
MEGABYTES, RUNS, POINTS = (0.1, 1, 10, 100), (10, 50, 200, 1000, 5000), 500
OUT = Path(__file__).parents[1] / "docs" / "growth.svg"
WIDTHS = (16, 16, 10, 10)
ROWS = {  # plot: (x axis, y axis)
    "units": ("Units", "ms a step"),
    "timesteps": ("Timesteps", "ms a step, 128 units"),
    "reading": ("Text, MB", "s to read"),
    "memory": ("Text, MB", "MB of memory"),
    "runs": ("Runs in the store", "ms to draw"),
}

Measured = tuple[str, str, float, float]  # plot, line, x, y


def training() -> Iterator[Measured]:
    """In a worker's environment: batches of 64 sequences, 64 timesteps unless said otherwise."""
    from benchmarks.step_time import measure

    for cell, label in (("rnn", "SimpleRNN"), ("gru", "GRU"), ("lstm", "LSTM")):
        for units in UNITS:
            yield "units", label, units, 1000 * measure(cell, units, 64, 64, 65, 1)
        for timesteps in TIMESTEPS:
            yield "timesteps", label, timesteps, 1000 * measure(cell, 128, 64, timesteps, 65, 1)


def reading(folder: str, megabytes: str) -> Iterator[Measured]:
    """In a process without TensorFlow: what a run needs to check and to read a text."""
    import resource

    text = "".join(chr(32 + i * i % 91) for i in range(100_003))
    (Path(folder) / "long.txt").write_text((text * (1 + int(float(megabytes) * 10)))[: int(float(megabytes) * 1e6)])
    settings, task = settings_of.load({**os.environ, "RNN_DATA_DIR": folder}), task_of("text")
    spec = RunSpec.from_options(source="long")
    start = time.perf_counter()
    task.check_data(spec, settings)
    task.dataset(spec, None, settings, False)
    yield "reading", "text", float(megabytes), time.perf_counter() - start
    yield "memory", "text", float(megabytes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def runs() -> Iterator[Measured]:
    """Runs with as many points as a run of a minute."""
    curve = [Point("loss", s, s / 1000, s / 10, 2.0, 1.9, 2.1) for s in range(1, POINTS + 1)]
    with scratch_home():
        store, made = Store.of(settings_of.load()), 0
        for count in RUNS:
            for made in range(made, count):  # noqa: B020
                run = store.runs.add(RunSpec(), f"run {made}")
                store.events.record(run, curve)
                store.lifecycle.end(run, FINISHED)
            made = count
            for name, file in (("Home", "app.py"), ("Text", "pages/1_text.py"), ("Runs", "pages/9_runs.py")):
                yield "runs", name, count, float(milliseconds(page(file), times=5))


def in_a_process(name: str, *given: str) -> list[Measured]:
    settings = settings_of.load()
    ours = environment(settings.threads_per_run, use_onednn(settings.onednn)) if name == "training" else {}
    command = [sys.executable, "-m", "benchmarks.growth", "--one", name, *given]
    done = subprocess.run(command, env={**os.environ, **ours}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def plots(measured: list[Measured]) -> alt.VConcatChart:
    table = pd.DataFrame(measured, columns=["plot", "line", "x", "y"])

    def plot(name: str) -> alt.Chart:
        x, y = ROWS[name]
        log, rows = alt.Scale(type="log", nice=False), table[table["plot"] == name]
        axis = alt.Axis(values=sorted(rows["x"].unique()), format=",~g", grid=False)
        return (
            alt.Chart(rows, width=260, height=200)
            .mark_line(point=True)
            .encode(
                alt.X("x:Q", title=x, scale=log, axis=axis),
                alt.Y("y:Q", title=y, scale=alt.Scale(type="log"), axis=alt.Axis(tickCount=5)),
                alt.Color("line:N", title=None, legend=None if name in ("reading", "memory") else alt.Legend(orient="top")),
            )
        )

    first, second = [plot("units"), plot("timesteps"), plot("runs")], [plot("reading"), plot("memory")]
    return alt.vconcat(*(alt.hconcat(*line).resolve_scale(color="independent") for line in (first, second)), background="white")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write the plots to docs/{OUT.name}")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        name, *given = chosen.one
        print(json.dumps(list({"training": training, "reading": reading, "runs": runs}[name](*given))))
        return
    measured = in_a_process("training")
    for megabytes in MEGABYTES:
        with TemporaryDirectory() as folder:
            measured += in_a_process("reading", folder, str(megabytes))
    measured += in_a_process("runs")
    row("what grows", "line", "x", "y", widths=WIDTHS)
    for plot, line, x, y in measured:
        row(plot, line, f"{x:g}", f"{y:.3g}", widths=WIDTHS)
    if chosen.write:
        plots(measured).save(OUT)


if __name__ == "__main__":
    main()
