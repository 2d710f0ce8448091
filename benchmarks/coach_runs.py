"""The runs on which the coach is measured: small ones on bundled data, each beside its cure.

`python -m benchmarks.coach --record` trains them and writes `tests/lessons/coach_runs.jsonl`: one run a line, with thinned curves. A kind is
meant by construction (a rate far too high, few examples for many epochs, ...), and holds where training confirms it: the cure lowers the
best validation loss of a run in trouble, and twice the epochs do not lower that of a healthy one.
"""

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnn_core import settings as settings_of
from rnn_core.lessons.cures import CURES, DIVERGES, FALLING, FLAT, OVERFITS
from rnn_core.run_spec import RunSpec
from rnn_core.spec.training import usual_rate
from rnn_core.tasks.task import task_of
from rnn_core.training.protocol import Command

FILE = Path(__file__).parents[1] / "tests" / "lessons" / "coach_runs.jsonl"
HEALTHY = "healthy"
_VARIANTS = 6  # of a kind; further runs have the same ones with other cells and seeds
_POINTS = 40  # of a curve
_TEXTS = {"little": 8_000, "short": 24_000}  # characters of the Python reference, as files in RNN_DATA_DIR
_CELLS = ("gru", "lstm", "rnn")

# By task: what all its runs have, what makes it overfit, and the epochs after which it has settled.
_BASES = {
    "text": {"source": "short", "units": 32, "embedding": 16, "sequence_length": 16, "batch_size": 32},
    "digits": {"source": "digits-8x8", "units": 24, "batch_size": 64},
    "reviews": {"source": "review-language", "units": 16, "embedding": 16, "length": 20, "batch_size": 32, "examples": 1000},
    "series": {"source": "weather", "units": 16, "window": 12, "batch_size": 32},
}  # fmt: skip
_SMALL = {
    "text": {"source": "little", "units": 96, "epochs": 30, "batch_size": 16, "learning_rate": 0.008},
    "digits": {"examples": 100, "units": 64, "epochs": 50, "batch_size": 16, "learning_rate": 0.01},
    "reviews": {"examples": 500, "units": 32, "epochs": 10, "batch_size": 32, "learning_rate": 0.01},
    "series": {"units": 64, "epochs": 24, "inputs": "all", "calendar": True},
}
_SETTLED = {
    "text": {"epochs": 24, "learning_rate": 0.012}, "digits": {"epochs": 20, "batch_size": 32, "learning_rate": 0.008},
    "reviews": {"epochs": 12, "examples": 2000}, "series": {"epochs": 12},
}  # fmt: skip
_LONGER = {  # than it takes: for the second half of the healthy ones
    "text": {"epochs": 36, "learning_rate": 0.015, "batch_size": 16}, "digits": {"epochs": 24, "batch_size": 32, "learning_rate": 0.01},
    "reviews": {"epochs": 16, "examples": 4000, "learning_rate": 0.008}, "series": {"epochs": 16},
}  # fmt: skip
_SHORT = {"text": 3, "digits": 3, "reviews": 2, "series": 2}
_EACH = {DIVERGES: 9, OVERFITS: 12, FLAT: 10, FALLING: 8, HEALTHY: 13}  # runs of a kind and a task
_HELD_OUT = 2  # the last of them: none of the thresholds of the coach was chosen on these


@dataclass(frozen=True)
class Planned:
    kind: str
    spec: RunSpec
    cure: dict[str, Any]
    held_out: bool


