"""Options of the network: recurrent layers, pooling of the last one, dense layers."""

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

    cell: str = option_field(
        "gru", "Cell", "c", " ".join(f"{c.label}: {c.help}" for c in CELLS.values()), choices=CellLabels(),
        older="`keras.layers.CuDNNLSTM(64)` and `keras.layers.CuDNNGRU(64)` are gone. `keras.layers.LSTM(64)` is "
        '`keras.layers.LSTM(64, use_cudnn="auto")`: it takes cuDNN\'s kernel on a GPU where it can. The "carry" of an LSTM is its cell '
        "state: `y, h, c = keras.layers.LSTM(64, return_state=True)(x)` gives the output, the hidden state and the cell state. A cell "
        "is all units together: `keras.layers.LSTMCell(64)`.")  # fmt: skip
    units: int = option_field(
        128, "Units", "u", "Numbers in the hidden state. Twice as many can hold more, but make a step up to four times slower.",
        low=1, high=2048, step=16)  # fmt: skip
    dropout: float = option_field(
        0.0, "Dropout", "d", "Share of this layer's outputs set to zero at each training step, while the others are scaled up; validation and "
        "test drop nothing, so training loss may stay above validation loss. Helps when training loss falls but validation loss rises; too "
        "much slows learning.", low=0.0, high=0.9, step=0.05,
        older="`keras.layers.LSTM(64, dropout=0.2)` drops the layer's inputs, the same ones at all timesteps. This option is a separate "
        "layer after the recurrent one: `keras.layers.Dropout(0.2)`.")  # fmt: skip
    recurrent_dropout: float = option_field(
        0.0, "Recurrent dropout", "r", "Share of the hidden state set to zero before each timestep: the same units for a whole sequence, others in "
        "the next training step. Reduces overfitting; each step takes a little longer, and a GPU cannot use cuDNN's fast kernel.",
        low=0.0, high=0.9, step=0.05)  # fmt: skip
    activation: str = option_field(
        "tanh", "Activation", "a", "Function of the candidate state, in an LSTM also of the cell state where it is read; gates stay sigmoid. "
        "ReLU has no upper limit: states may explode, and a GPU cannot use cuDNN's fast kernel.", choices=ACTIVATIONS,
        older='`keras.layers.LSTM(128, input_shape=(28, 28), activation="relu")` warns about `input_shape`, and ReLU gains nothing here. '
        "Write `keras.Sequential([keras.Input((28, 28)), keras.layers.LSTM(128)])`.")  # fmt: skip
    bidirectional: bool = option_field(
        False, "Bidirectional", "b", "A second layer reads from the end to the beginning, and both states are joined: 64 units give 128 outputs, "
        "with twice the weights. Not for generating text, whose end is not written yet.",
        older="`keras.layers.Bidirectional(keras.layers.LSTM(64), return_sequences=True)` is refused. Write "
        "`keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))`.")  # fmt: skip


@dataclass(frozen=True)
class DenseSpec:
    """One fully connected layer between the recurrent layers and the output."""

    units: int = option_field(
        32,
        "Dense units",
        "u",
        "Units of the dense layer before the output. More can fit more, and overfit sooner.",
        low=1,
        high=2048,
        step=16,
    )
    activation: str = option_field("relu", "Dense activation", "a", "Function of the dense layer's outputs.", choices=ACTIVATIONS)
    dropout: float = option_field(
        0.0, "Dense dropout", "d", "Share of the dense layer's outputs set to zero at each training step, while the others are scaled up; validation "
        "and test drop nothing. More reduces overfitting, and slows learning.", low=0.0, high=0.9, step=0.05)  # fmt: skip


@dataclass(frozen=True)
class ModelSpec:
    layers: tuple[LayerSpec, ...] = (LayerSpec(),)
    embedding: int = option_field(
        64, "Embedding", "emb", "How many learnt numbers stand for each character or word. More can tell more of them apart, but train more slowly.",
        low=1, high=1024, step=8, exists=lambda task: task.input is Tokens,
        older="`keras.layers.Embedding(10000, 100, input_length=200)` only warns: remove `input_length`. "
        "`keras.layers.Embedding(10000, 100)` is enough; `keras.layers.Embedding(10000, 100, mask_zero=True)` also masks padding.")  # fmt: skip
    pooling: str = option_field(
        "last", "Pooling", "out", "How the states of the last layer become one vector: the last state (of each direction), or the mean or "
        "maximum over all timesteps. Mean and maximum shorten the gradient's way back to early timesteps.",
        choices=POOLINGS, exists=lambda task: not task.per_timestep, aliases=("read_out",),
        older="`return_sequences=True` is not only for a layer before another recurrent layer: mean and maximum need it after the last one, too, as "
        "in `keras.layers.GlobalMaxPooling1D()(keras.layers.LSTM(64, return_sequences=True)(x))`.")  # fmt: skip
    dense: tuple[DenseSpec, ...] = ()
