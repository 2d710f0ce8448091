"""The facts from which one builder makes the network of every task: what comes in and what goes out."""

from dataclasses import dataclass

import numpy as np

VALIDATION_SHARE = 0.1  # of the training examples
_SPLIT_SEED = 113  # the cut is the same for every run, so that runs with different seeds are measured alike


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


def cut(count: int, most: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Indices of (training, validation) among `count` examples; `most` limits the first, 0 does not.

    The same examples validate however many are trained on. Fewer than 20 examples are all trained on.
    """
    order = np.random.default_rng(_SPLIT_SEED).permutation(count)
    held_out = int(count * VALIDATION_SHARE) if count >= 20 else 0
    training = order[held_out:]
    return training[: most or None], order[:held_out]
