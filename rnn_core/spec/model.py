"""The network's options: recurrent layers, the dense layers above them, and what of the last layer decides."""

from dataclasses import dataclass

from rnn_core.cells import CELLS, CellLabels
from rnn_core.spec.model_io import Tokens
from rnn_core.spec.option import option_field

ACTIVATIONS = {"tanh": "tanh", "relu": "ReLU"}
POOLINGS = {"last": "Last state", "mean": "Mean", "max": "Maximum"}
MAX_LAYERS = 4
MAX_DENSE = 4


@dataclass(frozen=True)
class LayerSpec:
    """One recurrent layer."""

    cell: str = option_field("gru", "Cell", "c", " ".join(f"{c.label}: {c.help}" for c in CELLS.values()),
                      choices=CellLabels())  # fmt: skip
    units: int = option_field(
        128, "Units", "u", "Numbers in the hidden state. Doubling them makes the network remember more, and a step up to "
        "four times slower.", low=1, high=2048, step=16)  # fmt: skip
    dropout: float = option_field(
        0.0, "Dropout", "d", "Share of this layer's outputs set to zero at each training step. Helps when training loss falls "
        "but validation loss rises; too much and it learns slowly.", low=0.0, high=0.9, step=0.05)  # fmt: skip
    recurrent_dropout: float = option_field(
        0.0, "Recurrent dropout", "r", "The same for the hidden state on its way to the next timestep. Slower, and on a GPU "
        "it switches cuDNN's fast kernel off.", low=0.0, high=0.9, step=0.05)  # fmt: skip
    activation: str = option_field(
        "tanh", "Activation", "a", "Squashes what the cell proposes. ReLU has no upper limit: states may explode, and cuDNN's "
        "fast kernel on a GPU needs tanh.", choices=ACTIVATIONS)  # fmt: skip
    bidirectional: bool = option_field(
        False, "Bidirectional", "b", "A second set of cells reads from the end to the beginning; both states stand side by side, so "
        "64 units show as 128. Not for generating text: there, the end has not been written yet.")  # fmt: skip


@dataclass(frozen=True)
class DenseSpec:
    """One fully connected layer between the recurrent layers and the output."""

    units: int = option_field(32, "Dense units", "u", "Width of the extra layer before the output.", low=1, high=2048, step=16)
    activation: str = option_field("relu", "Dense activation", "a", "What bends the extra layer's output.", choices=ACTIVATIONS)
    dropout: float = option_field(0.0, "Dense dropout", "d", "Share of the extra layer's outputs set to zero at each training step.",
                           low=0.0, high=0.9, step=0.05)  # fmt: skip


@dataclass(frozen=True)
class ModelSpec:
    layers: tuple[LayerSpec, ...] = (LayerSpec(),)
    embedding: int = option_field(
        64, "Embedding", "emb", "Each character or word becomes this many learnt numbers before the first cell reads it.",
        low=1, high=1024, step=8, exists=lambda task: task.input is Tokens)  # fmt: skip
    pooling: str = option_field(
        "last", "Pooling", "out", "What of the last layer decides: its last state (with Bidirectional, that of each direction), or the "
        "mean or the maximum of its states at all timesteps, which shortens the way back to early ones.",
        choices=POOLINGS, exists=lambda task: not task.per_timestep, aliases=("read_out",))  # fmt: skip
    dense: tuple[DenseSpec, ...] = ()
