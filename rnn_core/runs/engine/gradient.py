"""Measures where the gradient goes while a run trains, on a few examples that stay the same from epoch to epoch."""

from functools import cached_property

import numpy as np

from rnn_core.nn.gradient_probe import Curve, curves, multiplications
from rnn_core.nn.network import Network
from rnn_core.spec.model import ModelSpec
from rnn_core.training.protocol import Dataset

_ROWS = 16  # examples ...
_FEWEST_ROWS = 4  # ... or fewer, down to these, of a large network
_MOST_MULTIPLICATIONS = 1e9  # about half a second


class GradientProbe:
    """For the runs of one network on one dataset."""

    def __init__(self, model: ModelSpec, dataset: Dataset):
        self._model, self._dataset = model, dataset

    @cached_property
    def _examples(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets from the longest batch of validation; where there is none, from the first one to train on."""
        longest = max(self._dataset.validation(), key=lambda batch: batch[0].shape[1], default=None)
        inputs, targets = next(self._dataset.training(0)) if longest is None else longest
        rows = np.unique(np.linspace(0, len(inputs) - 1, _ROWS).astype(int))
        return inputs[rows], targets[rows]

    def measure(self, weights: dict[str, np.ndarray]) -> tuple[list[Curve], int]:
        """The curves of these weights, and the number of examples that they are the median of."""
        network, (inputs, targets) = Network(self._model, weights), self._examples
        affordable = int(_MOST_MULTIPLICATIONS / multiplications(network, inputs.shape[1]))
        rows = min(len(inputs), max(_FEWEST_ROWS, affordable))
        return curves(network, inputs[:rows], targets[:rows], self._dataset.model_io), rows
