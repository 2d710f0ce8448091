"""The data section of a spec on handwritten digits."""

from dataclasses import dataclass

from rnn_core.spec.option import option_field
from rnn_core.tasks.examples import examples_option

READINGS = {"rows": "Rows", "columns": "Columns", "pixels": "Pixels"}


@dataclass(frozen=True)
class DigitsData:
    source: str = option_field(
        "mnist", "Data", "data", "The handwritten digits that the network learns to tell apart.", aliases=("dataset",)
    )
    reading: str = option_field(
        "rows", "Read by", "by", "A picture is read row by row, column by column, or pixel by pixel. MNIST has 28 rows or 784 pixels, the "
        "small digits 8 or 64: over more timesteps, errors find it harder to travel back.", choices=READINGS)  # fmt: skip
    backwards: bool = option_field(False, "Backwards", "rev", "Read from the end to the beginning: from the bottom row up. Does that change the "
                            "accuracy?")  # fmt: skip
    shuffled: bool = option_field(False, "Shuffled", "shuf", "Read the rows (columns, pixels) in a random order, the same for every picture. "
                           "People cannot read such pictures; can the network?")  # fmt: skip
    examples: int = examples_option()
