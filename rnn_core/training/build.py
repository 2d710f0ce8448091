"""A ModelSpec becomes a Keras model, for every task, from the task's `ModelIO`: what comes in and what goes out."""

import importlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens
from rnn_core.spec.training import TrainingSpec
from rnn_core.training.tf_import import keras

layers, ops = keras.layers, keras.ops

_NEVER = 1e9  # taken from states at empty places, so that they are no maximum


@dataclass(frozen=True)
class Built:
    """Two views of the same layers.

    `plain` starts from zeros: what is saved and exported. `carrying` maps [inputs, *states] to [logits, *states], so that the
    caller carries the state from batch to batch; here nothing can be lost silently, as it can with Keras' `stateful=True`.
    A network that reads whole inputs carries nothing: there both are one.
    """

    plain: keras.Model
    carrying: keras.Model
    state_units: tuple[int, ...]  # width of each state that is carried; states are (batch, units)


def build(spec: ModelSpec, model_io: ModelIO, seed: int) -> Built:
    """Outputs (batch, time, units) of a network that predicts after each timestep, else (batch, units)."""
    keras.utils.set_random_seed(seed)
    came = model_io.input
    if isinstance(came, Tokens):
        inputs = keras.Input((model_io.timesteps,), dtype="int32", name="ids")
        first = layers.Embedding(came.vocabulary, spec.embedding, mask_zero=came.masked, name="embedding")(inputs)
        ids = inputs if came.masked else None
    else:
        first = inputs = keras.Input((model_io.timesteps, came.features), name="vectors")
        ids = None
    head = _head(spec, model_io.output.units)
    return _predicting(spec, inputs, first, head) if model_io.per_timestep else _reading(spec, ids, inputs, first, head)


def _predicting(spec: ModelSpec, inputs, first, head) -> Built:
    """A prediction after each timestep, and the states in and out."""
    assert not any(layer.bidirectional for layer in spec.layers), "RunSpec refuses bidirectional layers for generation"
    starts, ends, recurrent, x = [], [], [], first
    for i, layer in enumerate(spec.layers):
        rnn = _recurrent(layer, f"layer{i}", return_sequences=True, return_state=True)
        drop = layers.Dropout(layer.dropout, name=f"layer{i}_dropout") if layer.dropout else None
        recurrent.append((rnn, drop))
        start = [keras.Input((layer.units,), name=f"state{i}{k}") for k in range(len(CELLS[layer.cell].states))]
        x, *end = rnn(x, initial_state=start)
        x = drop(x) if drop else x
        starts += start
        ends += end
    carrying = keras.Model([inputs, *starts], [head(x), *ends], name="carrying")
    y = first
    for rnn, drop in recurrent:
        y = rnn(y)[0]
        y = drop(y) if drop else y
    return Built(keras.Model(inputs, head(y), name="plain"), carrying, tuple(s.shape[-1] for s in starts))


def _reading(spec: ModelSpec, ids, inputs, x, head) -> Built:
    """One prediction, from the last layer's states; `ids` says where empty places are skipped."""
    for i, layer in enumerate(spec.layers):
        whole = i < len(spec.layers) - 1 or spec.pooling != "last"  # else only its last state is needed
        rnn = _recurrent(layer, f"layer{i}", return_sequences=whole)
        if layer.bidirectional:
            rnn = layers.Bidirectional(rnn, name=f"layer{i}")
        x = rnn(x)
        if whole and i == len(spec.layers) - 1:
            x = _over_time(spec.pooling, x, ids)
        x = layers.Dropout(layer.dropout, name=f"layer{i}_dropout")(x) if layer.dropout else x
    model = keras.Model(inputs, head(x), name="plain")
    return Built(model, model, ())


def _over_time(pooling: str, x, ids):
    """Mean or maximum of (batch, time, units) over time; with `ids`, over the places that are not empty."""
    filled = None if ids is None else ops.expand_dims(ops.cast(ops.not_equal(ids, 0), "float32"), -1)
    match pooling:
        case "mean":
            return ops.mean(x, axis=1) if ids is None else ops.sum(x * filled, axis=1) / ops.maximum(ops.sum(filled, axis=1), 1.0)
        case "max":
            return ops.max(x if ids is None else x - (1.0 - filled) * _NEVER, axis=1)
        case unknown:
            raise ValueError(f"Unknown pooling {unknown!r}")


def _recurrent(layer: LayerSpec, name: str, **returns) -> layers.Layer:
    return _layer_class(CELLS[layer.cell].keras)(
        layer.units, activation=layer.activation, recurrent_dropout=layer.recurrent_dropout, name=name, **returns
    )


@cache
def _layer_class(named: str) -> type[layers.Layer]:
    """The class that a cell's record names as module:name."""
    module, name = named.split(":")
    return getattr(importlib.import_module(module), name)


def _head(spec: ModelSpec, outputs: int):
    """The dense layers and the output, as a function: both views call the same layers."""
    chain = []
    for i, dense in enumerate(spec.dense):
        chain.append(layers.Dense(dense.units, activation=dense.activation, name=f"dense{i}"))
        if dense.dropout:
            chain.append(layers.Dropout(dense.dropout, name=f"dense{i}_dropout"))
    chain.append(layers.Dense(outputs, name="output"))

    def head(x):
        for layer in chain:
            x = layer(x)
        return x

    return head


def optimizer(spec: TrainingSpec) -> keras.optimizers.Optimizer:
    """Its learning rate is a variable that the loop sets before a step."""
    kind = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}[spec.optimizer]
    return kind(spec.learning_rate, global_clipnorm=spec.clip_norm or None)


def _named(model: keras.Model):
    """(layer, its name for `rnn_core.nn`, the names of its weights) of every layer that learns. Raises for one of another kind."""
    cells = {_layer_class(cell.keras): cell.weights for cell in CELLS.values()}
    for layer in model.layers:
        if isinstance(layer, layers.Bidirectional):
            yield layer.forward_layer, f"{layer.name}.", cells[type(layer.forward_layer)]
            yield layer.backward_layer, f"{layer.name}.backward.", cells[type(layer.backward_layer)]
        elif type(layer) in cells:
            yield layer, f"{layer.name}.", cells[type(layer)]
        elif isinstance(layer, layers.Dense):
            yield layer, f"{layer.name}.", ("kernel", "bias")
        elif isinstance(layer, layers.Embedding):
            yield layer, "", ("embedding",)
        elif layer.trainable_variables:
            raise TypeError(f"{type(layer).__name__} learns, and nothing says what its weights are called.")


def weights_of(model: keras.Model) -> dict[str, np.ndarray]:
    """The model's weights by the names that `rnn_core.nn` reads."""
    arrays = {}
    for layer, prefix, names in _named(model):
        arrays |= zip((prefix + name for name in names), layer.get_weights()[: len(names)], strict=True)
    return arrays


def set_weights(model: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """The way back: put what `weights_of` gave into a model of the same spec."""
    for layer, prefix, names in _named(model):
        rest = layer.get_weights()[len(names) :]  # the state of a recurrent dropout's random numbers
        layer.set_weights([arrays[prefix + name] for name in names] + rest)
