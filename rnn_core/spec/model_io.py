"""What comes into a network and what goes out of it: the facts from which the builder, the loss and the metrics follow, for every task."""

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Tokens:
    """Ids, (batch, timesteps), that an embedding turns into vectors."""

    vocabulary: int  # different ids
    masked: bool = False  # id 0 is an empty place and is skipped


@dataclass(frozen=True)
class Vectors:
    """Numbers, (batch, timesteps, features)."""

    features: int


@dataclass(frozen=True)
class _Classes:
    classes: int
    unit: ClassVar[str] = "nats"

    @property
    def units(self) -> int:
        return self.classes

    @property
    def guessing_loss(self) -> float:
        """Cross-entropy of equal probabilities."""
        return math.log(self.classes)


@dataclass(frozen=True)
class NextToken(_Classes):
    """Logits of the token that follows. How often the likeliest is right is not measured: text is drawn, not decided."""

    metrics: ClassVar[tuple[str, ...]] = ("loss",)


@dataclass(frozen=True)
class Classes(_Classes):
    """Logits of classes that exclude each other."""

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy")


@dataclass(frozen=True)
class Binary:
    """One logit: the log-odds of the second of two classes."""

    units: ClassVar[int] = 1
    guessing_loss: ClassVar[float] = math.log(2)
    unit: ClassVar[str] = "nats"
    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy")


@dataclass(frozen=True)
class Values:
    """Numbers, which the task scales to unit variance; guessing their mean then costs 1."""

    units: int
    guessing_loss: ClassVar[float] = 1.0
    unit: ClassVar[str] = "squared error"
    metrics: ClassVar[tuple[str, ...]] = ("loss", "error")


Input = Tokens | Vectors
Output = NextToken | Classes | Binary | Values


@dataclass(frozen=True)
class ModelIO:
    """`output` says how many units come out and what guessing costs, the mean loss of a network that has learnt nothing."""

    input: Input
    output: Output
    timesteps: int | None = None  # where every input has as many
    per_timestep: bool = False  # predicts after each timestep, not once from the whole input
    carries_state: bool = False  # each batch continues the one before
