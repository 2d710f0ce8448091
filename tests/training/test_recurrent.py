"""Layers with an own gradient and batches in parts compute what Keras computes, to 1e-5."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from rnn_core.cells import CELLS
from rnn_core.run_spec import RunSpec
from rnn_core.spec.model_io import Binary, Classes, ModelIO, NextToken, Tokens, Vectors
from rnn_core.training.build import build, set_weights, weights_of
from rnn_core.training.execution import AS_KERAS, Execution, planned
from rnn_core.training.recurrent import with_own_gradient
from rnn_core.training.trainer import Trainer, execution_here
from tests.conftest import slow_but

BATCH, TIMESTEPS, FEATURES, UNITS = 5, 7, 3, 4
LAYERS = [keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU]


def numbers(*shape) -> tf.Tensor:
    return tf.constant(np.random.default_rng(sum(shape)).normal(size=shape), tf.float32)


def results(layer: keras.layers.Layer, mask, initial: list[tf.Tensor]) -> list[tf.Tensor]:
    """Outputs, last states, and the gradients by inputs, initial states and weights of a loss in which all of them count."""
    x = numbers(BATCH, TIMESTEPS, FEATURES)

    @tf.function(autograph=False)
    def computed():
        with tf.GradientTape() as tape:
            tape.watch([x, *initial])
            outputs, *states = layer(x, mask=mask, initial_state=list(initial), training=True)
            loss = tf.reduce_sum(outputs * numbers(BATCH, TIMESTEPS, UNITS)) + sum(tf.reduce_sum(s * s) for s in states)
        return outputs, *states, *tape.gradient(loss, [x, *initial, *layer.trainable_variables])

    return computed()


@pytest.mark.parametrize("keras_class", LAYERS)
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masked", [None, "before", "after"])
def test_a_layer_and_its_gradient_are_those_of_keras(keras_class, backwards, masked):
    _compare_with_keras(keras_class, masked, go_backwards=backwards)


@pytest.mark.slow
@pytest.mark.parametrize("keras_class", LAYERS)
def test_with_another_activation_too(keras_class):
    _compare_with_keras(keras_class, None, activation="relu")


@pytest.mark.parametrize("keras_class", LAYERS)
@pytest.mark.parametrize("masked", slow_but([None], [None, "after"]))
def test_with_recurrent_dropout_too(keras_class, masked):
    """With the same masks: Keras draws them for each gate, from the layer's seed."""
    _compare_with_keras(keras_class, masked, recurrent_dropout=0.4, seed=3)


def _compare_with_keras(keras_class, masked: str | None, go_backwards: bool = False, **options) -> None:
    options = {"go_backwards": go_backwards, "return_sequences": True, "return_state": True, **options}
    theirs, ours = (made(UNITS, **options) for made in (keras_class, with_own_gradient(keras_class)))
    for layer in (theirs, ours):
        layer.build((BATCH, TIMESTEPS, FEATURES))
    assert type(ours) is not keras_class
    for ours_weight, weight in zip(ours.weights, theirs.weights, strict=True):
        weight.assign(weight + numbers(*weight.shape) / 3)  # biases other than zero
        ours_weight.assign(weight)
    lengths = np.array([1, 3, 7, 5, 2])[:, None]
    places = np.arange(TIMESTEPS)[None]
    mask = {None: None, "before": places >= TIMESTEPS - lengths, "after": places < lengths}[masked]
    starts_masked = (
        masked and not mask[:, -1 if go_backwards else 0].all()
    )  # Keras' output there is zero, and ours the initial state
    states = 2 if keras_class is keras.layers.LSTM else 1
    initial = [tf.zeros((BATCH, UNITS)) if starts_masked else numbers(BATCH, UNITS) for _ in range(states)]
    expected, computed = (results(layer, None if mask is None else tf.constant(mask), initial) for layer in (theirs, ours))
    first_state = 1 + states + 1  # place of the gradients by the initial states
    for i, (a, b) in enumerate(zip(expected, computed, strict=True)):
        if not (starts_masked and first_state <= i < first_state + states):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=2e-5)


def test_other_layers_have_keras_own_gradient():
    assert with_own_gradient(keras.layers.Dense) is keras.layers.Dense


KINDS = {
    "text": ({}, ModelIO(Tokens(9), NextToken(9), per_timestep=True, carries_state=True)),
    "two layers": ({"layers": 2}, ModelIO(Tokens(9), NextToken(9), per_timestep=True, carries_state=True)),
    "digits": ({"task": "digits", "layers": 2}, ModelIO(Vectors(3), Classes(4), timesteps=TIMESTEPS)),
    "masked": ({"task": "reviews", "bidirectional": True}, ModelIO(Tokens(9, masked=True), Binary())),
    "pooled": ({"task": "reviews", "pooling": "mean"}, ModelIO(Tokens(9, masked=True), Binary())),
}


