"""What runs report besides metric points: samples, probes, changes of state, notes.

A new kind of event is a dataclass and its row of `KINDS`; nothing else changes. Events are recorded, read, and deleted with their run.
Events that are measured in training are also deleted when the run goes back to an earlier checkpoint, fetched from a cluster, and stored
with an example.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rnn_core.cells import CELLS
from rnn_core.nn.embedding_map import unpacked
from rnn_core.spec.model import ModelSpec

_LARGEST = 1e300  # of a number that is measured: charts scale it


@dataclass(frozen=True)
class Event:
    """Something at a step of a run. The other fields of a kind are its payload: text, finite numbers, lists and dicts, as in JSON."""

    step: int
    epoch: float  # epochs trained by then

    def possible(self, model: ModelSpec) -> bool:
        """Whether training this model can have made the payload: for one that comes in a file, whose fields have the right types.

        May also raise `KeyError`, `TypeError` or `AttributeError`.
        """
        return True


@dataclass(frozen=True)
class Sample(Event):
    """A text that the network wrote."""

    text: str


@dataclass(frozen=True)
class GradientByTimestep(Event):
    """Where the gradient of the loss at the last timestep goes: see `rnn_core.nn.gradient_probe`."""

    curves: list[dict]  # the fields of `gradient_probe.Curve`
    rows: int  # examples that it is the median of

    def possible(self, model: ModelSpec) -> bool:
        return bool(self.curves) and all(
            _numbers([curve["layer"], *curve["back"]], int)
            and curve["layer"] in range(len(model.layers))
            and curve["state"] in CELLS[model.layers[curve["layer"]].cell].states
            and curve["back"][:1] == [0]
            and len(curve["back"]) == len(curve["relative"])
            and _numbers(curve["relative"], int | float)
            for curve in self.curves
        )


@dataclass(frozen=True)
class ByPart(Event):
    """A measure of parts of the validation examples, such as accuracy by length: see `Task.by_part`."""

    values: dict[str, float]  # by the name of the part

    def possible(self, model: ModelSpec) -> bool:
        return bool(self.values) and _numbers(self.values.values(), int | float)


@dataclass(frozen=True)
class Embedded(Event):
    """The embedding of the most frequent tokens: see `rnn_core.nn.embedding_map`."""

    size: int  # numbers of a token
    scale: float  # what one of the whole numbers is worth
    data: str

    def possible(self, model: ModelSpec) -> bool:
        try:
            return self.size == model.embedding and len(unpacked(self.size, self.scale, self.data)) > 0
        except ValueError:
            return False


@dataclass(frozen=True)
class Change(Event):
    """A change of the run's state."""

    time: float  # seconds since 1970
    state: str
    message: str  # why the run ended so; often empty


@dataclass(frozen=True)
class Note(Event):
    """What happened to the run without a change of its state. Notes are a separate kind because a page reads these few often."""

    time: float  # seconds since 1970
    message: str


@dataclass(frozen=True)
class Cure(Event):
    """The run was started to cure another one."""

    of: str  # id of the other run, which may have been deleted since
    change: str  # what differs between the two, in words


def _numbers(values: Iterable[Any], kind: Any) -> bool:
    """Whether all are finite numbers of a kind."""
    return all(isinstance(value, kind) and not isinstance(value, bool) and abs(value) < _LARGEST for value in values)


@dataclass(frozen=True)
class Kind:
    event: type[Event]
    measured: bool  # in training: at most one event per step, which replaces an earlier one of that step


KINDS = {  # by the name in the store; a name is never used again for another kind
    "sample": Kind(Sample, measured=True),
    "gradient": Kind(GradientByTimestep, measured=True),
    "by_part": Kind(ByPart, measured=True),
    "embedded": Kind(Embedded, measured=True),
    "change": Kind(Change, measured=False),  # a cluster's computers record changes of their own runs
    "note": Kind(Note, measured=False),
    "cure": Kind(Cure, measured=False),
}


def measured() -> list[str]:
    """The names of the kinds of events that are measured in training."""
    return [name for name, kind in KINDS.items() if kind.measured]


def name_of(event: type[Event]) -> str:
    """The name of a kind. Raises `ValueError` for a class without a row in `KINDS`."""
    for name, kind in KINDS.items():
        if kind.event is event:
            return name
    raise ValueError(f"{event.__name__} is not a kind of event. Add it to KINDS.")


def encode(event: Event) -> str:
    """The payload as JSON. Raises `ValueError` for numbers that are not finite, `TypeError` for what JSON cannot hold."""
    payload = {name: value for name, value in asdict(event).items() if name not in ("step", "epoch")}
    return json.dumps(payload, ensure_ascii=False, allow_nan=False)


def decode(name: str, step: int, epoch: float, payload: str) -> Event | None:
    """The event of a row; None for a damaged row, which must not hide the others."""
    try:
        return KINDS[name].event(step, epoch, **json.loads(payload))
    except (ValueError, TypeError, RecursionError):
        return None
