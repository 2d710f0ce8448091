"""Milliseconds for a trace: one input read timestep by timestep, as on the pages when a digit is drawn or a review is typed.

    python -m benchmarks.trace

Weights are random: the time does not depend on them. `points` is the number of timesteps with a prediction. Where every prediction needs
a separate pass (both directions, or padding after the text), a slow network predicts at fewer timesteps.
"""

import statistics
import time

import numpy as np

from benchmarks import row
from rnn_core.cells import CELLS
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits.dataset import model_io
from rnn_core.tasks.task import task_of

WIDTHS = (44, 9, 12, 8)
TOKENS = 20_000
WORDS = (30, 200, 400)


def network(spec: RunSpec, inputs: int) -> Network:
    """With random weights, for vectors of `inputs` numbers or, where the task has an embedding, for ids."""
    random = np.random.default_rng(1)

    def some(*size: int) -> np.ndarray:
        return random.normal(0, 0.05, size).astype(np.float32)

    weights = {}
    if spec.task == "reviews":
        weights["embedding"], inputs = some(TOKENS, spec.model.embedding), spec.model.embedding
    for i, layer in enumerate(spec.model.layers):
        columns = len(CELLS[layer.cell].gates) * layer.units
        for side in ("", ".backward")[: 1 + layer.bidirectional]:
            weights |= {f"layer{i}{side}.kernel": some(inputs, columns), f"layer{i}{side}.recurrent": some(layer.units, columns)}
            weights[f"layer{i}{side}.bias"] = some(2, columns) if CELLS[layer.cell].biases == 2 else some(columns)
        inputs = layer.units * (1 + layer.bidirectional)
    for i, dense in enumerate(spec.model.dense):
        weights |= {f"dense{i}.kernel": some(inputs, dense.units), f"dense{i}.bias": some(dense.units)}
        inputs = dense.units
    outputs = 10 if spec.task == "digits" else 1
    return Network(spec.model, {**weights, "output.kernel": some(inputs, outputs), "output.bias": some(outputs)})


def measure(net: Network, inputs: np.ndarray, **empty: int) -> tuple[float, PrefixPredictions]:
    """Median milliseconds of nine."""
    predict_prefixes(net, inputs, **empty)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        read = predict_prefixes(net, inputs, **empty)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), read


def main() -> None:
    row("digits", "timesteps", "points", "ms", widths=WIDTHS)
    more = {
        "GRU 128, pixels": RunSpec.from_options("digits", reading="pixels"),
        "BiLSTM 128, pixels": RunSpec.from_options("digits", reading="pixels", cell="lstm", bidirectional=True),
        "2 × BiLSTM 256, rows": RunSpec.from_options("digits", cell="lstm", units=256, layers=2, bidirectional=True),
    }
    for name, spec in {**{name: spec_of("digits", name) for name in task_of("digits").presets}, **more}.items():
        read = model_io(spec.data, 28)
        pictures = np.random.default_rng(2).random((read.timesteps, read.input.features)).astype(np.float32)
        milliseconds, answers = measure(network(spec, read.input.features), pictures)
        row(name, read.timesteps, len(answers.timesteps), f"{milliseconds:.1f}", widths=WIDTHS)
    row("reviews", "words", "points", "ms", widths=WIDTHS)
    more = {
        "2 × LSTM 256": RunSpec.from_options("reviews", cell="lstm", units=256, layers=2, length=400),
        "2 × BiLSTM 256": RunSpec.from_options("reviews", cell="lstm", units=256, layers=2, bidirectional=True, length=400),
        "LSTM 512": RunSpec.from_options("reviews", cell="lstm", units=512, length=400),
    }
    for name, spec in {**{name: spec_of("reviews", name) for name in task_of("reviews").presets}, **more}.items():
        net = network(spec, 0)
        for words in WORDS:
            ids = np.random.default_rng(3).integers(2, TOKENS, min(words, spec.data.length))
            behind = not spec.data.masking and spec.data.padding == "after"
            milliseconds, answers = measure(net, ids, padding_after=spec.data.length if behind else 0)
            row(name, len(ids), len(answers.timesteps), f"{milliseconds:.1f}", widths=WIDTHS)


if __name__ == "__main__":
    main()
