"""Presets of the series task."""

from rnn_core.tasks.task import Preset

_SINE = {"source": "sine", "units": 32, "window": 30, "epochs": 30, "batch_size": 32, "learning_rate": 0.003}

PRESETS: dict[str, Preset] = {
    "quick": Preset(
        "Quick", "A GRU with 32 units that reads 30 steps and the calendar: a forecast within seconds.",
        {"units": 32, "calendar": True, "epochs": 20, "batch_size": 32, "learning_rate": 0.002},
    ),
    "thorough": Preset(
        "Thorough", "The same with all columns, some dropout and smaller steps.",
        {"units": 32, "dropout": 0.2, "inputs": "all", "calendar": True, "epochs": 30, "batch_size": 32, "learning_rate": 0.002},
    ),
    "prices": Preset(
        "Prices, honestly", "An LSTM on a stock index. Its curve seems to follow the prices: look beside it at the last value. Without "
        "Differences, prices outside the training part are out of its reach.",
        {"source": "indices", "differences": True, "cell": "lstm", "units": 32, "epochs": 20, "batch_size": 64, "learning_rate": 0.003},
    ),
    "sine-rnn": Preset("Sine, SimpleRNN", "A noisy sine. Let the network run free: does it hold the period?", {"cell": "rnn", **_SINE}),
    "sine-lstm": Preset("Sine, LSTM", "The same with an LSTM. Compare how long each holds the period.", {"cell": "lstm", **_SINE}),
}  # fmt: skip
