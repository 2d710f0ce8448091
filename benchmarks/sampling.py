"""Characters a second with one stream: `rnn_core.forward` beside a TensorFlow one-step loop and `model.predict`.

python -m benchmarks.sampling
"""

import time

import numpy as np
import tensorflow as tf

from benchmarks import row
from rnn_core.forward.network import Network
from rnn_core.forward.sampler import Sampling, Writer
from rnn_core.spec import RunSpec
from rnn_core.tasks.text import Vocabulary
from rnn_core.training.build import Built, build, weights_of

CLASSES, WINDOW = 65, 40
VOCABULARY = Vocabulary(tuple(map(chr, range(48, 48 + CLASSES))))
WIDTHS = (36, 18)


def numpy_loop(spec: RunSpec, built: Built) -> float:
    writer = Writer(Network(spec.model, weights_of(built.plain)), VOCABULARY)
    return rate(lambda count: sum(map(len, writer.write("a", Sampling(length=count)))), 20_000)


def tensorflow_loop(built: Built) -> float:
    """One step as a compiled function with the state handed on: the way of TensorFlow's own text tutorial."""

    @tf.function(jit_compile=False, reduce_retracing=True)
    def step(ids, states):
        logits, *states = built.carrying([ids, *states])
        return tf.random.categorical(logits[:, -1] / 0.8, 1, dtype=tf.int32), states

    def write(count):
        ids, states = tf.constant([[0]]), [tf.zeros((1, units)) for units in built.state_units]
        for _ in range(count):
            ids, states = step(ids, states)
            int(ids[0, 0])
        return count

    return rate(write, 2_000)


def predict_loop(built: Built) -> float:
    """`model.predict` on a sliding window, as many examples do it."""

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


if __name__ == "__main__":
    spec = RunSpec.from_knobs(cell="lstm", units=256)
    built = build(spec.model, CLASSES, seed=1)
    row("LSTM 256, one stream", "characters/s", widths=WIDTHS)
    row("rnn_core.forward (NumPy)", f"{numpy_loop(spec, built):,.0f}", widths=WIDTHS)
    row("TensorFlow, one compiled step", f"{tensorflow_loop(built):,.0f}", widths=WIDTHS)
    row(f"model.predict, window of {WINDOW}", f"{predict_loop(built):,.0f}", widths=WIDTHS)
