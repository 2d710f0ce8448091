"""What the coach changes for each kind of trouble: options of a spec, or None where no option is likely to help.

Each cure is trained beside the run that it is for by `python -m benchmarks.coach --record`.
"""

from collections.abc import Callable
from typing import Any

from rnn_core.run_spec import RunSpec
from rnn_core.spec.training import safer, usual_rate

DIVERGES, FLAT, OVERFITS, FALLING = "diverges", "flat", "overfits", "still falling"  # the most urgent first

_DROPOUT, _MORE_DROPOUT, _MOST_DROPOUT = 0.4, 0.2, 0.6  # the first cure of overfitting, each further step, and the last
_FAR = 2.0  # times the usual learning rate, or that part of it, from which another rate is likely to help
_LONGER = 2  # times as many epochs

Change = dict[str, Any]  # flat names of options, as `RunSpec.changed` takes them


def _of_diverging(spec: RunSpec) -> Change:
    relu = any(layer.activation == "relu" for layer in spec.model.layers)
    return {**({"activation": "tanh"} if relu else {}), **safer(spec.training)}


def _of_flat(spec: RunSpec) -> Change | None:
    rate, usual = spec.training.learning_rate, usual_rate(spec.training.optimizer)
    if rate < usual / _FAR and spec.training.optimizer == "sgd":
        return {"optimizer": "adam", "learning_rate": usual_rate("adam")}  # plain SGD is slow at any rate that does not explode
    if not usual / _FAR <= rate <= usual * _FAR:
        return {"learning_rate": usual}
    return {"schedule": "cosine"} if spec.training.schedule == "constant" else None


def _of_overfitting(spec: RunSpec) -> Change | None:
    most = max(layer.dropout for layer in spec.model.layers)
    if most >= _MOST_DROPOUT:
        return None
    return {"dropout": round(max(_DROPOUT, min(most + _MORE_DROPOUT, _MOST_DROPOUT)), 2)}


def _of_falling(spec: RunSpec) -> Change:
    rate, usual = spec.training.learning_rate, usual_rate(spec.training.optimizer)
    return {"learning_rate": usual} if rate < usual / _FAR**2 else {"epochs": _LONGER * spec.training.epochs}


CURES: dict[str, Callable[[RunSpec], Change | None]] = {
    DIVERGES: _of_diverging, FLAT: _of_flat, OVERFITS: _of_overfitting, FALLING: _of_falling,
}  # fmt: skip
