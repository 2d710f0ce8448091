"""Which run trains next: people take turns. These are rules over a few rows, without a store; `Queue` applies them.

Each person may have some runs on slots. The person who has waited longest since their last turn comes first; somebody without
a turn yet waits since their run was queued, because otherwise a new name would be first in the queue.
When somebody waits, a run that has had its slice gives its slot back and is queued again. Runs without a first loss need not
wait for whole slices: the more of them there are, the shorter the turns, and everybody sees a first loss soon.
"""

from collections import Counter
from dataclasses import dataclass

from rnn_core.settings import Settings

FIRST_LOSS_SECONDS = 75.0  # from the click, at most: turns are shortened for that
_SWITCH_SECONDS = 1.5  # cost of a change of turns: save, build the network, first step
_SET_BACK_SECONDS = 10.0  # a turn may start so far in the future, while its network is built
_SHORTEST_SECONDS = 2.0  # length of a turn, at least


@dataclass(frozen=True)
class Rules:
    slots: int = 1  # runs at once
    slots_per_person: int = 1
    slice_seconds: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """In class mode each person has one slot; otherwise one person has all."""
        return cls(settings.slots_here, 1 if settings.class_mode else settings.slots_here, settings.slice_seconds)


@dataclass(frozen=True)
class Waiting:
    id: str
    owner: str
    number: int  # in order of creation
    created: float  # seconds since 1970, as all times here
    step: int
    last_served_at: float  # when its owner's last turn started or ended; without one, when the run was queued


@dataclass(frozen=True)
class Turn:
    """A run on a slot."""

    id: str
    owner: str
    since: float
    step: int
    leaving: bool  # it was asked to stop, pause or yield


def order(waiting: list[Waiting], turns: list[Turn]) -> list[Waiting]:
    """The order in which they get a slot, if nothing else happens: a person's second run comes after everybody's first."""
    runs_of = Counter(turn.owner for turn in turns)
    rounds = {}
    for run in sorted(waiting, key=lambda run: run.number):
        rounds[run.id] = runs_of[run.owner]
        runs_of[run.owner] += 1
    return sorted(waiting, key=lambda run: (rounds[run.id], run.last_served_at, run.number))


def next_one(waiting: list[Waiting], turns: list[Turn], rules: Rules) -> str | None:
    """The run that takes a free slot."""
    if len(turns) >= rules.slots:
        return None
    return next((run.id for run in _ready(waiting, turns, rules)), None)


def _ready(waiting: list[Waiting], turns: list[Turn], rules: Rules) -> list[Waiting]:
    """The runs that could train now if there were slots for all: one per person, in order."""
    busy = Counter(turn.owner for turn in turns)
    ready = {}
    for run in order(waiting, turns):
        if busy[run.owner] < rules.slots_per_person:
            ready.setdefault(run.owner, run)
    return list(ready.values())


def must_yield(waiting: list[Waiting], turns: list[Turn], rules: Rules, now: float) -> list[str]:
    """The runs that have to yield their slot now: as many as runs wait, those with the longest turns first.

    A turn whose start lies far in the future counts as over: the clock has been set back since.
    """
    ready = _ready(waiting, turns, rules)
    needed = len(ready) - (rules.slots - len(turns)) - sum(turn.leaving for turn in turns)
    limit = turn_seconds(ready, rules, now)
    over = [turn for turn in turns if not turn.leaving and turn.step and not -_SET_BACK_SECONDS < now - turn.since < limit]
    return [turn.id for turn in sorted(over, key=lambda turn: turn.since)[: max(0, needed)]]


def turn_seconds(ready: list[Waiting], rules: Rules, now: float) -> float:
    """The length of a turn while the runs in `ready` wait, in seconds."""
    no_loss_yet = [place for place, run in enumerate(ready, 1) if not run.step]
    if not no_loss_yet:
        return rules.slice_seconds
    left = FIRST_LOSS_SECONDS - max(0.0, now - min(ready[place - 1].created for place in no_loss_yet))
    return min(rules.slice_seconds, max(_SHORTEST_SECONDS, left * rules.slots / no_loss_yet[-1] - _SWITCH_SECONDS))


def waiting_times(waiting: list[Waiting], turns: list[Turn], rules: Rules, now: float) -> list[tuple[str, float | None]]:
    """(run, estimated seconds until its turn), in order; None for a run that waits for another run of its owner to end."""
    ready = _ready(waiting, turns, rules)
    turn = turn_seconds(ready, rules, now) + _SWITCH_SECONDS
    seconds = {run.id: (place // rules.slots + 1) * turn for place, run in enumerate(ready)}
    return [(run.id, seconds.get(run.id)) for run in order(waiting, turns)]
