"""Every NumPy cell against Keras, to 1e-5, also stacked, bidirectional, relu, and with dense layers."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, sigmoid
from rnn_core.nn.network import Network
from rnn_core.spec.model import DenseSpec, LayerSpec, ModelSpec
from rnn_core.spec.model_io import Classes, ModelIO, NextToken, Tokens
from rnn_core.training.build import build, set_weights, weights_of

CLASSES = 13
PREDICTING = ModelIO(Tokens(CLASSES), NextToken(CLASSES), per_timestep=True, carries_state=True)
READING = ModelIO(Tokens(CLASSES), Classes(CLASSES))
IDS = np.random.default_rng(3).integers(0, CLASSES, (4, 21))
TANH = ACTIVATIONS["tanh"]
KERAS = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def randomised(model: keras.Model) -> keras.Model:
    """Random biases: initial ones are zero, which hides mistakes."""
    random = np.random.default_rng(5)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.4, variable.shape))
    return model


def models():
    for cell, activation in itertools.product(CELLS, ("tanh", "relu")):
        yield pytest.param(ModelSpec((LayerSpec(cell, 12, activation=activation),), 7), id=f"{cell} {activation}")
    for cell in CELLS:
        yield pytest.param(ModelSpec((LayerSpec(cell, 12), LayerSpec(cell, 9), LayerSpec(cell, 5)), 7), id=f"three {cell}")
    mixed = (LayerSpec("lstm", 12, dropout=0.3, recurrent_dropout=0.2), LayerSpec("gru", 8, dropout=0.1), LayerSpec("rnn", 6))
    yield pytest.param(ModelSpec(mixed, 7), id="mixed, with dropout")
    dense = (DenseSpec(11, "relu", 0.2), DenseSpec(6, "tanh"))
    yield pytest.param(ModelSpec((LayerSpec("gru", 10),), 7, dense), id="with dense layers")


@pytest.mark.parametrize("spec", models())
def test_logits_and_states_are_those_of_keras(spec):
    built = build(spec, PREDICTING, seed=1)
    randomised(built.plain)
    network = Network(spec, weights_of(built.plain))
    logits, states = network.run(IDS)
    np.testing.assert_allclose(logits, built.plain.predict(IDS, verbose=0), atol=1e-5)
    zeros = [np.zeros((len(IDS), units), np.float32) for units in built.state_units]
    expected = built.with_state.predict([IDS, *zeros], verbose=0)
    np.testing.assert_allclose(logits, expected[0], atol=1e-5)
    for ours, theirs in zip([s for layer in states for s in layer], expected[1:], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_reading_in_two_halves_with_carried_state_is_reading_at_once(cell):
    spec = ModelSpec((LayerSpec(cell, 12), LayerSpec(cell, 9)), 7)
    network = Network(spec, weights_of(randomised(build(spec, PREDICTING, seed=1).plain)))
    whole, _ = network.run(IDS)
    first, states = network.run(IDS[:, :8])
    second, _ = network.run(IDS[:, 8:], states)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_bidirectional_layers_are_those_of_keras(cell):
    """The text task refuses them; the forward pass has them for tasks that read a whole input."""
    inputs = keras.Input((None,), dtype="int32")
    embedding = layers.Embedding(CLASSES, 7)
    both = layers.Bidirectional(KERAS[cell](6, return_sequences=True))
    output = layers.Dense(CLASSES)
    model = randomised(keras.Model(inputs, output(both(embedding(inputs)))))
    weights = {"embedding": embedding.get_weights()[0]}
    for name, layer in (("layer0", both.forward_layer), ("layer0.backward", both.backward_layer)):
        weights |= zip((f"{name}.kernel", f"{name}.recurrent", f"{name}.bias"), layer.get_weights(), strict=True)
    weights |= zip(("output.kernel", "output.bias"), output.get_weights(), strict=True)
    logits, _ = Network(ModelSpec((LayerSpec(cell, 6, bidirectional=True),), 7), weights).run(IDS)
    np.testing.assert_allclose(logits, model.predict(IDS, verbose=0), atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_trace_holds_the_states_and_gates_that_were_passed_through(cell):
    spec = ModelSpec((LayerSpec(cell, 6, bidirectional=True), LayerSpec(cell, 5)), 7)
    network = Network(spec, weights_of(randomised(build(spec, READING, seed=1).plain)))
    (forward, backward), (second,) = network.trace(IDS)
    np.testing.assert_array_equal(second.states["hidden"], network.hidden(IDS))
    assert list(second.gates) == list(CELLS[cell].gates) and list(second.states) == list(CELLS[cell].states)
    x = network.embedding[IDS]
    direction = network.layers[0][0]
    state = tuple(values[:, 3] for values in forward.states.values())
    after, gates = direction.step(x[:, 4] @ direction.kernel + direction.bias, state)
    for expected, found in zip((*after, *gates.values()), (*forward.states.values(), *forward.gates.values()), strict=True):
        np.testing.assert_allclose(found[:, 4], expected, atol=1e-6)
    alone, _ = network.layers[0][1].run(x[:, -1:], network.layers[0][1].zero_states(len(x)))
    np.testing.assert_allclose(backward.states["hidden"][:, -1], alone[:, 0], atol=1e-6)  # the backward direction starts at the end


def test_weights_go_into_a_fresh_model_and_come_out_the_same():
    spec = ModelSpec((LayerSpec("lstm", 5, dropout=0.1, recurrent_dropout=0.1), LayerSpec("gru", 4)), 3, (DenseSpec(6),))
    arrays = weights_of(randomised(build(spec, PREDICTING, seed=1).plain))
    fresh = build(spec, PREDICTING, seed=2).plain
    set_weights(fresh, arrays)
    for name, array in weights_of(fresh).items():
        np.testing.assert_array_equal(array, arrays[name])


# Limits with known results


def test_an_open_forget_gate_and_a_closed_input_gate_keep_the_cell_state():
    units = 3
    projected = np.concatenate([np.full(units, -1e4), np.full(units, 1e4), np.zeros(units), np.full(units, 1e4)])[None]
    c = np.array([[0.3, -2.0, 5.0]])
    (h, kept), _ = CELLS["lstm"].step(projected, (np.zeros((1, units)), c), np.zeros((units, 4 * units)), None, TANH)
    np.testing.assert_allclose(kept, c)
    np.testing.assert_allclose(h, np.tanh(c))


def test_an_update_gate_of_one_keeps_the_state_and_of_zero_replaces_it():
    h = np.array([[0.3, -0.2]])
    nothing = np.zeros((2, 6))
    for gate, expected in ((1e4, h), (-1e4, np.tanh([[0.7, 0.7]]))):
        projected = np.array([[gate, gate, 0.0, 0.0, 0.7, 0.7]])
        (new,), _ = CELLS["gru"].step(projected, (h,), nothing, np.zeros(6), TANH)
        np.testing.assert_allclose(new, expected)


def test_sigmoid_is_right_and_does_not_overflow():
    x = np.array([-1e4, -20.0, -1.0, 0.0, 1.0, 20.0, 1e4])
    with np.errstate(all="raise"):
        np.testing.assert_allclose(sigmoid(x.copy()), [0, 2.0611537e-9, 0.26894142, 0.5, 0.73105858, 1.0, 1.0], atol=1e-8)