def planned() -> Iterator[Planned]:
    """All runs; their options follow from their number, so that every recording trains the same ones."""
    for task, base in _BASES.items():
        for kind, count in _EACH.items():
            for i in range(count):
                cell = {"cell": _CELLS[(i + i // _VARIANTS) % len(_CELLS)]}
                spec = RunSpec.from_options(task, **{**base, **cell, **_options(kind, task, i), "seed": i + 1})
                yield Planned(kind, spec, CURES[FALLING if kind == HEALTHY else kind](spec), i >= count - _HELD_OUT)


def _options(kind: str, task: str, i: int) -> dict[str, Any]:
    """What makes a run be of its kind: one of several variants."""
    usual, settled, short = usual_rate("adam"), (_LONGER if i >= _VARIANTS else _SETTLED)[task], _SHORT[task]
    half, rate, constant = _SETTLED[task]["epochs"] // 2, settled.get("learning_rate", usual), {"schedule": "constant"}
    variants = {
        DIVERGES: (  # no limit on gradients, or a rate that no limit helps
            {"clip_norm": 0.0, "optimizer": "sgd", "learning_rate": 40.0, **constant},
            {"activation": "relu", "clip_norm": 0.0, "learning_rate": 0.05},
            {"learning_rate": 2.0, **constant},
            {"clip_norm": 0.0, "learning_rate": 1.0, "optimizer": "rmsprop"},
            {"activation": "relu", "clip_norm": 0.0, "optimizer": "sgd", "learning_rate": 3.0},
            {"learning_rate": 1.0, "clip_norm": 100.0},
        ),
        OVERFITS: ({}, constant, {"learning_rate": usual / 2}, {"dropout": 0.1}, {**constant, "learning_rate": usual / 2}, {"optimizer": "rmsprop"}),
        FLAT: (  # steps too large to settle, or too small to get anywhere
            {"learning_rate": 100 * usual, **constant},
            {"learning_rate": usual / 500},
            {"learning_rate": 60 * usual, **constant},
            {"learning_rate": usual / 1000, **constant},
            {"learning_rate": 150 * usual},
            {"learning_rate": 0.002, "optimizer": "sgd"},
        ),
        FALLING: ({}, {"learning_rate": usual / 2}, constant, {"learning_rate": usual / 20, **constant}, {"epochs": 2 * short}, {"epochs": 3 * short, "learning_rate": usual / 4}),
        HEALTHY: ({}, {"dropout": 0.1}, {"epochs": 3 * half}, {"batch_size": 16}, {**constant, "learning_rate": rate / 2}, {"optimizer": "rmsprop"}),
    }  # fmt: skip
    common = {
        DIVERGES: {"epochs": half},
        OVERFITS: _SMALL[task],
        FLAT: {"epochs": half},
        FALLING: {"epochs": short},
        HEALTHY: settled,
    }
    changes = variants[kind][i % _VARIANTS]
    if kind == HEALTHY and i >= _VARIANTS:
        changes = {name: value for name, value in changes.items() if name not in ("epochs", "batch_size")}
    return {**common[kind], **changes}


class _Curves:
    """A listener that keeps the losses."""

    def __init__(self):
        self.training: list[tuple[float, float]] = []
        self.validation: list[tuple[float, float]] = []

    def step(self, step, epoch, values, learning_rate) -> None:
        if math.isfinite(values["loss"]):
            self.training.append((epoch, values["loss"]))

    def epoch(self, step, epoch, values, best_epoch) -> None:
        if "val_loss" in values:
            self.validation.append((float(epoch), values["val_loss"]))

    def snapshot(self, *_) -> None: ...
    def test_result(self, *_) -> None: ...
    def command(self) -> Command:
        return Command()


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `_POINTS` means of neighbouring points, each at the epoch of its last one; four digits."""
    parts = np.array_split(np.array(points).reshape(-1, 2), min(_POINTS, len(points)) or 1)
    return [(round(float(part[-1, 0]), 2), float(f"{part[:, 1].mean():.4g}")) for part in parts if len(part)]


def _train(spec: RunSpec, trainers) -> dict[str, Any]:
    """Curves, the best and the last validation loss, and how it ended."""
    from rnn_core.training.loop import Diverged, Training
    from rnn_core.training.trainer import execution_here

    dataset = task_of(spec.task).dataset(spec, None, settings_of.load(), False)
    trainer = trainers.get(spec, dataset.model_io, execution_here(spec.model, threads=1))
    training, curves, message = Training(spec, dataset, test_at_end=False, trainer=trainer), _Curves(), ""
    try:
        training.run(curves)
    except Diverged as error:
        message = str(error)
    return {
        "training": _thinned(curves.training), "validation": _thinned(curves.validation), "message": message,
        "guessing": round(dataset.model_io.output.guessing_loss, 4),
        "best": _rounded(min((value for _, value in curves.validation), default=None)),
        "last": _rounded(curves.validation[-1][1] if curves.validation else None),
    }  # fmt: skip


@contextmanager
def trainer() -> Iterator[Callable[[RunSpec], dict[str, Any]]]:
    """A function that trains a spec, with the texts of these runs in RNN_DATA_DIR."""
    from rnn_core.tasks.text import corpora
    from rnn_core.training.trainer import Trainers

    os.environ.pop("RNN_DATA_DIR", None)
    reference = corpora.read("python-reference", settings_of.load()).decode()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RNN_DATA_DIR"] = folder
        for name, length in _TEXTS.items():
            (Path(folder) / f"{name}.txt").write_text(reference[:length], encoding="utf-8")
        yield partial(_train, trainers=Trainers())
    os.environ.pop("RNN_DATA_DIR")


def record() -> None:
    """Train all runs that are not in the file yet, each beside its cure, and add them."""
    with trainer() as train:
        for plan in sorted(planned(), key=lambda plan: plan.spec.seed):  # a few of each kind first
            if any((run["spec"], run["cure"]) == (plan.spec.to_short(), plan.cure) for run in recorded()):
                continue
            run, cured = train(plan.spec), train(plan.spec.changed(**plan.cure))
            line = {
                "kind": plan.kind,
                "spec": plan.spec.to_short(),
                "cure": plan.cure,
                **run,
                "cured": {"best": cured["best"], "last": cured["last"]},
            }
            write([*recorded(), line])
            print(
                f"{plan.kind}, {plan.spec.task} {plan.spec.seed}: {run['best']}; cured {cured['best']}. {run['message'][:60]}",
                flush=True,
            )


def write(runs: list[dict[str, Any]]) -> None:
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("".join(json.dumps(run, separators=(",", ":")) + "\n" for run in runs), encoding="utf-8")


def recorded() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()] if FILE.exists() else []
