"""Ready-made specs, as data: a name, why one would choose it, and the knobs that it sets."""

from dataclasses import dataclass, field
from typing import Any

from rnn_core.spec import RunSpec


@dataclass(frozen=True)
class Preset:
    label: str
    help: str
    knobs: dict[str, Any] = field(default_factory=dict)


PRESETS: dict[str, dict[str, Preset]] = {
    "text": {
        "quick": Preset("Quick", "A GRU with 128 units: words within seconds.", {}),
        "thorough": Preset(
            "Thorough", "A GRU with 256 units and 12 epochs: the best text for the time.", {"units": 256, "epochs": 12}
        ),
        "two-layers": Preset(
            "Two layers",
            "Two LSTM layers with some dropout: for a corpus of a few megabytes.",
            {"cell": "lstm", "units": 256, "layers": 2, "dropout": 0.2, "epochs": 15, "learning_rate": 0.003},
        ),
        "forgetful": Preset(
            "Forgetful", "A SimpleRNN, to compare: watch where it stops getting better.", {"cell": "rnn", "learning_rate": 0.002}
        ),
    },
}


def spec_of(task: str, preset: str = "quick", **knobs) -> RunSpec:
    """The preset's spec with `knobs` on top."""
    return RunSpec.from_knobs(task, **{**PRESETS[task][preset].knobs, **knobs})