def batch_of(model_io: ModelIO, rows: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(rows)
    if isinstance(model_io.input, Vectors):
        inputs = random.normal(size=(rows, TIMESTEPS, model_io.input.features)).astype(np.float32)
    else:
        inputs = random.integers(1, model_io.input.vocabulary, (rows, TIMESTEPS)).astype(np.int32)
        if model_io.input.masked:
            inputs *= np.arange(TIMESTEPS) >= random.integers(0, TIMESTEPS, (rows, 1))
    shape = (rows, TIMESTEPS) if model_io.per_timestep else (rows,)
    return inputs, random.integers(0, max(2, model_io.output.units), shape).astype(np.uint8)


def one_step(spec: RunSpec, model_io: ModelIO, execution: Execution, weights: dict, rows: int) -> tuple:
    """(metrics, states, weights) after a step with plain SGD, which shows the gradient, and (sums, outputs) of a measurement before it."""
    trainer = Trainer(spec, model_io, execution)
    set_weights(trainer.built.plain, weights)
    inputs, targets = batch_of(model_io, rows)
    sums, outputs, _ = trainer.measure(inputs, targets, trainer.zero_states(rows))
    means, states = trainer.train_step(inputs, targets, trainer.zero_states(rows))
    return means, states, trainer.weights(), sums, outputs


FAST = [("text", "gru")]
CASES = [
    *FAST,
    ("text", "lstm"),
    ("two layers", "lstm"),
    ("digits", "gru"),
    ("masked", "lstm"),
    ("pooled", "rnn"),
]


@pytest.mark.parametrize(("kind", "cell"), slow_but(FAST, CASES))
def test_a_step_in_parts_is_one_step_of_the_whole_batch(kind, cell):
    options, model_io = KINDS[kind]
    spec = RunSpec.from_options(**options, cell=cell, units=UNITS)
    spec = replace(spec, training=replace(spec.training, optimizer="sgd", learning_rate=1.0, clip_norm=0.05))
    weights = weights_of(Trainer(spec, model_io).built.plain)
    fewer = [(3, (4,))] if (kind, cell) in FAST else []  # rows than parts; 9 rows do not divide
    for rows, parts in ((9, (2, 4)), *fewer):
        expected = one_step(spec, model_io, AS_KERAS, weights, rows)
        for n in parts:
            computed = one_step(spec, model_io, Execution(n, True), weights, rows)
            for a, b in zip(tf.nest.flatten(expected), tf.nest.flatten(computed), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_recurrent_dropout_has_a_mask_for_each_part():
    spec = RunSpec.from_options(cell="lstm", units=UNITS, recurrent_dropout=0.5, dropout=0.5)
    model_io = KINDS["text"][1]
    trainer = Trainer(spec, model_io, Execution(2, True))
    inputs, targets = batch_of(model_io, 6)
    inputs[3:], targets[3:] = inputs[:3], targets[:3]  # equal rows in both parts
    _, states = trainer.train_step(inputs, targets, trainer.zero_states(6))
    assert np.abs(states[0][:3] - states[0][3:]).max() > 1e-3


def test_a_run_is_planned_with_as_many_loops_as_threads():
    text, both_ways = RunSpec.from_options(layers=2).model, RunSpec.from_options("reviews", bidirectional=True).model
    assert planned(text, 2, {}) == Execution(2, True, None)
    assert planned(both_ways, 2, {}).parts == 1 and planned(both_ways, 4, {}).parts == 2
    assert planned(both_ways, 1, {"TF_ENABLE_ONEDNN_OPTS": "1"}) == Execution(1, True, True)


def test_on_a_gpu_keras_layers_train_with_the_processes_own_onednn(monkeypatch):
    """Otherwise each turn of a run would need another kind of worker than the last one."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    assert execution_here(RunSpec().model, 4) == Execution(1, False, True)


def test_how_a_run_is_computed_fits_into_an_array():
    for execution in (AS_KERAS, Execution(2, True, True), Execution(3, False, False)):
        assert Execution.from_array(execution.to_array()) == execution
    for wrong in ([0, 1, 1], [1, 2, 0], [1, 1, 5], [1, 1], 3.5):
        with pytest.raises((ValueError, TypeError)):
            Execution.from_array(np.array(wrong))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_masked_layers_never_use_cudnn(cell, bidirectional):
    """On a GPU, Keras asserts padding after the text where its cuDNN kernel meets a mask, and the run would end there."""
    spec = RunSpec.from_options("reviews", cell=cell, bidirectional=bidirectional, layers=2)
    for masked, allowed in ((True, False), (False, "auto")):
        model = build(spec.model, ModelIO(Tokens(9, masked), Binary()), seed=1).plain
        found = [getattr(layer, "forward_layer", layer) for layer in model.layers]
        found += [layer.backward_layer for layer in model.layers if hasattr(layer, "backward_layer")]
        assert {layer.use_cudnn for layer in found if hasattr(layer, "use_cudnn")} == (set() if cell == "rnn" else {allowed})
