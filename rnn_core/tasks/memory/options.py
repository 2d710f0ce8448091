"""The data section of a spec on memory problems."""

from dataclasses import dataclass

from rnn_core.spec.option import option_field
from rnn_core.tasks.examples import examples_option


@dataclass(frozen=True)
class MemoryData:
    source: str = option_field("first", "Data", "data", "What the network has to remember.")
    longest: int = option_field(
        40, "Longest", "long", "The largest number of timesteps over which something must be remembered; sequences of all shorter ones are mixed "
        "in. Over more timesteps, errors find it harder to travel back.", low=2, high=400, step=10)  # fmt: skip
    examples: int = examples_option()
