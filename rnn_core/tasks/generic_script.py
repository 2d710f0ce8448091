"""The script of tasks without their own: all examples as arrays in one file."""

from pathlib import Path
from typing import Any

import numpy as np

from rnn_core.errors import UserError
from rnn_core.tasks.examples import ArraysDataset
from rnn_core.tasks.script import ScriptData, TaskScript, npz

_OTHER_ORDER = "RNN Lab reads the batches in another order, so losses differ a little."


def generic_script(task: Any) -> TaskScript:
    """For a `Task` whose batches have one shape."""

    def data(spec: Any, settings: Any, folder: Path | None) -> ScriptData:
        dataset = task.dataset(spec, folder, settings, False)
        parts = [name for name, size in _sizes(task, dataset).items() if size]
        lines = [f'x_{name}, y_{name} = data["x_{name}"], data["y_{name}"]' for name in parts]
        notes = (_OTHER_ORDER,) if not isinstance(dataset, ArraysDataset) else ()
        return ScriptData(
            dataset.model_io, f"{task.name}.npz", "\n".join([f'data = np.load("{task.name}.npz")', *lines]), dataset.batch,
            validates="val" in parts, tests="test" in parts, notes=notes,
        )  # fmt: skip

    def content(spec: Any, settings: Any, folder: Path | None) -> bytes:
        return npz(_arrays(task, task.dataset(spec, folder, settings, False)))

    return TaskScript(data, content)


def _sizes(task: Any, dataset: Any) -> dict[str, int]:
    """How many examples train, val and test have. Raises `UserError` for batches that cannot be joined."""
    if isinstance(dataset, ArraysDataset):
        return dataset.sizes()
    arrays = _arrays(task, dataset)
    return {name: len(arrays[f"y_{name}"]) for name in ("train", "val", "test")}


def _arrays(task: Any, dataset: Any) -> dict[str, np.ndarray]:
    """x_train, y_train, x_val, y_val, x_test and y_test. Raises `UserError` for batches that cannot be joined."""
    if isinstance(dataset, ArraysDataset):
        return dataset.arrays()
    model_io, arrays = dataset.model_io, {}
    for name, batches in (("train", dataset.training(0)), ("val", dataset.validation()), ("test", dataset.test())):
        pieces = list(batches)
        if model_io.carries_state or len({x.shape[1:] for x, _ in pieces}) > 1:
            raise UserError(f"There is no Keras script for {task.name}: its inputs differ in length, or it carries its state.")
        for i, which in enumerate("xy"):
            arrays[f"{which}_{name}"] = np.concatenate([piece[i] for piece in pieces]) if pieces else np.empty(0)
    return arrays
