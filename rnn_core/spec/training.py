"""How a network is trained: epochs, batches, the optimizer."""

from dataclasses import dataclass
from typing import Any

from rnn_core.spec.option import option_field

OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
_USUAL_RATES = {"adam": 0.004, "rmsprop": 0.008, "sgd": 2.0}  # what suits most networks here (`benchmarks.learning_rates`)
SCHEDULES = {"constant": "Constant", "cosine": "Cosine decay"}
COSINE_END = 0.02  # share of the learning rate at the end of cosine decay


def usual_rate(optimizer: str) -> float:
    """The learning rate that suits most networks here with this optimizer."""
    return _USUAL_RATES[optimizer]


@dataclass(frozen=True)
class TrainingSpec:
    epochs: int = option_field(
        10, "Epochs", "ep", "How often the network reads all training data. More lower the training loss; once the network overfits, validation loss "
        "rises again, and the weights of the best epoch are kept.", low=1, high=10_000, step=1,
        older="`model.fit(x, y, epochs=3, validation_data=(x_test, y_test))` takes the test set for validation, and then no data is left for an "
        "honest test. Write `model.fit(x, y, epochs=3, validation_split=0.1)`, and once, at the end, `model.evaluate(x_test, y_test)`.")  # fmt: skip
    batch_size: int = option_field(
        64, "Batch size", "bs", "Pieces of text, pictures or reviews in one step. Larger is faster for each of them, but makes fewer updates "
        "per epoch; often the learning rate must grow with it.", low=1, high=2048, step=8)  # fmt: skip
    learning_rate: float = option_field(
        0.004, "Learning rate", "lr", "How far each step changes the weights; Keras' Adam and RMSprop begin with 0.001. Too small learns slowly, too large "
        "overshoots or explodes.", low=1e-6, high=100.0,
        older="`keras.optimizers.Adam(lr=0.001)` is refused. Write `keras.optimizers.Adam(learning_rate=0.001)`.")  # fmt: skip
    optimizer: str = option_field(
        "adam", "Optimizer", "opt", "Adam and RMSprop give every weight its own step size. SGD does not, and has no momentum (Keras' default): with "
        "Gradient clipping 1 it needs a learning rate near 2, and often learns more slowly.", choices=OPTIMIZERS)  # fmt: skip
    schedule: str = option_field(
        "cosine", "Learning-rate schedule", "sch", "Cosine decay lowers the learning rate to almost zero over the run, and the loss settles at the "
        "end. A run stopped early has not settled; compare runs of different length only at their ends.", choices=SCHEDULES,
        older="`keras.optimizers.Adam(0.001, decay=1e-6)` warns and ignores `decay`. Write "
        "`keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.001, 1000))` for a run of 1000 steps.")  # fmt: skip
    clip_norm: float = option_field(
        1.0, "Gradient clipping", "clip", "Largest norm of all gradients together, in Keras `global_clipnorm` (`clipnorm` clips each weight array "
        "by itself); a larger gradient is scaled down to it. 0 switches clipping off, and recurrent networks then explode more easily.",
        low=0.0, high=1000.0, step=0.5,
        older="LSTM and GRU do not cure exploding gradients: they only ease vanishing ones. Clip with "
        "`keras.optimizers.Adam(0.001, global_clipnorm=1.0)`.")  # fmt: skip
    patience: int = option_field(
        0, "Stop early", "stop", "Ends the run once validation loss has not fallen for this many epochs; 0: never. A small number saves "
        "time, but may end a run that would have got better.", low=0, high=1000, step=1, since=3, before=0,
        older="`keras.callbacks.EarlyStopping(patience=3)` leaves the last weights, not the best. Write "
        "`keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)`.")  # fmt: skip


def safer(training: TrainingSpec) -> dict[str, Any]:
    """Options with which a run whose loss has exploded is likely to learn: a lower learning rate, and gradient clipping."""
    rate, usual = training.learning_rate, usual_rate(training.optimizer)
    change = {"learning_rate": usual if rate > usual else rate / 10}
    return change if 0 < training.clip_norm <= 1 else {**change, "clip_norm": 1.0}
