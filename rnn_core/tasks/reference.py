"""What something other than the network reaches on the same data: a simple method, measured here, or a published number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    label: str
    metric: str  # a name in `METRICS`
    value: float  # in the unit in which training measures the metric
    how: str  # how it was measured; of a published number, where, and who published it
    published: bool = False  # on data of its own, such as the test set; otherwise on the part that validates
