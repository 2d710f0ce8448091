"""What the tasks that learn from labelled examples share: which of them train, which validate, and how many make a step."""

import numpy as np

from rnn_core.spec import RunSpec
from rnn_core.tasks.shape import VALIDATION_SHARE

_SPLIT_SEED = 113  # the cut is the same for every run, so that runs with different seeds are measured alike


def cut(count: int, most: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Indices of (training, validation) among `count` examples; `most` limits the first, 0 does not.

    The same examples validate however many are trained on. Fewer than 20 examples are all trained on.
    """
    order = np.random.default_rng(_SPLIT_SEED).permutation(count)
    held_out = int(count * VALIDATION_SHARE) if count >= 20 else 0
    training = order[held_out:]
    return training[: most or None], order[:held_out]


class ExamplesTask:
    """`train` and `held_out` are indices of examples; a step reads `batch` of them."""

    def __init__(self, spec: RunSpec, count: int):
        self.spec = spec
        self.train, self.held_out = cut(count, spec.data.examples)
        self.batch = min(spec.training.batch_size, len(self.train))

    @property
    def steps(self) -> int:
        """Full batches an epoch; what does not fill one is another one next time."""
        return len(self.train) // self.batch

    @property
    def items(self) -> int:
        """Examples in a step."""
        return self.batch
