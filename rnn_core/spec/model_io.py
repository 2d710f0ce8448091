"""Input and output of a network, from which the model builder, the loss and the metrics of every task are derived."""

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Tokens:
    """Ids, (batch, timesteps), that an embedding turns into vectors."""

    vocabulary: int  # number of distinct ids
    masked: bool = False  # id 0 is padding and is skipped


@dataclass(frozen=True)
class Vectors:
    """Numbers, (batch, timesteps, features)."""

    features: int


class _Probabilities:
    """An output of which probabilities are made; its metrics are shown as they are."""

    def in_own_unit(self, metric: str) -> tuple[float, str]:
        return 1.0, ""


@dataclass(frozen=True)
class _Classes(_Probabilities):
    classes: int
    unit: ClassVar[str] = "nats"

    @property
    def units(self) -> int:
        return self.classes

    @property
    def guessing_loss(self) -> float:
        """Cross-entropy of equal probabilities for all classes, in nats."""
        return math.log(self.classes)


@dataclass(frozen=True)
class NextToken(_Classes):
    """Logits of the next token. Accuracy is not measured, because text is sampled from the probabilities."""

    metrics: ClassVar[tuple[str, ...]] = ("loss",)


@dataclass(frozen=True)
class Classes(_Classes):
    """Logits of mutually exclusive classes."""

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy")


@dataclass(frozen=True)
class Binary(_Probabilities):
    """One logit: the log-odds of the second of two classes."""

    units: ClassVar[int] = 1
    guessing_loss: ClassVar[float] = math.log(2)
    unit: ClassVar[str] = "nats"
    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy")


@dataclass(frozen=True)
class Values:
    """Numbers that the task scales to unit variance: in its own unit, one has `deviation` times the value."""

    units: int
    huber: bool = False  # errors above 1 count linearly
    deviation: float = 1.0
    quantity: str = "standard deviations"  # the unit of `deviation`
    metrics: ClassVar[tuple[str, ...]] = ("loss", "error")

    @property
    def guessing_loss(self) -> float:
        """The loss of predicting the mean: of any values, or of normally distributed ones."""
        return 0.425 if self.huber else 1.0

    @property
    def unit(self) -> str:
        return "Huber loss" if self.huber else "squared error"

    def in_own_unit(self, metric: str) -> tuple[float, str]:
        """What a value of the metric is multiplied by to be shown, and its unit then."""
        return (self.deviation, self.quantity) if metric == "error" else (1.0, "")


Input = Tokens | Vectors
Output = NextToken | Classes | Binary | Values


@dataclass(frozen=True)
class ModelIO:
    """`output` holds the number of output units and `guessing_loss`, the mean loss of a network that has learnt nothing."""

    input: Input
    output: Output
    timesteps: int | None = None  # None where inputs differ in length
    per_timestep: bool = False  # a prediction after each timestep, not one from the whole input
    carries_state: bool = False  # each batch continues the previous one
