"""What the Inside page shows, against Keras to 1e-5: states and gates of every cell, direction and depth; and every equation, computed."""

import itertools
import re
from dataclasses import replace

import keras
import numpy as np
import pytest

from rnn_core.cells import CELLS
from rnn_core.cells.cell import ACTIVATIONS, sigmoid
from rnn_core.nn.inside import alike, look_inside, stretch, typical_units, weights_of_gate
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.training.build import build, weights_of
from tests.cells.made_up import MINIMAL
from tests.nn.test_against_keras import CLASSES, IDS, READING, randomised

_ALL = slice(None)
_CASES = [
    pytest.param(cell, activation, depth, both, id=f"{cell} {activation} {depth} {'both ways' if both else 'forward'}")
    for cell, activation, depth, both in itertools.product(CELLS, ("tanh", "relu"), (1, 2, 3), (False, True))
]


def spec_of(cell: str, activation: str, depth: int, both: bool) -> ModelSpec:
    return ModelSpec(tuple(LayerSpec(cell, 8 - i, activation=activation, bidirectional=both) for i in range(depth)), 7)


def network_of(spec: ModelSpec) -> tuple[Network, keras.Model]:
    model = randomised(build(spec, READING, seed=1).plain)
    return Network(spec, weights_of(model)), model


def recurrent_layers(model: keras.Model) -> list[list[keras.layers.Layer]]:
    """The recurrent layers, as lists of their directions."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            found.append([layer.forward_layer, layer.backward_layer])
        elif isinstance(layer, keras.layers.RNN):
            found.append([layer])
    return found


def keras_steps(layer, inputs: np.ndarray, backwards: bool) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """(states, gates) by Keras' own cell, one timestep after the other; the gates by Keras' operations from the cell's own weights."""
    cell, activation = layer.cell, layer.cell.activation
    name = {"SimpleRNNCell": "rnn", "LSTMCell": "lstm", "GRUCell": "gru"}[type(cell).__name__]
    record, units, (batch, time) = CELLS[name], cell.units, inputs.shape[:2]
    states = {state: np.zeros((batch, time, units), np.float32) for state in record.states}
    gates = {gate: np.zeros((batch, time, units), np.float32) for gate in record.gates}
    now = [np.zeros((batch, units), np.float32) for _ in record.states]
    kernel, recurrent, bias = (np.array(weight) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias))
    split = lambda x: [keras.ops.convert_to_tensor(part) for part in np.split(x, len(record.gates), axis=-1)]  # noqa: E731
    for t in reversed(range(time)) if backwards else range(time):
        x = inputs[:, t]
        if name == "gru":
            own, past = split(x @ kernel + bias[0]), split(now[0] @ recurrent + bias[1])
            update, reset = (keras.ops.sigmoid(own[i] + past[i]) for i in (0, 1))
            values = (update, reset, activation(own[2] + reset * past[2]))
        else:
            sums = split(x @ kernel + now[0] @ recurrent + bias)
            values = [
                activation(each) if gate == "candidate" else keras.ops.sigmoid(each)
                for gate, each in zip(record.gates, sums, strict=True)
            ]
        for gate, value in zip(record.gates, values, strict=True):
            gates[gate][:, t] = value
        _, after = cell(keras.ops.convert_to_tensor(x), [keras.ops.convert_to_tensor(state) for state in now])
        now = [np.array(state) for state in (after if isinstance(after, list | tuple) else [after])]
        for state, value in zip(record.states, now, strict=True):
            states[state][:, t] = value
    return states, gates


@pytest.mark.parametrize(("cell", "activation", "depth", "both"), _CASES)
def test_states_and_gates_are_those_of_keras(cell, activation, depth, both):
    network, model = network_of(spec_of(cell, activation, depth, both))
    inputs = (
        np.array(model.get_layer("embedding")(IDS))
        if any(layer.name == "embedding" for layer in model.layers)
        else network.vectors(IDS)
    )
    np.testing.assert_allclose(network.vectors(IDS), inputs, atol=1e-6)
    for directions, layers in zip(network.trace(IDS), recurrent_layers(model), strict=True):
        outputs = []
        for side, (trace, layer) in enumerate(zip(directions, layers, strict=True)):
            states, gates = keras_steps(layer, inputs, backwards=bool(side))
            for ours, theirs in ((trace.states, states), (trace.gates, gates)):
                assert list(ours) == list(theirs)
                for name, values in ours.items():
                    scale = max(1.0, float(np.abs(theirs[name]).max()))  # ReLU grows without limit
                    np.testing.assert_allclose(values / scale, theirs[name] / scale, atol=1e-5, err_msg=name)
            outputs.append(states["hidden"])
        inputs = np.concatenate(outputs, axis=-1)


