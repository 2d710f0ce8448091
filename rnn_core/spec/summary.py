"""The layers of a network as a table: name, output shape and parameters, as `model.summary()` of Keras prints them."""

from dataclasses import dataclass

from rnn_core.cells import CELLS
from rnn_core.spec.model import LayerSpec, ModelSpec
from rnn_core.spec.model_io import ModelIO, Tokens

KINDS = INPUT, EMBEDDING, RECURRENT, DENSE, OUTPUT = "input", "embedding", "recurrent", "dense", "output"


@dataclass(frozen=True)
class LayerSummary:
    kind: str
    name: str  # such as `Bidirectional GRU 64`
    shape: tuple[int | None, ...]  # of the output: (timesteps, features), or (features,) without time; timesteps None: they differ
    parameters: int = 0  # trainable numbers
    index: int = 0  # among the layers of the same kind


def layer_name(layer: LayerSpec) -> str:
    """A recurrent layer in words, such as `Bidirectional GRU 64`."""
    return f"{'Bidirectional ' if layer.bidirectional else ''}{CELLS[layer.cell].label} {layer.units}"


def summary(model: ModelSpec, model_io: ModelIO) -> list[LayerSummary]:
    """All layers from input to output. Dropout and pooling have no parameters and no row."""
    steps = (model_io.timesteps,)
    if isinstance(model_io.input, Tokens):
        vocabulary, width = model_io.input.vocabulary, model.embedding
        rows = [
            LayerSummary(INPUT, f"{vocabulary:,} tokens", steps),
            LayerSummary(EMBEDDING, f"Embedding {width}", (*steps, width), vocabulary * width),
        ]
    else:
        width = model_io.input.features
        rows = [LayerSummary(INPUT, f"{width:,} number{'s' if width > 1 else ''}", (*steps, width))]
    for i, layer in enumerate(model.layers):
        cell, directions = CELLS[layer.cell], 1 + layer.bidirectional
        parameters = directions * len(cell.gates) * layer.units * (width + layer.units + cell.biases)
        width = directions * layer.units
        reads_whole = i == len(model.layers) - 1 and not model_io.per_timestep
        rows.append(LayerSummary(RECURRENT, layer_name(layer), (width,) if reads_whole else (*steps, width), parameters, i))
    after = steps if model_io.per_timestep else ()
    dense = [(DENSE, layer.units) for layer in model.dense] + [(OUTPUT, model_io.output.units)]
    for i, (kind, units) in enumerate(dense):
        rows.append(LayerSummary(kind, f"Dense {units:,}", (*after, units), (width + 1) * units, i if kind == DENSE else 0))
        width = units
    return rows


def parameters(model: ModelSpec, model_io: ModelIO) -> int:
    """Number of trainable parameters of a network."""
    return sum(row.parameters for row in summary(model, model_io))
