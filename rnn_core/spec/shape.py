"""The facts from which one builder makes the network of every task: what comes in and what goes out."""

from dataclasses import dataclass

VALIDATION_SHARE = 0.1  # of the training examples


@dataclass(frozen=True)
class Shape:
    outputs: int  # logits; 1 stands for two classes: the log-odds of the second
    tokens: int | None = None  # kinds of ids that come in, (batch, time); None where vectors do
    features: int = 0  # numbers a vector, (batch, time, features)
    timesteps: int | None = None  # where every input has as many
    every_step: bool = False  # predicts after each timestep, and carries its state from batch to batch
    masked: bool = False  # id 0 is an empty place, and is skipped

    @property
    def classes(self) -> int:
        return max(2, self.outputs)
