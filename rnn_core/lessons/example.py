"""A small finished run that comes with the project, so that there is something to look at and to play with at once.

    python -m rnn_core.lessons.example RUN

keeps a run of the store as the example: its spec, its thinned curves, its samples and its weights (as float16, which
halves the file; sampled text stays the same kind of text).
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from rnn_core import settings as settings_of
from rnn_core.forward.network import read_weights
from rnn_core.runs import learnt
from rnn_core.runs.records import FINISHED, Point, Sample
from rnn_core.runs.store import VOCABULARY, WEIGHTS, Store
from rnn_core.spec import RunSpec

ID = "example"
_FILES = Path(__file__).parent / "example"


def install(store: Store) -> None:
    """Put the example into the store unless it is there."""
    if store.has(ID):
        return
    kept = json.loads((_FILES / "run.json").read_text(encoding="utf-8"))
    folder = store.folder(ID)
    folder.mkdir(parents=True, exist_ok=True)
    learnt.save_weights(folder, {k: v.astype(np.float32) for k, v in read_weights(_FILES / WEIGHTS).items()})
    (folder / VOCABULARY).write_bytes((_FILES / VOCABULARY).read_bytes())
    spec = RunSpec.from_json(kept["spec"])
    store.add_finished(ID, spec, f"Example: {kept['title']}", kept["progress"])
    store.record(ID, [Point(**p) for p in kept["points"]], [Sample(**s) for s in kept["samples"]])


def keep(store: Store, run_id: str) -> None:
    """Write a finished run of `store` as the example of the project."""
    run = store.get(run_id)
    assert run.state == FINISHED, f"{run_id} is {run.state}; only a finished run makes a good example"
    _FILES.mkdir(exist_ok=True)
    points = [p for name in ("loss", "train_loss", "val_loss") for p in store.curve(run.id, name, 150)]
    progress = {
        name: getattr(run, name) for name in ("step", "steps", "epoch", "seconds", "rate", "items", "train_loss", "val_loss")
    }
    kept = {
        "title": run.title,
        "spec": json.loads(store.spec(run.id).to_json()),
        "progress": progress,
        "points": [{k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(p).items()} for p in points],
        "samples": [asdict(s) for s in store.samples(run.id)],
    }
    (_FILES / "run.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    weights = read_weights(store.folder(run.id) / WEIGHTS)
    np.savez_compressed(_FILES / WEIGHTS, **{k: v.astype(np.float16) for k, v in weights.items()})
    (_FILES / VOCABULARY).write_bytes((store.folder(run.id) / VOCABULARY).read_bytes())


if __name__ == "__main__":
    opened = Store.of(settings_of.load())
    keep(opened, opened.find(sys.argv[1]).id)
