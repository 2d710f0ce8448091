"""A ModelSpec becomes a Keras model that reads tokens and predicts the next one."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from rnn_core.spec import CELLS, ModelSpec, TrainingSpec

_CELLS = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


@dataclass(frozen=True)
class Built:
    """Two views of the same layers.

    `plain` maps ids (batch, time) to logits (batch, time, classes) and starts from zeros: what is saved and exported.
    `carrying` maps [ids, *states] to [logits, *states], so that the caller carries the state from batch to batch; here
    nothing can be lost silently, as it can with Keras' `stateful=True`.
    """

    plain: keras.Model
    carrying: keras.Model
    state_units: tuple[int, ...]  # width of each state; states are (batch, units)


def build(spec: ModelSpec, classes: int, seed: int) -> Built:
    """Token ids in, logits of the next token out. A task that reads whole inputs needs another head, and both directions."""
    assert not any(layer.bidirectional for layer in spec.layers), "RunSpec refuses bidirectional layers for generation"
    keras.utils.set_random_seed(seed)
    ids = keras.Input((None,), dtype="int32", name="ids")
    first = x = layers.Embedding(classes, spec.embedding, name="embedding")(ids)
    starts, ends, recurrent = [], [], []
    for i, layer in enumerate(spec.layers):
        rnn = _CELLS[layer.cell](
            layer.units,
            activation=layer.activation,
            recurrent_dropout=layer.recurrent_dropout,
            return_sequences=True,
            return_state=True,
            name=f"layer{i}",
        )
        drop = layers.Dropout(layer.dropout, name=f"layer{i}_dropout") if layer.dropout else None
        recurrent.append((rnn, drop))
        start = [keras.Input((layer.units,), name=f"state{i}{k}") for k in range(CELLS[layer.cell].states)]
        x, *end = rnn(x, initial_state=start)
        x = drop(x) if drop else x
        starts += start
        ends += end
    read_out = []
    for i, dense in enumerate(spec.dense):
        read_out.append(layers.Dense(dense.units, activation=dense.activation, name=f"dense{i}"))
        if dense.dropout:
            read_out.append(layers.Dropout(dense.dropout, name=f"dense{i}_dropout"))
    read_out.append(layers.Dense(classes, name="output"))

    def finish(x):
        for layer in read_out:
            x = layer(x)
        return x

    carrying = keras.Model([ids, *starts], [finish(x), *ends], name="carrying")
    y = first
    for rnn, drop in recurrent:
        y = rnn(y)[0]
        y = drop(y) if drop else y
    plain = keras.Model(ids, finish(y), name="plain")
    return Built(plain, carrying, tuple(s.shape[-1] for s in starts))


def optimizer(spec: TrainingSpec, steps: int) -> keras.optimizers.Optimizer:
    """`steps` is the length of the whole run: cosine decay glides to a fiftieth of the rate over it."""
    rate = spec.learning_rate
    if spec.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, max(1, steps), alpha=0.02)
    kind = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}[spec.optimizer]
    return kind(rate, global_clipnorm=spec.clip_norm or None)


def weights_of(model: keras.Model) -> dict[str, np.ndarray]:
    """The model's weights by the names that `rnn_core.forward` reads."""
    arrays = {}
    for layer in model.layers:
        values = layer.get_weights()
        if not values or layer.name.endswith("dropout"):
            continue
        if layer.name == "embedding":
            arrays["embedding"] = values[0]
        elif layer.name.startswith("layer"):
            arrays |= zip((f"{layer.name}.kernel", f"{layer.name}.recurrent", f"{layer.name}.bias"), values[:3], strict=True)
        else:
            arrays |= zip((f"{layer.name}.kernel", f"{layer.name}.bias"), values, strict=True)
    return arrays


def set_weights(model: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """The way back: put what `weights_of` gave into a model of the same spec."""
    for layer in model.layers:
        if layer.name == "embedding":
            layer.set_weights([arrays["embedding"]])
        elif layer.name.startswith(("layer", "dense", "output")) and not layer.name.endswith("dropout"):
            names = ("kernel", "recurrent", "bias") if layer.name.startswith("layer") else ("kernel", "bias")
            rest = layer.get_weights()[len(names) :]  # the state of a recurrent dropout's random numbers
            layer.set_weights([arrays[f"{layer.name}.{name}"] for name in names] + rest)
