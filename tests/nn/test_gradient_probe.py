"""The gradient by timestep, against TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from rnn_core.cells import CELLS
from rnn_core.nn import gradient_probe
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.spec.model_io import Binary, Classes, ModelIO, NextToken, Tokens, Values, Vectors
from rnn_core.training import losses
from rnn_core.training.build import build, weights_of
from tests.cells.made_up import MINIMAL

BATCH, TIMESTEPS, FEATURES, CLASSES = 5, 17, 4, 7
WHOLE = ModelIO(Vectors(FEATURES), Classes(CLASSES), TIMESTEPS)
TEXT = ModelIO(Tokens(CLASSES), NextToken(CLASSES), per_timestep=True)
MASKED = ModelIO(Tokens(9, masked=True), Binary())


def example(model_io: ModelIO, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    if isinstance(model_io.input, Tokens):
        inputs = random.integers(1, model_io.input.vocabulary, (BATCH, TIMESTEPS))
    else:
        inputs = random.normal(size=(BATCH, TIMESTEPS, FEATURES)).astype(np.float32)
    shape = (BATCH, TIMESTEPS) if model_io.per_timestep else (BATCH,)
    if isinstance(model_io.output, Values):
        return inputs, random.normal(size=(BATCH, model_io.output.units)).astype(np.float32)
    return inputs, random.integers(0, 2 if isinstance(model_io.output, Binary) else CLASSES, shape)


def of_tensorflow(model, spec, inputs, targets, model_io, mask) -> list[list[np.ndarray]]:
    """For each layer, the norm (batch, time) of the gradient by each state of the forward direction, from a tape over Keras' cells."""
    kept = []
    with tf.GradientTape() as tape:
        x = model.get_layer("embedding")(inputs) if isinstance(model_io.input, Tokens) else tf.constant(inputs)
        for i in range(len(spec.model.layers)):
            layer = model.get_layer(f"layer{i}")
            two = hasattr(layer, "forward_layer")
            sides = [layer.forward_layer, layer.backward_layer] if two else [layer]
            outputs, ends = [], []
            for side, rnn in enumerate(sides):
                sizes = rnn.cell.state_size
                states = [tf.zeros((BATCH, size)) for size in (sizes if isinstance(sizes, list | tuple) else [sizes])]
                of_cell, by_time = {}, {}
                for t in reversed(range(TIMESTEPS)) if side else range(TIMESTEPS):
                    _, new = rnn.cell(x[:, t], states)
                    of_cell[t] = new  # by a cell state, also through the hidden state that is made from it
                    if not mask[:, t].all():
                        new = [tf.where(mask[:, t, None], a, b) for a, b in zip(new, states, strict=True)]
                    states = list(new)
                    by_time[t] = states
                if not side:
                    kept.append([[of_cell[t][k] for t in range(TIMESTEPS)] for k in range(len(states))])
                outputs.append(tf.stack([by_time[t][0] for t in range(TIMESTEPS)], 1))
                ends.append(states[0])
            x = tf.concat(outputs, -1)
        x = tf.concat(ends, -1)
        for i in range(len(spec.model.dense)):
            x = model.get_layer(f"dense{i}")(x)
        last = targets[:, -1] if model_io.per_timestep else targets
        loss = tf.reduce_sum(losses.metrics(model_io.output, model.get_layer("output")(x), last)[0])
    by = tape.gradient(loss, kept)
    return [[np.stack([np.linalg.norm(g, axis=-1) for g in state], 1) for state in layer] for layer in by]


