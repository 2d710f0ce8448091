"""The dataset of a memory problem, and how its accuracy depends on how long something must be remembered."""

from functools import lru_cache, partial

import numpy as np

from rnn_core.spec.model_io import Classes, ModelIO, Vectors
from rnn_core.tasks.examples import ArraysDataset
from rnn_core.tasks.memory.options import MemoryData
from rnn_core.tasks.memory.problems import PROBLEMS, Sequences, draw, vectors
from rnn_core.tasks.task import Parts

_TRAIN, _TEST = 12_000, 4_000  # sequences
_TRAIN_SEED, _TEST_SEED = 11, 12  # the sequences are the same for every run: runs can be compared
_MOST_GROUPS = 10


def model_io(data: MemoryData) -> ModelIO:
    problem = PROBLEMS[data.source]
    return ModelIO(Vectors(len(problem.symbols)), Classes(len(problem.answers)), problem.length(data.longest))


@lru_cache(maxsize=4)  # drawing takes half a second, and a page checks its data whenever an option changes
def sequences(source: str, longest: int) -> tuple[Sequences, Sequences]:
    """Those to train and validate on, and those of the test. Do not change the arrays."""
    problem = PROBLEMS[source]
    return draw(problem, _TRAIN, longest, _TRAIN_SEED), draw(problem, _TEST, longest, _TEST_SEED)


class MemoryDataset(ArraysDataset):
    """Sequences in batches; symbols stay numbers until they are in a batch."""

    def __init__(self, spec: Parts):
        train, test = sequences(spec.data.source, spec.data.longest)
        prepare = partial(vectors, PROBLEMS[spec.data.source])
        super().__init__(spec, model_io(spec.data), (train.symbols, train.answers), (test.symbols, test.answers), prepare)
        self.distances, self.answers = train.distances, train.answers  # of the sequences to train and validate on


def by_distance(dataset: MemoryDataset, outputs: np.ndarray) -> dict[str, float]:
    """Accuracy on the validation sequences, logits (sequences, answers), by how many timesteps they are remembered: "1 to 4" and so on."""
    distances, answers = dataset.distances[dataset.held_out], dataset.answers[dataset.held_out]
    right = outputs.argmax(-1) == answers
    edges = np.unique(np.linspace(0, dataset.spec.data.longest, _MOST_GROUPS + 1).round().astype(int))
    shares = {}
    for low, high in zip(edges[:-1] + 1, edges[1:], strict=True):
        inside = (distances >= low) & (distances <= high)
        if inside.any():
            shares[f"{low} to {high}" if low < high else str(high)] = float(right[inside].mean())
    return shares
