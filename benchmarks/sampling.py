"""Characters/s with one stream: `rnn_core.nn` compared with a TensorFlow one-step loop and with `model.predict`.

    python -m benchmarks.sampling

A second table compares `rnn_core.nn`, which uses one core for NumPy's products, with itself on all cores.
"""

import statistics
import time

import numpy as np
import tensorflow as tf
from threadpoolctl import threadpool_limits

from benchmarks import row
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.settings import cores
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.tasks.sampler import Sampling, Writer
from rnn_core.tasks.tokenizer import Characters
from rnn_core.training.build import BuiltModel, build, weights_of

CLASSES, WINDOW = 65, 40
VOCABULARY = Characters(tuple(map(chr, range(48, 48 + CLASSES))))
MODEL_IO = ModelIO(Tokens(CLASSES), NextToken(CLASSES), per_timestep=True)
CPU_SECONDS = 3.0  # for each network and number of cores
WIDTHS = (36, 18, 18)


def numpy_loop(spec: RunSpec, built: BuiltModel) -> float:
    writer = Writer(Network(spec.model, weights_of(built.plain)), VOCABULARY)
    return rate(lambda count: sum(map(len, writer.write("a", Sampling(length=count)))), 20_000)


def tensorflow_loop(built: BuiltModel) -> float:
    """One step as a compiled function that returns the state, as in TensorFlow's text tutorial."""

    @tf.function(jit_compile=False, reduce_retracing=True)
    def step(ids, states):
        logits, *states = built.with_state([ids, *states])
        return tf.random.categorical(logits[:, -1] / 0.8, 1, dtype=tf.int32), states

    def write(count):
        ids, states = tf.constant([[0]]), [tf.zeros((1, units)) for units in built.state_units]
        for _ in range(count):
            ids, states = step(ids, states)
            int(ids[0, 0])
        return count

    return rate(write, 2_000)


def predict_loop(built: BuiltModel) -> float:
    """`model.predict` on a sliding window, as in many examples."""

    def write(count):
        random, window = np.random.default_rng(0), np.zeros((1, WINDOW), np.int32)
        for _ in range(count):
            logits = built.plain.predict(window, verbose=0)[0, -1] / 0.8
            p = np.exp(logits - logits.max(), dtype=np.float64)
            window = np.append(window[:, 1:], [[random.choice(CLASSES, p=p / p.sum())]], axis=1)
        return count

    return rate(write, 60)


def rate(write, count: int) -> float:
    write(max(5, count // 20))
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        best = max(best, write(count) / (time.perf_counter() - start))
    return best


def on_cores(count: int) -> None:
    """Print rows of several networks on `count` cores; the CPU time is that of all cores."""
    with threadpool_limits(count, user_api="blas"):
        for options in ({"cell": "gru", "units": 128}, {"cell": "lstm", "units": 256}, {"cell": "lstm", "units": 512}):
            spec = RunSpec.from_options(**options)
            writer = Writer(Network(spec.model, weights_of(build(spec.model, MODEL_IO, seed=1).plain)), VOCABULARY)
            written, cpu_start = 0, time.process_time()
            speeds = []
            while time.process_time() - cpu_start < CPU_SECONDS:
                start, length = time.perf_counter(), sum(map(len, writer.write("a", Sampling(length=1_000))))
                speeds.append(length / (time.perf_counter() - start))
                written += length
            cpu = (time.process_time() - cpu_start) / written
            row(
                f"{spec.title}, {count} {'core' if count == 1 else 'cores'}",
                f"{statistics.median(speeds):,.0f}",
                f"{1e6 * cpu:.0f}",
                widths=WIDTHS,
            )


if __name__ == "__main__":
    spec = RunSpec.from_options(cell="lstm", units=256)
    built = build(spec.model, MODEL_IO, seed=1)
    row("LSTM 256, one stream", "characters/s", widths=WIDTHS[:2])
    row("rnn_core.nn (NumPy)", f"{numpy_loop(spec, built):,.0f}", widths=WIDTHS[:2])
    row("TensorFlow, one compiled step", f"{tensorflow_loop(built):,.0f}", widths=WIDTHS[:2])
    row(f"model.predict, window of {WINDOW}", f"{predict_loop(built):,.0f}", widths=WIDTHS[:2])
    row("\nrnn_core.nn", "characters/s", "CPU µs/character", widths=(WIDTHS[0] + 1, *WIDTHS[1:]))
    for count in sorted({1, cores()}):  # one core first: threads of OpenBLAS wait actively for a while after their work
        on_cores(count)
