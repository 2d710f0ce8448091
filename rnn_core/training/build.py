"""Build a Keras model from a `ModelSpec`, for every task, with the inputs and outputs that the task's `ModelIO` describes."""

import importlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens
from rnn_core.spec.training import TrainingSpec
from rnn_core.training.recurrent import with_own_gradient
from rnn_core.training.tf_import import keras

layers, ops = keras.layers, keras.ops

_PADDING_PENALTY = 1e9  # subtracted from states at padding, which then never are the maximum


@dataclass(frozen=True)
class BuiltModel:
    """Two Keras models over the same layers.

    `plain` starts from zero states; it is saved and exported. `with_state` maps [inputs, *states] to [logits, *states]: the
    caller passes the states from batch to batch, while `stateful=True` in Keras can lose them silently. For a network that reads
    whole inputs, which carries no state, both are the same model.
    """

    plain: keras.Model
    with_state: keras.Model
    state_units: tuple[int, ...]  # units of each carried state, whose shape is (batch, units)


def build(spec: ModelSpec, model_io: ModelIO, seed: int, own_gradient: bool = False) -> BuiltModel:
    """Without `own_gradient`, the models have no layers but those of Keras and of added cells.

    Logits have the shape (batch, time, outputs) for a network that predicts after each timestep, else (batch, outputs)."""
    keras.utils.set_random_seed(seed)
    model_input = model_io.input
    if isinstance(model_input, Tokens):
        inputs = keras.Input((model_io.timesteps,), dtype="int32", name="ids")
        first = layers.Embedding(model_input.vocabulary, spec.embedding, mask_zero=model_input.masked, name="embedding")(inputs)
        ids = inputs if model_input.masked else None
    else:
        first = inputs = keras.Input((model_io.timesteps, model_input.features), name="vectors")
        ids = None
    head = _head(spec, model_io.output.units)
    return (
        _per_timestep_model(spec, inputs, first, head, own_gradient)
        if model_io.per_timestep
        else _whole_input_model(spec, ids, inputs, first, head, own_gradient)
    )


def _per_timestep_model(spec: ModelSpec, inputs, first, head, own_gradient: bool) -> BuiltModel:
    """A prediction after each timestep; states are inputs and outputs of the model."""
    assert not any(layer.bidirectional for layer in spec.layers), "RunSpec refuses bidirectional layers for generation"
    initial_states, final_states, recurrent, x = [], [], [], first
    for i, layer in enumerate(spec.layers):
        rnn = _recurrent(layer, own_gradient, f"layer{i}", return_sequences=True, return_state=True)
        drop = layers.Dropout(layer.dropout, name=f"layer{i}_dropout") if layer.dropout else None
        recurrent.append((rnn, drop))
        initial = [keras.Input((layer.units,), name=f"state{i}{k}") for k in range(len(CELLS[layer.cell].states))]
        x, *final = rnn(x, initial_state=initial)
        x = drop(x) if drop else x
        initial_states += initial
        final_states += final
    with_state = keras.Model([inputs, *initial_states], [head(x), *final_states], name="carrying")
    y = first
    for rnn, drop in recurrent:
        y = rnn(y)[0]
        y = drop(y) if drop else y
    return BuiltModel(keras.Model(inputs, head(y), name="plain"), with_state, tuple(s.shape[-1] for s in initial_states))


def _whole_input_model(spec: ModelSpec, ids, inputs, x, head, own_gradient: bool) -> BuiltModel:
    """One prediction from the last layer's states; where `ids` (batch, time) are 0, there is padding, which is skipped."""
    for i, layer in enumerate(spec.layers):
        returns_sequences = i < len(spec.layers) - 1 or spec.pooling != "last"  # otherwise only its last state is needed
        rnn = _recurrent(layer, own_gradient, f"layer{i}", return_sequences=returns_sequences)
        if ids is not None and hasattr(rnn, "use_cudnn"):
            rnn.use_cudnn = False  # with a mask, cuDNN's kernel ends a run whose padding comes before the text
        if layer.bidirectional:
            rnn = layers.Bidirectional(rnn, name=f"layer{i}")
        x = rnn(x)
        if returns_sequences and i == len(spec.layers) - 1:
            x = _pooled(spec.pooling, x, ids)
        x = layers.Dropout(layer.dropout, name=f"layer{i}_dropout")(x) if layer.dropout else x
    model = keras.Model(inputs, head(x), name="plain")
    return BuiltModel(model, model, ())


