"""`python -m tests.export.run_scripts FOLDER ...`: run `script.py` in each folder, and write the loss of each step and of validation.

The scripts are run as they are; Keras is watched, and its progress bars are switched off.
"""

import json
import os
import sys
from pathlib import Path

import keras

_fit, _train_on_batch = keras.Model.fit, keras.Model.train_on_batch
steps: list[float] = []
validation: list[float] = []


class Watcher(keras.callbacks.Callback):
    """Keras reports the mean since the start of the epoch: the loss of a step is what it adds to the sum."""

    def on_epoch_begin(self, epoch, logs=None):
        self.sum = self.count = 0

    def on_train_batch_end(self, batch, logs):
        self.count += 1
        steps.append(self.count * logs["loss"] - self.sum)
        self.sum = self.count * logs["loss"]

    def on_epoch_end(self, epoch, logs):
        validation.extend([logs["val_loss"]] if "val_loss" in logs else [])


def fit(model, *args, callbacks=(), **more):
    return _fit(model, *args, callbacks=[*callbacks, Watcher()], verbose=0, **more)


def train_on_batch(model, *args, **more):
    steps.append(float(_train_on_batch(model, *args, **more)))
    return steps[-1]


def main(folders: list[str]) -> None:
    keras.Model.fit, keras.Model.train_on_batch = fit, train_on_batch
    for folder in folders:
        steps.clear()
        validation.clear()
        os.chdir(folder)
        names: dict = {}
        exec(compile(Path("script.py").read_text(encoding="utf-8"), "script.py", "exec"), names)
        validation.extend([float(names["val_loss"])] if "val_loss" in names else [])
        table = [[layer.__class__.__name__, list(layer.output.shape), layer.count_params()] for layer in names["model"].layers]
        Path("losses.json").write_text(json.dumps({"steps": steps, "validation": validation, "layers": table}))
        keras.utils.clear_session()


if __name__ == "__main__":
    main(sys.argv[1:])
