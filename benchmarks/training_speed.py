"""The product's training, from a queued run in a real worker to events in the store, beside a bare `model.fit`.

    python -m benchmarks.training_speed

The same network on the same windows with carried state, the same threads, validation after every epoch in both. Speed is
taken from the end of the first epoch to the end of the last, so that compiling counts for neither. Each is a process of
its own; they take turns, and the median of three turns counts.
"""

import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks import corpus, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.runs.engine import LocalEngine
from rnn_core.runs.records import FINISHED
from rnn_core.runs.store import Store
from rnn_core.runs.submit import submit
from rnn_core.runs.worker import environment
from rnn_core.spec import RunSpec

EPOCHS, TURNS = 3, 3
WIDTHS = (12, 7, 14, 14, 8)


def product(spec: RunSpec) -> float:
    """Steps a second."""
    settings = settings_of.load()
    store = Store.of(settings)
    run = submit(spec, store, settings)
    engine = LocalEngine(store, settings, only=run).start()
    while store.get(run).active:
        time.sleep(0.2)
    engine.close()
    assert store.get(run).state == FINISHED, store.get(run)
    ends = store.curve(run, "val_loss")
    return (ends[-1].step - ends[0].step) / (ends[-1].seconds - ends[0].seconds)


def bare(spec: RunSpec) -> float:
    """Steps a second of `model.fit`, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.training_speed", "bare", spec.to_json()]
    done = subprocess.run(
        command, env={**os.environ, **environment(settings_of.load())}, capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


def fit(spec: RunSpec) -> None:
    import keras
    import numpy as np
    from keras import layers

    from rnn_core.data import corpora
    from rnn_core.tasks.text import TextTask

    task = TextTask(spec, corpora.load(spec.data.corpus, "auto", settings_of.load()).text)
    classes, layer, streams = len(task.vocabulary), spec.model.layers[0], task.split.streams
    length = spec.data.sequence_length
    cell = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[layer.cell]
    ids = keras.Input(batch_shape=(streams, None), dtype="int32")
    x = layers.Embedding(classes, spec.model.embedding)(ids)
    x = cell(layer.units, return_sequences=True, stateful=True)(x)
    model = keras.Model(ids, layers.Dense(classes)(x))
    rate = keras.optimizers.schedules.CosineDecay(spec.training.learning_rate, task.steps * EPOCHS, alpha=0.02)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=spec.training.clip_norm), loss, jit_compile=False)

    def windows(batches):
        whole = [(x, y) for x, y in batches if x.shape == (streams, length)]
        return np.concatenate([x for x, _ in whole]), np.concatenate([y for _, y in whole])

    x, y = windows(task.training(0))
    ends = []
    model.fit(
        x, y, batch_size=streams, epochs=EPOCHS, shuffle=False, verbose=0, validation_batch_size=streams,
        validation_data=windows(task.validation()),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))],
    )  # fmt: skip
    print((EPOCHS - 1) * (len(x) // streams) / (ends[-1] - ends[0]))


def main() -> None:
    with scratch_home():
        print(f"corpus {corpus()}, {settings_of.load().threads_per_run} threads, medians of {TURNS}")
        row("cell", "units", "product", "model.fit", "ratio", widths=WIDTHS)
        row("", "", "steps/s", "steps/s", "", widths=WIDTHS)
        for cell in ("rnn", "gru", "lstm"):
            for units in (128, 256):
                spec = RunSpec.from_knobs(corpus=corpus(), cell=cell, units=units, epochs=EPOCHS)
                pairs = [(product(spec), bare(spec)) for _ in range(TURNS)]
                ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
                row(cell, units, f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f}", widths=WIDTHS)


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        fit(RunSpec.from_json(json.loads(sys.argv[2])))
    else:
        main()
