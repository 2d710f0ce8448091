"""How a network is trained: epochs, batches, the optimizer."""

from dataclasses import dataclass

from rnn_core.spec.option import option_field

OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
SCHEDULES = {"constant": "Constant", "cosine": "Cosine decay"}


@dataclass(frozen=True)
class TrainingSpec:
    epochs: int = option_field(
        10,
        "Epochs",
        "ep",
        "How often the network reads all training data. More lower the training loss, until the network overfits.",
        low=1,
        high=10_000,
        step=1,
    )
    batch_size: int = option_field(
        64, "Batch size", "bs", "Pieces of text, pictures or reviews in one step. Larger is faster for each of them, but makes fewer updates "
        "per epoch; often the learning rate must grow with it.", low=1, high=2048, step=8)  # fmt: skip
    learning_rate: float = option_field(
        0.004, "Learning rate", "lr", "How far each step changes the weights. Too small learns slowly, too large overshoots or explodes.",
        low=1e-6, high=100.0)  # fmt: skip
    optimizer: str = option_field("adam", "Optimizer", "opt", "Adam and RMSprop give every weight its own step size; SGD does not, "
                           "and needs a learning rate near 1.", choices=OPTIMIZERS)  # fmt: skip
    schedule: str = option_field("cosine", "Learning-rate schedule", "sch", "Cosine decay lowers the learning rate to almost zero over "
                          "the run. The loss then settles at the end.", choices=SCHEDULES)  # fmt: skip
    clip_norm: float = option_field(
        1.0, "Gradient clipping", "clip", "Largest norm of the gradient; a larger one is scaled down to it. 0 switches clipping off, and "
        "recurrent networks then explode more easily.", low=0.0, high=1000.0, step=0.5)  # fmt: skip
    patience: int = option_field(
        0, "Stop early", "stop", "Ends the run once validation loss has not fallen for this many epochs; 0: never. A small number saves "
        "time, but may end a run that would have got better.", low=0, high=1000, step=1, since=3, before=0)  # fmt: skip
