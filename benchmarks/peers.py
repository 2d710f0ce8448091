"""The speed of training beside PyTorch and `model.fit`, as a table for docs/benchmarks.md.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.peers [--repeat 3] [--write]

Each system trains the same network, with Adam and gradient clipping, in a separate process with all cores. The three alternate; the
median counts. This program and PyTorch read the same batches, those of this program's datasets. `model.fit` reads whole arrays as in
Keras' examples, reviews padded to 200 words, with the environment of a plain TensorFlow. Building and the first steps do not count.
PyTorch reads reviews once padded and once packed; the faster of the two counts.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import corpus
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.worker import environment
from rnn_core.spec.model_io import Tokens
from rnn_core.spec.summary import parameters
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of
from rnn_core.training.execution import use_onednn

SECONDS, WARM_SECONDS = 4.0, 1.5  # measured; before that, steps that do not count
BATCHES = 60  # different ones, again and again
SYSTEMS = ("product", "pytorch", "model.fit")
OUT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
GROWTH = """
## How cost grows

![Seconds and memory over units, timesteps, the size of a text and the number of runs](growth.svg)

Measured by `python -m benchmarks.growth --write` on two Zen 5 cores, with 64 sequences in a batch and 64 timesteps unless they grow.
"""


def grid() -> dict[str, RunSpec]:
    settings = settings_of.load()
    digits, reviews = (sources.default(task, settings) for task in ("digits", "reviews"))
    specs = {}
    for cell, label in (("rnn", "SimpleRNN"), ("gru", "GRU"), ("lstm", "LSTM")):
        for units in (128, 256, 512):
            specs[f"text, {label} {units}"] = RunSpec.from_options("text", source=corpus(), cell=cell, units=units)
    for batch in (32, 128):
        specs[f"digits, 2 × LSTM 128, batch {batch}"] = RunSpec.from_options(
            "digits", source=digits, cell="lstm", units=128, layers=2, batch_size=batch
        )
    both = {"source": reviews, "batch_size": 32, "padding": "after"}
    specs["reviews, BiLSTM 64"] = RunSpec.from_options("reviews", cell="lstm", units=64, bidirectional=True, **both)
    specs["reviews, GRU 128"] = RunSpec.from_options("reviews", cell="gru", units=128, **both)
    return specs


def speed(step: Callable[[], int]) -> float:
    """Items/s of a function that trains one step and returns how many items it read."""
    start = time.perf_counter()
    while time.perf_counter() - start < WARM_SECONDS:
        step()
    items, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        items += step()
    return items / (time.perf_counter() - start)


def dataset_of(spec: RunSpec):
    with TemporaryDirectory() as folder:
        return task_of(spec.task).dataset(spec, Path(folder), settings_of.load(), False)


def endless(spec: RunSpec, dataset) -> Iterator:
    """(inputs, targets, whether they continue the batch before)."""
    batches = [(x, y) for x, y in islice(dataset.training(0), BATCHES) if len(x) == dataset.batch]
    while True:
        for i, (x, y) in enumerate(batches):
            yield x, y, bool(i) and dataset.model_io.carries_state


def product(spec: RunSpec) -> float:
    from rnn_core.training.trainer import Trainer, execution_here

    dataset = dataset_of(spec)
    trainer = Trainer(spec, dataset.model_io, execution_here(spec.model, settings_of.load().threads_per_run))
    batches, state = endless(spec, dataset), trainer.zero_states(dataset.batch)

    def step() -> int:
        nonlocal state
        x, y, continues = next(batches)
        means, state = trainer.train_step(x, y, state if continues else trainer.zero_states(len(x)))
        means.numpy()
        return y.size

    return speed(step)


def pytorch(spec: RunSpec) -> float:
    return max(_pytorch(spec, packed) for packed in ((False, True) if spec.task == "reviews" else (False,)))


def _pytorch(spec: RunSpec, packed: bool) -> float:
    import torch
    from torch import nn

    dataset, layer = dataset_of(spec), spec.model.layers[0]
    model_io, directions = dataset.model_io, 1 + layer.bidirectional
    reads_tokens, classes = isinstance(model_io.input, Tokens), model_io.output.units
    embedding = nn.Embedding(model_io.input.vocabulary, spec.model.embedding) if reads_tokens else nn.Identity()
    width = spec.model.embedding if reads_tokens else model_io.input.features
    kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[layer.cell]
    rnn = kind(width, layer.units, len(spec.model.layers), batch_first=True, bidirectional=layer.bidirectional)
    head = nn.Linear(layer.units * directions, classes)
    weights = [*embedding.parameters(), *rnn.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(weights, spec.training.learning_rate)
    loss_of = nn.BCEWithLogitsLoss() if classes == 1 else nn.CrossEntropyLoss()
    batches, state = endless(spec, dataset), None

    def step() -> int:
        nonlocal state
        inputs, targets, continues = next(batches)
        x = torch.from_numpy(inputs.astype("int64") if reads_tokens else inputs)
        y = torch.from_numpy(targets.astype("float32" if classes == 1 else "int64"))
        vectors = embedding(x)
        if packed:
            lengths = torch.from_numpy((inputs != 0).sum(1))
            vectors = nn.utils.rnn.pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        if continues and state is not None:
            state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        outputs, state = rnn(vectors, state if continues else None)
        if model_io.per_timestep:
            logits = head(outputs).reshape(-1, classes)
        else:
            last = state[0] if isinstance(state, tuple) else state
            logits = head(torch.cat(list(last[-directions:]), 1))
        loss = loss_of(logits[:, 0] if classes == 1 else logits, y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, spec.training.clip_norm)
        optimizer.step()
        loss.item()
        return targets.size

    return speed(step)


def model_fit(spec: RunSpec) -> float:
    import keras

    from benchmarks.keras_examples import model_and_arrays

    model, loss, (x, y), _, rows, _ = model_and_arrays(spec)
    model.compile(keras.optimizers.Adam(spec.training.learning_rate, global_clipnorm=spec.training.clip_norm), loss)
    per_step, start, steps, seconds = rows * (y.shape[1] if y.ndim > 1 else 1), time.perf_counter(), 0, 0.0

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            nonlocal start, steps, seconds
            if not steps and time.perf_counter() - first < WARM_SECONDS:
                start = time.perf_counter()
                return
            steps, seconds = steps + 1, time.perf_counter() - start
            if seconds > SECONDS:
                self.model.stop_training = True

    whole = len(x) // rows * rows
    first = time.perf_counter()
    model.fit(x[:whole], y[:whole], batch_size=rows, epochs=1000, shuffle=spec.task != "text", verbose=0, callbacks=[Watch()])
    return steps * per_step / seconds


def peak() -> float:
    """Floating-point operations per second of a product of large matrices, with all cores: the faster of NumPy and TensorFlow."""
    import numpy as np

    from rnn_core.training.tf_import import tf

    size, times = 2048, []
    a = np.ones((size, size), np.float32)
    b = tf.constant(a)
    for _ in range(8):
        for multiply in (lambda: a @ a, lambda: tf.matmul(b, b).numpy()):
            start = time.perf_counter()
            multiply()
            times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times)


def sampling_pytorch() -> float:
    """Characters/s of an LSTM 256 that PyTorch runs step by step."""
    import torch
    from torch import nn

    embedding, rnn, head, state, token = nn.Embedding(65, 64), nn.LSTM(64, 256, batch_first=True), nn.Linear(256, 65), None, [[0]]

    def step() -> int:
        nonlocal state, token
        outputs, state = rnn(embedding(torch.tensor(token)), state)
        token = [[int(torch.multinomial(torch.softmax(head(outputs[0, -1]) / 0.8, -1), 1))]]
        return 1

    with torch.inference_mode():
        return speed(step)


def sampling_product() -> float:
    """Characters/s of the same network in `rnn_core.nn`."""
    import numpy as np

    from rnn_core.nn.network import Network
    from rnn_core.nn.run_files import weight_shapes
    from rnn_core.spec.model_io import ModelIO, NextToken
    from rnn_core.tasks.sampler import Sampling, Writer
    from rnn_core.tasks.tokenizer import Characters

    spec, characters = RunSpec.from_options(cell="lstm", units=256), Characters(tuple(chr(c) for c in range(32, 97)))
    random, shapes = np.random.default_rng(0), weight_shapes(spec.model, ModelIO(Tokens(65), NextToken(65), per_timestep=True))
    weights = {name: random.normal(0, 0.05, shape).astype(np.float32) for name, shape in shapes.items()}
    writer = Writer(Network(spec.model, weights), characters)
    pieces = chain.from_iterable(writer.write("", Sampling(length=20_000, seed=seed)) for seed in count())
    return speed(lambda: len(next(pieces)))


def flops(spec: RunSpec) -> float:
    """Floating-point operations of training per timestep of a sequence: two per weight forward, four back, without the embedding."""
    model_io = dataset_of(spec).model_io
    embedding = model_io.input.vocabulary * spec.model.embedding if isinstance(model_io.input, Tokens) else 0
    return 6 * (parameters(spec.model, model_io) - embedding)


FUNCTIONS = {"product": product, "pytorch": pytorch, "model.fit": model_fit}
PLAIN = {"peak": peak, "sampling_pytorch": sampling_pytorch, "sampling_product": sampling_product}


def in_a_process(name: str, spec: RunSpec | None = None) -> float:
    settings = settings_of.load()
    ours = environment(settings.threads_per_run, use_onednn(settings.onednn)) if name == "product" else {}
    if name == "peak":  # with all cores in one operation
        ours = {"TF_ENABLE_ONEDNN_OPTS": "1"}
    command = [sys.executable, "-m", "benchmarks.peers", "--one", name, *([spec.to_json()] if spec else [])]
    done = subprocess.run(command, env={**os.environ, **ours}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def table(repeat: int) -> Iterator[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "torch", "numpy"))
    best = in_a_process("peak")
    yield f"{datetime.date.today()}, {_processor()}, {os.cpu_count()} cores, {packages}; medians of {repeat}."
    yield f"The largest product of matrices here: {best / 1e9:.0f} GFLOP/s."
    yield ""
    yield "| network | this program, items/s | PyTorch | `model.fit` | beside PyTorch | beside `model.fit` | share of the peak |"
    yield "|---|---|---|---|---|---|---|"
    for name, spec in grid().items():
        rounds = [{system: in_a_process(system, spec) for system in SYSTEMS} for _ in range(repeat)]
        ours, torch, fit = (statistics.median(r[system] for r in rounds) for system in SYSTEMS)
        by_torch, by_fit = (statistics.median(r["product"] / r[system] for r in rounds) for system in SYSTEMS[1:])
        dataset = dataset_of(spec)
        timesteps = 1 if dataset.model_io.per_timestep else dataset.timesteps
        share = ours * timesteps * flops(spec) / best
        yield f"| {name} | {ours:,.0f} | {torch:,.0f} | {fit:,.0f} | {by_torch:.2f} | {by_fit:.2f} | {share:.0%} |"
    yield ""
    pairs = [(in_a_process("sampling_product"), in_a_process("sampling_pytorch")) for _ in range(repeat)]
    ours, torch = (statistics.median(side) for side in zip(*pairs, strict=True))
    yield f"Generating with an LSTM 256: {ours:,.0f} characters/s here, {torch:,.0f} with PyTorch step by step."


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table to docs/benchmarks.md")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        name, *spec = chosen.one
        print(json.dumps(FUNCTIONS[name](RunSpec.from_json(spec[0])) if spec else PLAIN[name]()))
        return
    lines = []
    for line in table(chosen.repeat):
        print(line, flush=True)
        lines.append(line)
    if chosen.write:
        text = "\n".join(lines)
        OUT.write_text(f"# Benchmarks\n\nMeasured by `python -m benchmarks.peers --write`.\n\n{text}\n{GROWTH}", encoding="utf-8")


if __name__ == "__main__":
    main()
