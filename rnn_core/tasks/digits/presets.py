"""Presets of the digits task."""

from typing import Any

from rnn_core.tasks.task import Preset

_COURSE = {"epochs": 3, "batch_size": 32, "learning_rate": 0.001, "schedule": "constant", "clip_norm": 1.0}
_PIXELS = {"units": 64, "reading": "pixels", "epochs": 4, "batch_size": 128, "learning_rate": 0.005}


def _course(activation: str) -> dict[str, Any]:
    layers = [{"cell": "lstm", "units": 128, "activation": activation, "dropout": dropout} for dropout in (0.2, 0.1)]
    return {"layers": layers, "dense": [{"units": 32, "activation": "relu", "dropout": 0.2}], **_COURSE}


PRESETS: dict[str, Preset] = {
    "quick": Preset(
        "Quick", "A GRU with 64 units: most digits right within ten seconds.",
        {"units": 64, "epochs": 3, "batch_size": 256, "learning_rate": 0.006},
    ),
    "course": Preset(
        "Course (ReLU)", "Two LSTM layers with ReLU and dropout, then a dense layer, as in many courses, but with gradient clipping, "
        "without which ReLU may explode. ReLU gains nothing (MNIST: 98.2 %, with tanh 98.3 %), and a GPU cannot use cuDNN's fast kernel.", _course("relu"),
    ),
    "course-tanh": Preset(
        "Course (tanh)", "The same with tanh, which keeps the hidden state between -1 and 1, and which cuDNN's fast kernel needs on a GPU.",
        _course("tanh"),
    ),
    "accurate": Preset(
        "Accurate", "Two LSTM layers, ten epochs and a falling learning rate: 99 of 100 MNIST digits right.",
        {"cell": "lstm", "units": 128, "layers": 2, "dropout": 0.2, "epochs": 10, "batch_size": 128, "learning_rate": 0.003},
    ),
    "forgetful": Preset(
        "Pixels, SimpleRNN", "On MNIST it only guesses: half of the digits end with a hundred pixels or more without ink, and tanh lets hardly any "
        "error travel back that far. The small digits have ink until the end, and it learns them.", {"cell": "rnn", **_PIXELS},
    ),
    "gates": Preset(
        "Pixels, GRU", "The same with gates: begins to learn MNIST within minutes (65 % after 4 epochs). On the small digits, SimpleRNN learns faster.",
        {"cell": "gru", **_PIXELS},
    ),
    "exploding": Preset(
        "Exploding", "A SimpleRNN on the small digits, pixel by pixel, with SGD and without clipping: a few large gradients throw its weights so far that it "
        "ends at guessing (look at Gradient, Norm). With Gradient clipping 1 it learns.",
        {**_PIXELS, "source": "digits-8x8", "cell": "rnn", "optimizer": "sgd", "learning_rate": 0.3, "clip_norm": 0.0, "epochs": 7,
         "batch_size": 32},
    ),
}  # fmt: skip