def check(model_io: ModelIO, mask: np.ndarray | None = None, **options) -> list[gradient_probe.Curve]:
    of_text, tokens = model_io.per_timestep, isinstance(model_io.input, Tokens)
    fixed = {"units": 6, **({"embedding": 3} if tokens else {}), **({} if of_text else {"pooling": "last"} if tokens else {})}
    spec = RunSpec.from_options("text" if of_text else "reviews" if tokens else "digits", **fixed, **options)
    model = build(spec.model, model_io, 3).plain
    random = np.random.default_rng(3)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.3, variable.shape))  # small: TensorFlow rounds 1 - p of sure answers
    inputs, targets = example(model_io)
    mask = np.ones(inputs.shape[:2], bool) if mask is None else mask
    if isinstance(model_io.input, Tokens) and model_io.input.masked:
        inputs = np.where(mask, inputs, 0)
    curves = gradient_probe.curves(Network(spec.model, weights_of(model)), inputs, targets, model_io)
    expected = of_tensorflow(model, spec, inputs, targets, model_io, mask)
    names = [(i, name) for i, layer in enumerate(spec.model.layers) for name in CELLS[layer.cell].states]
    assert [(curve.layer, curve.state) for curve in curves] == names
    last = TIMESTEPS - 1 - mask[:, ::-1].argmax(1)
    for curve, norms in zip(curves, (state for layer in expected for state in layer), strict=True):
        for back, value in zip(curve.back, curve.relative, strict=True):
            rows = np.flatnonzero((last - back >= mask.argmax(1)) & (norms[np.arange(BATCH), last] > 0))
            median = float(np.median(norms[rows, last[rows] - back] / norms[rows, last[rows]]))
            assert value == pytest.approx(median, rel=1e-3, abs=1e-6) and abs(value - median) < 1e-4 * max(1.0, median)
    return curves


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_it_is_that_of_tensorflow(cell, depth, activation):
    curves = check(WHOLE, cell=cell, layers=depth, activation=activation)
    assert curves[0].back == tuple(range(TIMESTEPS)) and curves[0].relative[0] == 1.0


@pytest.mark.parametrize("cell", CELLS)
def test_of_text_only_the_last_prediction_counts(cell):
    check(TEXT, cell=cell, layers=2)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_both_directions(cell, depth):
    check(WHOLE, cell=cell, layers=depth, bidirectional=True)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_is_no_timestep(where, bidirectional):
    lengths = np.array([[17], [9], [12], [5], [14]])
    mask = np.arange(TIMESTEPS) < lengths if where == "after" else np.arange(TIMESTEPS)[::-1] < lengths
    for cell in CELLS:
        curves = check(MASKED, mask, cell=cell, layers=2, bidirectional=bidirectional)
        assert max(curves[0].back) == 11  # the median length has 12 timesteps


@pytest.mark.parametrize("output", [Values(3), Values(3, huber=True), Binary()])
def test_other_outputs(output):
    check(ModelIO(Vectors(FEATURES), output, TIMESTEPS), cell="lstm")


def test_dense_layers():
    dense = [{"units": 5, "activation": "tanh"}, {"units": 4, "activation": "relu"}]
    check(WHOLE, cell="gru", dense=dense)


def test_a_cell_that_does_not_come_with_the_project(monkeypatch):
    monkeypatch.setitem(CELLS, "minimal", MINIMAL)
    check(WHOLE, cell="minimal", layers=2)


def network(cell: str = "rnn", scale: float = 1.0, **options) -> Network:
    spec = RunSpec.from_options("digits", cell=cell, units=6, **options)
    weights = weights_of(build(spec.model, WHOLE, 3).plain)
    return Network(spec.model, {name: scale * array for name, array in weights.items()})


def test_a_sure_answer_has_a_gradient_and_a_dead_network_has_none():
    inputs, targets = example(WHOLE)
    sure = network()
    kernel, certain = sure.output[0], np.where(np.arange(CLASSES) == targets[0], 200.0, 0.0).astype(np.float32)
    sure.output = 0 * kernel, certain
    assert gradient_probe.curves(sure, inputs[:1], targets[:1], WHOLE) == []  # no way from the loss into the states
    sure.output = kernel, certain
    assert gradient_probe.curves(sure, inputs[:1], targets[:1], WHOLE)[0].relative[0] == 1.0  # 1 - p is 0 in float32


def test_an_exploding_gradient_leaves_only_finite_numbers():
    inputs, targets = example(WHOLE)
    for cell in CELLS:
        for curve in gradient_probe.curves(network(cell, 1e12, activation="relu"), inputs, targets, WHOLE):
            assert np.isfinite(curve.relative).all() and len(curve.back) == len(curve.relative)


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    inputs = np.random.default_rng(1).normal(size=(3, 500, FEATURES)).astype(np.float32)
    (curve,) = gradient_probe.curves(network(), inputs, np.zeros(3, int), WHOLE)
    assert len(curve.back) == gradient_probe.MOST_POINTS and (curve.back[0], curve.back[-1]) == (0, 499)
