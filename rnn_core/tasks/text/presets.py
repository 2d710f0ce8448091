"""Presets of the task text."""

from rnn_core.tasks.task import Preset

PRESETS: dict[str, Preset] = {
    "quick": Preset("Quick", "A GRU with 128 units: words within seconds.", {}),
    "thorough": Preset("Thorough", "A GRU with 256 units and 12 epochs: good text within minutes.", {"units": 256, "epochs": 12}),
    "best": Preset(
        "Best text", "A GRU with 512 units and both kinds of dropout: the lowest validation loss of a search. Nine minutes on two fast "
        "cores.",
        {"units": 512, "dropout": 0.4, "recurrent_dropout": 0.2, "batch_size": 32, "learning_rate": 0.002, "epochs": 20},
    ),
    "two-layers": Preset(
        "Two layers",
        "Two LSTM layers with some dropout: for a corpus of a few megabytes.",
        {"cell": "lstm", "units": 256, "layers": 2, "dropout": 0.2, "epochs": 15, "learning_rate": 0.003},
    ),
    "forgetful": Preset(
        "SimpleRNN", "Quick with another cell and nothing else changed: compare where its validation loss ends.", {"cell": "rnn"}
    ),
}  # fmt: skip
