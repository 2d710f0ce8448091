"""The layers of a spec as lines of Keras, and as the rows that `model.summary()` prints for them."""

from collections.abc import Iterator
from dataclasses import dataclass

from rnn_core.cells import CELLS
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens
from rnn_core.spec.summary import DENSE, EMBEDDING, OUTPUT, RECURRENT, LayerSummary, summary

_CUDNN = ("LSTM", "GRU")  # layers of Keras with a kernel of cuDNN
NO_REGULARIZER = "keras.regularizers.L2(0.0)"  # makes the gradient of an embedding one array, whose norm can be measured
MASKED_MAXIMUM = '''class MaskedMaximum(layers.Layer):
    """GlobalMaxPooling1D knows no mask: an empty place could win."""

    def call(self, x, mask=None):
        return keras.ops.max(keras.ops.where(mask[..., None], x, -1e9), axis=1)'''


@dataclass(frozen=True)
class Layer:
    """A layer: its code, and its row in the summary."""

    code: str  # an expression
    name: str  # such as Bidirectional(LSTM(64))
    shape: tuple[int | None, ...]  # of the output, without the batch; None where inputs differ in length
    parameters: int = 0


def layers_of(model: ModelSpec, model_io: ModelIO) -> list[Layer]:
    """All layers after the input, in their order."""
    return [layer for row in summary(model, model_io) for layer in _layers(row, model, model_io)]


def first_made(model: ModelSpec, model_io: ModelIO) -> int:
    """How many of the last layers are made before the recurrent ones: the dense layers with their dropout, and the output."""
    return 1 + sum(1 + bool(dense.dropout) for dense in model.dense)


def has_masked_maximum(model: ModelSpec, model_io: ModelIO) -> bool:
    return model.pooling == "max" and _is_masked(model_io) and not model_io.per_timestep


def added_cells(model: ModelSpec) -> list[tuple[str, str]]:
    """(module, class) of cells that Keras does not have."""
    paths = {tuple(CELLS[layer.cell].keras.split(":")) for layer in model.layers}
    return sorted(path for path in paths if path[0] != "keras.layers")


def _is_masked(model_io: ModelIO) -> bool:
    return isinstance(model_io.input, Tokens) and model_io.input.masked


def _layers(row: LayerSummary, model: ModelSpec, model_io: ModelIO) -> Iterator[Layer]:
    """The layers of one row: dropout and pooling have no row."""
    if row.kind == EMBEDDING:
        mask = ", mask_zero=True" if _is_masked(model_io) else ""
        arguments = f"{model_io.input.vocabulary}, {model.embedding}{mask}, embeddings_regularizer={NO_REGULARIZER}"
        yield Layer(f"layers.Embedding({arguments})", "Embedding", row.shape, row.parameters)
    elif row.kind == RECURRENT:
        layer, is_last = model.layers[row.index], row.index == len(model.layers) - 1
        pools = is_last and not model_io.per_timestep and model.pooling != "last"
        all_timesteps = pools or not is_last or model_io.per_timestep
        width = row.shape[-1]
        code, name = _recurrent(layer, model_io, all_timesteps)
        yield Layer(code, name, (model_io.timesteps, width) if all_timesteps else (width,), row.parameters)
        if pools:
            name = _pooling(model, model_io)
            yield Layer(f"{name}()", name.removeprefix("layers."), (width,))
        yield from _dropout(layer.dropout, row.shape)
    elif row.kind == DENSE:
        dense = model.dense[row.index]
        yield Layer(
            f'layers.Dense({dense.units}, activation="{dense.activation}")', f"Dense({dense.units})", row.shape, row.parameters
        )
        yield from _dropout(dense.dropout, row.shape)
    elif row.kind == OUTPUT:
        units = model_io.output.units
        yield Layer(f"layers.Dense({units})", f"Dense({units})", row.shape, row.parameters)


def _recurrent(layer: LayerSpec, model_io: ModelIO, all_timesteps: bool) -> tuple[str, str]:
    """(code, name) of a recurrent layer."""
    module, keras_class = CELLS[layer.cell].keras.split(":")
    of_keras = module == "keras.layers"
    arguments = [
        str(layer.units),
        *([f'activation="{layer.activation}"'] if layer.activation != "tanh" or not of_keras else []),
        *([f"recurrent_dropout={layer.recurrent_dropout:g}"] if layer.recurrent_dropout else []),
        *(["return_sequences=True"] if all_timesteps else []),
        *(["stateful=True"] if model_io.carries_state else []),
        *(["use_cudnn=False"] if _is_masked(model_io) and of_keras and keras_class in _CUDNN else []),
    ]
    code, name = f"{'layers.' if of_keras else ''}{keras_class}({', '.join(arguments)})", f"{keras_class}({layer.units})"
    return (f"layers.Bidirectional({code})", f"Bidirectional({name})") if layer.bidirectional else (code, name)


def _pooling(model: ModelSpec, model_io: ModelIO) -> str:
    if has_masked_maximum(model, model_io):
        return "MaskedMaximum"
    return {"mean": "layers.GlobalAveragePooling1D", "max": "layers.GlobalMaxPooling1D"}[model.pooling]


def _dropout(share: float, shape: tuple[int | None, ...]) -> Iterator[Layer]:
    if share:
        yield Layer(f"layers.Dropout({share:g})", f"Dropout({share:g})", shape)
