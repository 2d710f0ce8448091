"""What runs report besides metric points: samples, probes, changes of state, notes.

A new kind of event is a dataclass and its row of `KINDS`. Nothing else need be told: it is recorded and read back, deleted with its run
and, where it is measured in training, forgotten when the run goes back to an earlier checkpoint, brought back from a cluster and kept
with an example.
"""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Event:
    """At a step of a run. What a kind has besides is its payload: text, finite numbers, and lists and dicts of them, as in JSON."""

    step: int
    epoch: float  # read by then


@dataclass(frozen=True)
class Sample(Event):
    """What the network wrote."""

    text: str


@dataclass(frozen=True)
class Change(Event):
    """Of the run's state."""

    time: float  # seconds since 1970
    state: str
    message: str  # why it ended so; mostly empty


@dataclass(frozen=True)
class Note(Event):
    """What happened to the run without a change of its state. Apart from those, because there are few notes and a page reads them often."""

    time: float  # seconds since 1970
    message: str


@dataclass(frozen=True)
class Kind:
    event: type[Event]
    measured: bool  # in training, so at most once a step: measured again, it takes the place of what was there


KINDS = {  # by the name in the store; a name is never used for something else
    "sample": Kind(Sample, measured=True),
    "change": Kind(Change, measured=False),  # a cluster's computers have their own
    "note": Kind(Note, measured=False),
}


def measured() -> list[str]:
    """The names of the kinds that are measured in training."""
    return [name for name, kind in KINDS.items() if kind.measured]


def name_of(event: type[Event]) -> str:
    """The name of a kind. Raises `ValueError` for a class without a row."""
    for name, kind in KINDS.items():
        if kind.event is event:
            return name
    raise ValueError(f"{event.__name__} is no kind of event. Add it to KINDS.")


def encode(event: Event) -> str:
    """The payload as JSON. Raises `ValueError` for numbers that are not finite, `TypeError` for what JSON cannot hold."""
    payload = {name: value for name, value in asdict(event).items() if name not in ("step", "epoch")}
    return json.dumps(payload, ensure_ascii=False, allow_nan=False)


def decode(name: str, step: int, epoch: float, payload: str) -> Event | None:
    """The event of a row; None for a damaged one, which must not hide the others."""
    try:
        return KINDS[name].event(step, epoch, **json.loads(payload))
    except (ValueError, TypeError, RecursionError):
        return None
