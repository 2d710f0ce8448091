"""The speed of training here, from a queued run in a real worker to events in the store, compared with a bare `model.fit`.

    python -m benchmarks.training_speed [text] [digits] [reviews]

Both train the same network on the same data with the same cores, and validate after every epoch. Speed is measured from the end of the
first epoch to the end of the last: compiling does not count. Each runs in a separate process; they alternate, and the median of three
times counts. Text carries its state (`stateful=True` in Keras). Reviews are padded to their full length for `model.fit`; this program
reads masked ones in batches of similar length, and unmasked ones in full length, too.
"""

import json
import statistics
import subprocess
import sys
import time

from benchmarks import corpus, row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks import sources
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.task import task_names, task_of

EPOCHS, TURNS = 3, 3
WIDTHS = (34, 14, 14, 8)


def grid(task: str) -> dict[str, RunSpec]:
    """The measured specs by name."""
    settings = settings_of.load()
    if task == "text":
        cells = [(cell, units) for cell in ("rnn", "gru", "lstm") for units in (128, 256)]
        return {f"{c} {u}": RunSpec.from_options("text", source=corpus(), cell=c, units=u, epochs=EPOCHS) for c, u in cells}
    some = {"digits": 20_000, "reviews": 6_000}[task]  # examples: enough for a steady speed
    common = {"source": sources.default(task, settings), "epochs": EPOCHS, "learning_rate": 0.001, "examples": some}
    if task == "digits":
        course = [{"cell": "lstm", "units": 128}] * 2
        return {
            "GRU 64, batch 256": RunSpec.from_options(task, units=64, batch_size=256, **common),
            "2 × LSTM 128, batch 32": RunSpec.from_options(task, layers=course, batch_size=32, **common),
            "2 × LSTM 128, batch 128": RunSpec.from_options(task, layers=course, batch_size=128, **common),
        }
    both = {"cell": "lstm", "units": 64, "bidirectional": True, **common}
    return {
        "BiLSTM 64, masked": RunSpec.from_options(task, **both),
        "GRU 128, masked": RunSpec.from_options(task, cell="gru", units=128, **common),
        "GRU 128, unmasked": RunSpec.from_options(task, cell="gru", units=128, masking=False, **common),
    }


def product(spec: RunSpec) -> float:
    """Items/s of this program."""
    settings = settings_of.load()
    store = Store.of(settings)
    run = submit(spec, store, settings)
    engine = LocalEngine(store, settings, only=run).start()
    while store.runs.get(run).active:
        time.sleep(0.2)
    engine.close()
    assert store.runs.get(run).state == FINISHED, store.runs.get(run)
    ends = store.events.curve(run, "val_loss")
    return store.runs.get(run).items * (ends[-1].step - ends[0].step) / (ends[-1].seconds - ends[0].seconds)


def bare(spec: RunSpec) -> float:
    """Items/s of `model.fit`, in a separate process."""
    command = [sys.executable, "-m", "benchmarks.training_speed", "bare", spec.to_json()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def fit(spec: RunSpec) -> None:
    import keras

    model, loss, (x, y), validation, batch, items = model_and_arrays(spec)
    t = spec.training
    rate = keras.optimizers.schedules.CosineDecay(t.learning_rate, len(x) // batch * EPOCHS, alpha=0.02)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=t.clip_norm), loss, jit_compile=False)
    ends = []
    model.fit(
        x, y, batch_size=batch, epochs=EPOCHS, shuffle=spec.task != "text", verbose=0, validation_data=validation,
        validation_batch_size=batch if spec.task == "text" else 1000 if spec.task == "digits" else 128,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))],
    )  # fmt: skip
    print((EPOCHS - 1) * (len(x) // batch) * items / (ends[-1] - ends[0]))


def model_and_arrays(spec: RunSpec) -> tuple:
    """(model, loss, training arrays, validation arrays, batch, items in a step) as in Keras' examples."""
    return {"text": _text, "digits": _digits, "reviews": _reviews}[spec.task](spec)


def _text(spec: RunSpec):
    import keras
    import numpy as np
    from keras import layers

    from rnn_core.tasks.text import corpora
    from rnn_core.tasks.text.dataset import TextDataset

    task = TextDataset(spec, corpora.load(spec.data.source, "auto", settings_of.load()).text)
    streams, length = task.split.streams, spec.data.sequence_length
    ids = keras.Input(batch_shape=(streams, None), dtype="int32")
    x = layers.Embedding(len(task.vocabulary.tokens), spec.model.embedding)(ids)
    model = keras.Model(ids, layers.Dense(len(task.vocabulary.tokens))(_stack(spec, x, sequences=True, stateful=True)))

    def windows(batches):
        whole = [(x, y) for x, y in batches if x.shape == (streams, length)]
        return np.concatenate([x for x, _ in whole]), np.concatenate([y for _, y in whole])

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return model, loss, windows(task.training(0)), windows(task.validation()), streams, task.items


def _digits(spec: RunSpec):
    import keras
    from keras import layers

    from rnn_core.tasks.digits.dataset import DigitsDataset, sequences

    task = DigitsDataset(spec, digits.load(spec.data.source, settings_of.load()))
    data = task.digits
    x, y = sequences(data.train, spec.data, data.format.brightest), data.train_labels
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layers.Dense(10)(_stack(spec, inputs)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return model, loss, (x[task.train], y[task.train]), (x[task.held_out], y[task.held_out]), task.batch, task.batch


def _reviews(spec: RunSpec):
    import keras
    import numpy as np
    from keras import layers

    from rnn_core.tasks.reviews.dataset import EncodedReviews, ReviewsDataset, padded

    task = ReviewsDataset(spec, reviews.load(spec.data.source, settings_of.load()))
    encoded = EncodedReviews(task.reviews.train, task.reviews, spec.data)

    def part(which):
        return padded([encoded.ids(i) for i in which], spec.data, spec.data.length), np.asarray(task.reviews.train.labels[which])

    ids = keras.Input((spec.data.length,), dtype="int32")
    x = layers.Embedding(task.model_io.input.vocabulary, spec.model.embedding, mask_zero=spec.data.masking)(ids)
    model = keras.Model(ids, layers.Dense(1)(_stack(spec, x)))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return model, loss, part(task.train), part(task.held_out), task.batch, task.batch


def _stack(spec: RunSpec, x, sequences: bool = False, **more):
    """The recurrent layers as in Keras' examples."""
    from keras import layers

    kinds = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}
    for i, layer in enumerate(spec.model.layers):
        last = i == len(spec.model.layers) - 1
        rnn = kinds[layer.cell](layer.units, return_sequences=sequences or not last, **more)
        x = layers.Bidirectional(rnn)(x) if layer.bidirectional else rnn(x)
    return x


def main(tasks: list[str]) -> None:
    with scratch_home():
        print(f"{settings_of.load().threads_per_run} threads, medians of {TURNS}")
        for task in tasks:
            specs = grid(task)
            row(f"{task}: {next(iter(specs.values())).data.source}", "product", "model.fit", "ratio", widths=WIDTHS)
            row("", f"{task_of(task).items}/s", "", "", widths=WIDTHS)
            for name, spec in specs.items():
                pairs = [(product(spec), bare(spec)) for _ in range(TURNS)]
                ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
                row(name, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.2f}", widths=WIDTHS)


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        fit(RunSpec.from_json(json.loads(sys.argv[2])))
    else:
        main(sys.argv[1:] or list(task_names()))