def computed(formula: str, activation: str, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The value of `Equation.numbers`."""
    text = formula.replace("·", "*").replace("−", "-").replace("σ", "sigmoid").replace("φ", "activation")
    code = re.sub(r"\{([\w.]+)\}", r'arrays["\1"]', text)
    return eval(code, {"sigmoid": sigmoid, "activation": ACTIVATIONS[activation].function, "arrays": arrays})


@pytest.mark.parametrize(("cell", "activation", "depth", "both"), _CASES)
def test_every_equation_gives_the_number_that_flows(cell, activation, depth, both):
    network, _ = network_of(spec_of(cell, activation, depth, both))
    inside = look_inside(network, IDS[0])
    for i, directions in enumerate(network.layers):
        for side, direction in enumerate(directions):
            units, times = np.array([5, 0, 3]), slice(2, 17)
            arrays = stretch(direction, inside.inputs(i), inside.layers[i][side], bool(side), units, times).arrays
            assert CELLS[cell].equations[-1].name == CELLS[cell].states[0]  # the output
            for equation in CELLS[cell].equations:
                assert arrays[equation.name].shape == (15, 3)
                value = computed(equation.numbers, activation, {name: each.copy() for name, each in arrays.items()})
                scale = max(1.0, float(np.abs(value).max()))
                np.testing.assert_allclose(value / scale, arrays[equation.name] / scale, atol=1e-5, err_msg=equation.name)


@pytest.mark.parametrize("cell", CELLS)
def test_every_gate_and_state_is_explained(cell):
    record = CELLS[cell]
    explained = [equation.name for equation in record.equations]
    own = {"candidate"} if cell == "rnn" else set()  # a SimpleRNN's state is its candidate
    assert set(explained) == {*record.gates, *record.states} - own and len(set(explained)) == len(explained)
    for equation in record.equations:
        assert 1 <= equation.explanation.count(".") <= 3 and equation.meaning and equation.symbol
    assert record.in_words.endswith(".")


@pytest.mark.parametrize("cell", CELLS)
def test_the_weights_of_a_gate_are_where_it_says(cell):
    """The text names columns of Keras' arrays; their product is what the gate gets from the input and from the past."""
    network, model = network_of(spec_of(cell, "tanh", 1, False))
    ((layer,),) = recurrent_layers(model)
    kernel, recurrent_kernel, bias = (np.array(weight) for weight in layer.get_weights())
    inside = look_inside(network, IDS[0])
    part = stretch(network.layers[0][0], inside.vectors, inside.layers[0][0], False, np.arange(8), _ALL)
    for gate in CELLS[cell].gates:
        named = weights_of_gate(CELLS[cell], gate, 8)
        of_input, of_past, of_bias = eval(f"({named})", {"kernel": kernel, "recurrent_kernel": recurrent_kernel, "bias": bias})
        first, second = of_bias if of_bias.ndim == 2 else (of_bias, 0)
        np.testing.assert_allclose(part.arrays[f"x.{gate}"], inside.vectors @ of_input + first, atol=1e-5)
        np.testing.assert_allclose(part.arrays[f"h.{gate}"], part.arrays["before.hidden"] @ of_past + second, atol=1e-5)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("both", [False, True])
def test_the_answer_at_each_timestep_is_that_of_the_prefix(pooling, both):
    spec = ModelSpec((LayerSpec("gru", 6, bidirectional=both), LayerSpec("lstm", 5, bidirectional=both)), 7, pooling=pooling)
    network, _ = network_of(spec)
    told = []
    predictions = look_inside(network, IDS[1], lambda share, what: told.append(share)).predictions
    np.testing.assert_array_equal(predictions.timesteps, np.arange(1, 22))
    np.testing.assert_allclose(predictions.logits, predict_prefixes(network, IDS[1]).logits, atol=1e-5)
    for end in (1, 9, 21):
        np.testing.assert_allclose(predictions.logits[end - 1], network.classify(IDS[1:2, :end])[0], atol=1e-5)
    assert told == sorted(told) and len(told) == (4 if both else 2) and predictions.logits.shape[1] == CLASSES


def test_units_that_behave_alike_stand_together():
    time = np.linspace(0, 6, 50)
    random = np.random.default_rng(1)
    kinds = np.array([0, 1, 2] * 20)
    waves = np.stack([np.sin(time), np.cos(2 * time), time / 6])
    hidden = (waves[kinds] * random.uniform(0.5, 1.5, (60, 1)) + random.normal(0, 0.02, (60, 50))).T.astype(np.float32)
    order = alike(hidden)
    assert sorted(order) == list(range(60))
    changes = (np.diff(kinds[order]) != 0).sum()
    assert changes <= 3  # three blocks; the circle may be cut within one
    typical, sizes = typical_units(hidden, 6)
    assert len(set(typical)) == 6 and sizes.tolist() == [10] * 6 and set(kinds[typical]) == {0, 1, 2}
    left_out = next(unit for unit in range(60) if unit not in typical)
    assert left_out in typical_units(hidden, 6, [left_out])[0]
    every, ones = typical_units(hidden, 60)
    assert sorted(every) == list(range(60)) and set(ones) == {1}


def test_units_that_never_move_are_no_trouble():
    for units in (1, 2, 200):
        typical, sizes = typical_units(np.zeros((5, units), np.float32), 128)
        assert len(typical) == min(units, 128) and sizes.sum() == units


def test_a_cell_may_call_its_output_by_another_name(monkeypatch):
    """The first state is the output, whatever it is called."""
    renamed = replace(MINIMAL, states=("answer",))
    monkeypatch.setitem(CELLS, "minimal", renamed)
    network, _ = network_of(spec_of("minimal", "tanh", 2, False))
    read = look_inside(network, IDS[0])
    assert np.array_equal(read.inputs(1), read.layers[0][0].states["answer"][0]) and len(read.predictions.logits) == len(IDS[0])
