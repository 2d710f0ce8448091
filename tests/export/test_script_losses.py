"""The scripts train as the product does: without dropout with the same losses, with dropout to a similar validation loss.

The product computes with one part here, as Keras does.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn_core.export.notebook import notebook
from rnn_core.export.script import Script, content_of, script
from rnn_core.run_spec import RunSpec
from rnn_core.settings import PROJECT
from rnn_core.tasks.task import task_names, task_of
from rnn_core.training.loop import Training
from tests.conftest import COUNTING, TINY_OPTIONS, one_task, tiny_spec
from tests.training.test_loop import RecordingListener

STEPS = 100
MORE = {  # of each task, beside its presets: other ways to read the data, and other options of training
    "text": [{"vocabulary": 15, "epochs": 3, "optimizer": "sgd", "learning_rate": 0.1}, {"patience": 2, "epochs": 4, "learning_rate": 0.02}],
    "digits": [
        {"reading": "columns", "backwards": True, "shuffled": True, "optimizer": "rmsprop"},
        {"bidirectional": True, "pooling": "max", "layers": 2},
    ],
    "reviews": [
        {"pooling": "max", "bidirectional": True, "padding": "after"}, {"pooling": "mean", "masking": False, "vocabulary": 12},
    ],
    "series": [
        {"source": "weather", "inputs": "all", "calendar": True, "loss": "huber", "horizon": 3}, {"source": "indices", "differences": True, "horizon": 2},
        {"patience": 1, "epochs": 4, "learning_rate": 0.3, "schedule": "constant"},
    ],
}  # fmt: skip


def small(spec: RunSpec) -> RunSpec:
    """The spec on little data with a small network: some 100 steps."""
    tiny = TINY_OPTIONS[spec.task]
    layers = [{**vars(layer), "units": 12} for layer in spec.model.layers]
    kept = {name: value for name, value in tiny.items() if name not in ("units", "epochs", "batch_size")}
    flat = {name: value for name, value in spec.flat().items() if name not in layers[0]}
    if spec.data.source == "four-sentences":
        kept = {}
    if not spec.training.clip_norm:  # a gradient that explodes amplifies rounding
        kept["learning_rate"] = 0.03
    if spec.data.source in ("indices", "sine"):
        kept.pop("source")
    return RunSpec.from_options(
        spec.task, layers=layers, dense=[vars(dense) for dense in spec.model.dense],
        **{**flat, "epochs": 3, "batch_size": 43 if spec.task == "series" else 8, **kept},
    )  # fmt: skip


def specs_of(task: str) -> list[RunSpec]:
    presets = [RunSpec.from_options(task, **preset.options) for preset in task_of(task).presets.values()]
    return list(dict.fromkeys([*map(small, presets), *(tiny_spec(task, **{"epochs": 3, **more}) for more in MORE.get(task, []))]))


def distinct(specs: list[RunSpec], settings) -> list[RunSpec]:
    """Of specs whose scripts differ in numbers, cells and comments alone, the first."""
    found = {}
    for spec in specs:
        code = re.sub(r"(?s)\"\"\".*?\"\"\"|(?-s:#.*)", "", script(spec, settings).source)
        found.setdefault(re.sub("SimpleRNN|LSTM|GRU", "", re.sub(r"[\d._]+", "0", code)), spec)
    return list(found.values())


def has_dropout(spec: RunSpec) -> bool:
    return any(layer.dropout or layer.recurrent_dropout for layer in spec.model.layers) or any(
        dense.dropout for dense in spec.model.dense
    )


def cells_of(made: Script) -> str:
    """The code of the cells of a script's notebook, in their order."""
    cells = json.loads(notebook(made))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def run_scripts(specs: list[RunSpec], settings, folder: Path, code=lambda made: made.source) -> list[dict]:
    """What the scripts of these specs lost, each in a folder with its data file."""
    folders = []
    for i, spec in enumerate(specs):
        folders.append(folder / str(i))
        folders[-1].mkdir()
        made = script(spec, settings)
        (folders[-1] / "script.py").write_text(code(made), encoding="utf-8")
        (folders[-1] / made.file).write_bytes(content_of(spec, settings))
    command = [sys.executable, "-m", "tests.export.run_scripts", *map(str, folders)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads((folder / "losses.json").read_text()) for folder in folders]


@pytest.mark.slow
@pytest.mark.parametrize("task", [*task_names(), "counting"])
def test_a_script_trains_as_the_product_does(data_dir, settings, tmp_path, monkeypatch, in_this_process, task):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    specs = distinct(specs_of(task), settings)
    for spec, lost in zip(specs, run_scripts(specs, settings, tmp_path), strict=True):
        listener = RecordingListener()
        Training(spec, task_of(task).dataset(spec, None, settings, False)).run(listener)
        assert len(lost["steps"]) == len(listener.losses), spec.to_json()
        if not has_dropout(spec):
            np.testing.assert_allclose(lost["steps"][:STEPS], listener.losses[:STEPS], atol=1e-3, err_msg=spec.to_json())
        if lost["validation"]:
            assert lost["validation"][-1] == pytest.approx(listener.epochs[-1][3], rel=0.05 if has_dropout(spec) else 0.02), (
                spec.to_json()
            )
        table = [[type_of(row.name), [None, *row.shape], row.parameters] for row in script(spec, settings).layers]
        printed = [
            [name, [None, *shape[1:]], count] for name, shape, count in lost["layers"]
        ]  # with the batch of a stateful network
        assert table == printed, "the summary is not that of Keras"


@pytest.mark.slow
@one_task("text")
def test_the_cells_of_a_notebook_run_in_their_order(data_dir, settings, tmp_path, in_this_process, task):
    spec = tiny_spec(task, epochs=1)
    (lost,) = run_scripts([spec], settings, tmp_path, cells_of)
    assert np.isfinite(lost["steps"]).all() and len(lost["steps"]) == 32 and lost["validation"]


def type_of(name: str) -> str:
    """Of `Bidirectional(LSTM(64))`, Bidirectional."""
    return name.split("(")[0]