def _pooled(pooling: str, x, ids):
    """Mean or maximum of (batch, time, units) over time; with `ids` (batch, time), without padding, whose id is 0."""
    not_empty = None if ids is None else ops.expand_dims(ops.cast(ops.not_equal(ids, 0), "float32"), -1)
    match pooling:
        case "mean":
            return (
                ops.mean(x, axis=1)
                if ids is None
                else ops.sum(x * not_empty, axis=1) / ops.maximum(ops.sum(not_empty, axis=1), 1.0)
            )
        case "max":
            return ops.max(x if ids is None else x - (1.0 - not_empty) * _PADDING_PENALTY, axis=1)
        case unknown:
            raise ValueError(f"Unknown pooling {unknown!r}")


def _recurrent(layer: LayerSpec, own_gradient: bool, name: str, **returns) -> layers.Layer:
    keras_class = _layer_class(CELLS[layer.cell].keras)
    return (with_own_gradient(keras_class) if own_gradient else keras_class)(
        layer.units, activation=layer.activation, recurrent_dropout=layer.recurrent_dropout, name=name, **returns
    )


@cache
def _layer_class(class_path: str) -> type[layers.Layer]:
    """The class that a cell's record names as `module:name`."""
    module, name = class_path.split(":")
    return getattr(importlib.import_module(module), name)


def _head(spec: ModelSpec, outputs: int):
    """The dense layers and the output layer as a function: both models call the same layers."""
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
    """The optimizer of a spec; the training loop sets its learning rate before a step."""
    kind = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}[spec.optimizer]
    return kind(spec.learning_rate, global_clipnorm=spec.clip_norm or None)


def _layers_with_weights(model: keras.Model):
    """Yield (layer, prefix, names of its weights in `rnn_core.nn`) of every layer with weights.

    Raises `TypeError` for a layer whose weights have no names there.
    """
    cells = {_layer_class(cell.keras): cell.weights for cell in CELLS.values()}
    for layer in model.layers:
        if isinstance(layer, layers.Bidirectional):
            yield layer.forward_layer, f"{layer.name}.", _names(cells, layer.forward_layer)
            yield layer.backward_layer, f"{layer.name}.backward.", _names(cells, layer.backward_layer)
        elif names := _names(cells, layer):
            yield layer, f"{layer.name}.", names
        elif isinstance(layer, layers.Dense):
            yield layer, f"{layer.name}.", ("kernel", "bias")
        elif isinstance(layer, layers.Embedding):
            yield layer, "", ("embedding",)
        elif layer.trainable_variables:
            raise TypeError(f"{type(layer).__name__} has weights without names in rnn_core.nn.")


def _names(cells: dict[type, tuple[str, ...]], layer: layers.Layer) -> tuple[str, ...] | None:
    return next((cells[keras_class] for keras_class in type(layer).__mro__ if keras_class in cells), None)


def weights_of(model: keras.Model) -> dict[str, np.ndarray]:
    """The model's weights by their names in `rnn_core.nn`."""
    arrays = {}
    for layer, prefix, names in _layers_with_weights(model):
        arrays |= zip((prefix + name for name in names), layer.get_weights()[: len(names)], strict=True)
    return arrays


def set_weights(model: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Put the arrays of `weights_of` into a model of the same spec."""
    for layer, prefix, names in _layers_with_weights(model):
        seed_states = layer.get_weights()[len(names) :]  # of recurrent dropout
        layer.set_weights([arrays[prefix + name] for name in names] + seed_states)
