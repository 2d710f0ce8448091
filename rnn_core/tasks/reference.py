"""What something other than the network reaches on the same data: a simple method, measured here, or a published number."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reference:
    label: str
    metric: str  # a name in `METRICS`
    value: float  # in the unit in which training measures the metric
    how: str  # how it was measured; of a published number, where, and who published it
    published: bool = False  # on other data, such as the test set; otherwise on the part that validates


def most_frequent(what: str, train: np.ndarray, held_out: np.ndarray) -> Reference:
    """The accuracy on the classes `held_out`, not empty, of always giving the one that the classes in `train` have most often."""
    often = np.bincount(train).argmax()
    return Reference(f"the most frequent {what}", "accuracy", float((held_out == often).mean()), "Always the same answer.")
