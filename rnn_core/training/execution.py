"""How a run is computed: what decides its bits besides its spec. TensorFlow is not imported here, so engines may use this file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnn_core.spec.model import ModelSpec

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"  # the environment variable that TensorFlow reads when it is imported

# Whether to use oneDNN on a processor with this feature; the first that it has counts. None: as TensorFlow decides. Measured with
# `python -m benchmarks.step_time` with RNN_ONEDNN=0 and 1. TensorFlow itself uses oneDNN only on processors with AVX-512.
_PROCESSORS = {
    "AVX512F": None,
    "AVX2": True,  # Zen 3: SimpleRNN 1.2 to 1.5 times as fast, GRU 1.2 to 1.5, LSTM 1.7 with 16 units, and equal with 128 and more
}


@dataclass(frozen=True)
class Execution:
    """Stored with each checkpoint: a run that is paused, moved or continued computes the bits of an uninterrupted one.

    The defaults are those of runs whose checkpoint says nothing about them.
    """

    parts: int = 1  # of each batch, which are computed side by side
    own_gradient: bool = False  # the layers of `training.recurrent` instead of Keras'
    onednn: bool | None = None  # None: as TensorFlow decides for this processor

    def to_array(self) -> np.ndarray:
        return np.array([self.parts, self.own_gradient, -1 if self.onednn is None else self.onednn], np.int64)

    @classmethod
    def from_array(cls, array: np.ndarray) -> "Execution":
        """Raises `ValueError` or `TypeError` for an array that `to_array` cannot have made."""
        parts, own_gradient, onednn = (int(number) for number in array)
        if parts < 1 or own_gradient not in (0, 1) or onednn not in (-1, 0, 1):
            raise ValueError("it says nothing possible about how the run is computed")
        return cls(parts, bool(own_gradient), None if onednn < 0 else bool(onednn))


AS_KERAS = Execution()  # what Keras does without this program


def planned(model: ModelSpec, threads: int, environ: Mapping[str, str] = os.environ) -> Execution:
    """How a new run is computed on a CPU: with as many loops side by side as threads. Both directions of a layer are loops already."""
    directions = 2 if any(layer.bidirectional for layer in model.layers) else 1
    onednn = {"0": False, "1": True}.get(environ.get(ONEDNN, ""))
    return Execution(max(1, threads // directions), True, onednn)


def use_onednn(setting: str) -> bool | None:
    """Whether to use oneDNN, from the setting RNN_ONEDNN: "0", "1" or "auto", where the processor decides."""
    if setting != "auto":
        return setting == "1"
    features = np._core._multiarray_umath.__cpu_features__
    return next((use for feature, use in _PROCESSORS.items() if features.get(feature)), None)
