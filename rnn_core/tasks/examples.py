"""What the tasks that learn from labelled examples share: which of them train, which validate, and how many make a step."""

import numpy as np

from rnn_core.data.split import set_aside
from rnn_core.spec.option import option_field
from rnn_core.spec.shape import VALIDATION_SHARE
from rnn_core.tasks.task import Parts

_SPLIT_SEED = 113  # the cut is the same for every run, so that runs with different seeds are measured alike
_FEWEST_TO_VALIDATE = 20


def examples_option():
    """The option of every task that learns from examples."""
    return option_field(0, "Training examples", "n", "How many of the training examples are used; 0 uses all. Fewer are quicker, and are memorised "
                 "sooner.", low=0, high=1_000_000, step=1000)  # fmt: skip


def cut(
    count: int, most: int = 0, groups: np.ndarray | None = None, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of (training, validation) among `count` examples; `most` limits the first, 0 does not.

    The same examples validate however many are trained on. Fewer than 20 different examples are all trained on; `groups` says
    which are the same.
    """
    order = np.random.default_rng(_SPLIT_SEED).permutation(count)
    if (count if groups is None else len(np.unique(groups))) < _FEWEST_TO_VALIDATE:
        return order[: most or None], order[:0]
    held_out, training = set_aside(order, round(1 / VALIDATION_SHARE), groups, labels)
    return training[: most or None], held_out


class ExamplesDataset:
    """`train` and `held_out` are indices of examples; a step reads `batch` of them."""

    def __init__(self, spec: Parts, count: int, groups: np.ndarray | None = None, labels: np.ndarray | None = None):
        self.spec = spec
        self.train, self.held_out = cut(count, spec.data.examples, groups, labels)
        self.batch = min(spec.training.batch_size, len(self.train))

    @property
    def steps(self) -> int:
        """Full batches an epoch; what does not fill one is another one next time."""
        return len(self.train) // self.batch

    @property
    def items(self) -> int:
        """Examples in a step."""
        return self.batch
