"""The table of layers beside Keras' own."""

import pytest

from rnn_core.spec.model import DenseSpec, LayerSpec, ModelSpec
from rnn_core.spec.model_io import Classes, ModelIO, NextToken, Tokens, Values, Vectors
from rnn_core.spec.summary import DENSE, INPUT, OUTPUT, RECURRENT, parameters, summary
from rnn_core.training.build import build

_KERAS_KINDS = ("Dropout",)  # layers without a row


def keras_rows(model) -> list[tuple[tuple, int]]:
    rows = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "InputLayer":
            rows.append((tuple(layer.output.shape[1:]), 0))
        elif layer.count_params():
            output = layer.output[0] if isinstance(layer.output, list | tuple) else layer.output
            rows.append((tuple(output.shape[1:]), layer.count_params()))
    return rows


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(
    "model_io",
    [
        ModelIO(Vectors(7), Classes(10), timesteps=5),
        ModelIO(Tokens(30, masked=True), Classes(2), timesteps=9),
        ModelIO(Vectors(3), Values(4), timesteps=6),
    ],
    ids=["vectors", "tokens", "values"],
)
def test_shapes_and_parameters_are_those_of_keras(cell, model_io):
    layers = (LayerSpec(cell=cell, units=6, bidirectional=True, dropout=0.1), LayerSpec(cell=cell, units=4))
    spec = ModelSpec(layers, embedding=8, dense=(DenseSpec(units=5),))
    rows = summary(spec, model_io)
    assert [(row.shape, row.parameters) for row in rows] == keras_rows(build(spec, model_io, seed=1).plain)
    assert parameters(spec, model_io) == build(spec, model_io, seed=1).plain.count_params()
    assert [row.kind for row in rows][-4:] == [RECURRENT, RECURRENT, DENSE, OUTPUT] and rows[0].kind == INPUT
    assert rows[-4].name.startswith("Bidirectional ") and rows[-4].shape == (model_io.timesteps, 12)


def test_a_network_that_predicts_each_next_token_keeps_the_timesteps():
    io = ModelIO(Tokens(30), NextToken(30), timesteps=None, per_timestep=True, carries_state=True)
    spec = ModelSpec((LayerSpec(units=6),), embedding=8)
    rows = summary(spec, io)
    assert [row.shape for row in rows] == [(None,), (None, 8), (None, 6), (None, 30)]
    assert sum(row.parameters for row in rows) == build(spec, io, seed=1).plain.count_params()


@pytest.mark.parametrize(("features", "name"), [(1, "1 number"), (1000, "1,000 numbers")])
def test_the_input_is_named_in_the_right_number(features, name):
    assert summary(ModelSpec((LayerSpec(),)), ModelIO(Vectors(features), Values(1), timesteps=3))[0].name == name
