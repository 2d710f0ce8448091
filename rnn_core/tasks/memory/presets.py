"""Presets of the memory task."""

from rnn_core.tasks.task import Preset

_FIRST = {"units": 32, "epochs": 12, "batch_size": 128, "learning_rate": 0.005}
_LONG = {**_FIRST, "epochs": 30}

PRESETS: dict[str, Preset] = {
    "quick": Preset("Quick", "A GRU with 32 units has to remember a letter: right over all 40 timesteps within seconds.", _FIRST),
    "forgetful": Preset(
        "SimpleRNN", "The same with a SimpleRNN: the longer a letter must be remembered, the more often it is forgotten.",
        {**_FIRST, "cell": "rnn"},
    ),
    "far": Preset(
        "Far back", "An LSTM over up to 100 timesteps. A SimpleRNN learns next to nothing here: try it.",
        {**_FIRST, "cell": "lstm", "longest": 100},
    ),
    "copy": Preset(
        "Recall", "Three letters at once, and a question at the end that says which is asked for. For many epochs nothing seems to happen.",
        {**_LONG, "source": "copy"},
    ),
    "add": Preset(
        "Add", "Two marked digits among many: the first must be kept, the others ignored.", {**_FIRST, "source": "add", "cell": "lstm"},
    ),
    "parity": Preset(
        "Odd or even", "Every single symbol counts. Short sequences are learnt first, and open the way to long ones.",
        {**_LONG, "source": "parity"},
    ),
}  # fmt: skip
