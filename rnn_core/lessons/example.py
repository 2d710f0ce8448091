"""Small finished runs that come with the project: every page has something to try before the first training.

    RNN_HOME=... RNN_DATA_DIR=... python -m rnn_core.lessons.example [RUN ...]

saves runs of the store as the examples of their tasks: spec, thinned curves, samples, probes, test predictions and weights (as float16,
which halves the file and hardly changes predictions). Without RUN, every example is trained again first: with the same settings, to record
what is measured today.
"""

import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from rnn_core import settings as settings_of
from rnn_core.data import atomic
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.kinds import KINDS, name_of
from rnn_core.runs.store.rows import FINISHED, Point, Run
from rnn_core.runs.store.store import TEST_LOGITS, WEIGHTS, Store
from rnn_core.runs.submit import submit
from rnn_core.settings import Settings
from rnn_core.spec.metrics import CLIPPED, GRADIENT_NORM
from rnn_core.tasks.task import all_tasks, task_of

_FILES = Path(__file__).parent / "example"
_PROGRESS = (
    "step",
    "steps",
    "epoch",
    "seconds",
    "steps_per_second",
    "items",
)


def run_of(task: str, store: Store) -> Run | None:
    """The task's example, if it has one."""
    run_id = task_of(task).example
    return store.runs.get(run_id) if run_id else None


def install(store: Store) -> None:
    """Add the examples to the store unless they are there."""
    for task in all_tasks():
        if task.example and not store.runs.has(task.example):
            _install(store, task.example, _FILES / task.name)


def _install(store: Store, run_id: str, files: Path) -> None:
    content = json.loads((files / "run.json").read_text(encoding="utf-8"))
    folder = store.runs.folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with np.load(files / WEIGHTS, allow_pickle=False) as weights:
        checkpoints.save(folder, {name: weights[name].astype(np.float32) for name in weights.files})
    for name in task_of(content["spec"]["task"]).run_files:
        atomic.write(folder / name, (files / name).read_bytes())
    if (files / TEST_LOGITS).exists():
        checkpoints.save_test_logits(folder, np.load(files / TEST_LOGITS))
    store.runs.add_finished(
        run_id, RunSpec.from_json(content["spec"]), f"Example: {content['title']}", content["progress"], content["metrics"]
    )
    events = [KINDS[event.pop("kind")].event(**event) for event in content["events"]]
    store.events.record(run_id, [Point(**p) for p in content["points"]], events)
    store.runs.add_results(
        run_id, **({"tested_epoch": content["progress"]["epoch"]} if content["results"] else {}) | content["results"]
    )


def save(store: Store, run_id: str) -> None:
    """Save a finished run of `store` as the example of its task."""
    run = store.runs.get(run_id)
    assert run.state == FINISHED, f"{run_id} is {run.state}; only a finished run makes a good example"
    files = _FILES / run.task
    files.mkdir(parents=True, exist_ok=True)
    names = [part + metric for metric in task_of(run.task).metrics for part in ("", "train_", "val_")] + [GRADIENT_NORM, CLIPPED]
    points = [p for name in names for p in store.events.curve(run.id, name, 150)]
    content = {
        "title": run.title,
        "spec": json.loads(store.runs.spec(run.id).to_json()),
        "progress": {name: getattr(run, name) for name in _PROGRESS},
        "metrics": run.metrics,
        "results": run.results,
        "points": [{k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(p).items()} for p in points],
        "events": [
            {"kind": name_of(type(event)), **asdict(event)}
            for event in store.events.measured(run.id)
            if event.epoch == int(event.epoch)  # others depend on how fast the machine is
        ],
    }
    atomic.write(files / "run.json", json.dumps(content, indent=1).encode())
    with atomic.writing(files / WEIGHTS) as file:
        np.savez_compressed(file, **{name: array.astype(np.float16) for name, array in checkpoints.weights(store, run.id).items()})
    for name in task_of(run.task).run_files:
        atomic.write(files / name, (store.runs.folder(run.id) / name).read_bytes())
    tested = checkpoints.test_logits(store, run.id)
    if tested is not None:
        with atomic.writing(files / TEST_LOGITS) as file:
            np.save(file, tested.astype(np.float16))


def train_again(store: Store, settings: Settings) -> list[str]:
    """Train the examples of all tasks, one after the other; returns their ids. Raises `UserError` where data is missing."""
    engine, runs = LocalEngine(store, replace(settings, slots=1)).start(), []
    for task in all_tasks():
        if task.example:
            spec = RunSpec.from_json(json.loads((_FILES / task.name / "run.json").read_text(encoding="utf-8"))["spec"])
            runs.append(submit(spec, store, settings))
            engine.wake()
            while store.runs.get(runs[-1]).active:
                time.sleep(0.2)
    engine.close()
    return runs


def main(names: list[str]) -> None:
    settings = settings_of.load()
    store = Store.of(settings)
    for run_id in [store.runs.find(name).id for name in names] or train_again(store, settings):
        save(store, run_id)


if __name__ == "__main__":
    main(sys.argv[1:])
