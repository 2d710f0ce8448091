"""Who trains next: people take turns. Rules over a few rows, without a store; `Queue` asks them within its transactions.

Each person may have some runs on slots. Who has waited longest since their last turn comes first; somebody who had none waits
since their run was queued, so that a new name is no way to the front.
When somebody waits, a run that has had its slice makes room and queues up again. A run that has not shown its first loss
yet need not wait for whole slices: the more of them there are, the shorter the turns become, so that each sees it soon.
"""

from collections import Counter
from dataclasses import dataclass

from rnn_core.settings import Settings

FIRST_LOSS_SECONDS = 75.0  # from the click; what the turns are shortened for
_SWITCH_SECONDS = 1.5  # that a change of turns costs: saving, building the network, its first step
_SET_BACK_SECONDS = 10.0  # a turn may begin so much later, while its network is built
_SHORTEST_SECONDS = 2.0  # a turn has at least


@dataclass(frozen=True)
class Rules:
    slots: int = 1  # runs at once
    each: int = 1  # runs at once of one person
    slice_seconds: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """In class mode each person has one slot; without, all are one person's."""
        return cls(settings.slots_here, 1 if settings.class_mode else settings.slots_here, settings.slice_seconds)


@dataclass(frozen=True)
class Waiting:
    id: str
    owner: str
    number: int  # in the order of their making
    created: float  # seconds since 1970, as all times here
    step: int
    last_served_at: float  # when its owner's last turn began or ended; before the first, when the run was queued


@dataclass(frozen=True)
class Turn:
    """Of a run on a slot."""

    id: str
    owner: str
    since: float
    step: int
    leaving: bool  # was asked to stop, pause or make room


def order(waiting: list[Waiting], turns: list[Turn]) -> list[Waiting]:
    """As they will get a slot, if nothing else happens: a person's second run comes after everybody's first."""
    ahead = Counter(turn.owner for turn in turns)
    rounds = {}
    for run in sorted(waiting, key=lambda run: run.number):
        rounds[run.id] = ahead[run.owner]
        ahead[run.owner] += 1
    return sorted(waiting, key=lambda run: (rounds[run.id], run.last_served_at, run.number))


def next_one(waiting: list[Waiting], turns: list[Turn], rules: Rules) -> str | None:
    """The run that takes a free slot."""
    if len(turns) >= rules.slots:
        return None
    return next((run.id for run in _ready(waiting, turns, rules)), None)


def _ready(waiting: list[Waiting], turns: list[Turn], rules: Rules) -> list[Waiting]:
    """Those who could train now, one a person and in order, if there were slots for all of them."""
    busy = Counter(turn.owner for turn in turns)
    ready = {}
    for run in order(waiting, turns):
        if busy[run.owner] < rules.each:
            ready.setdefault(run.owner, run)
    return list(ready.values())


def must_yield(waiting: list[Waiting], turns: list[Turn], rules: Rules, now: float) -> list[str]:
    """The runs that have to make room now: as many as wait, those with the longest turns first.

    A turn that begins far in the future was timed by a clock that has been set back since: it counts as over.
    """
    ready = _ready(waiting, turns, rules)
    needed = len(ready) - (rules.slots - len(turns)) - sum(turn.leaving for turn in turns)
    limit = turn_seconds(ready, rules, now)
    over = [turn for turn in turns if not turn.leaving and turn.step and not -_SET_BACK_SECONDS < now - turn.since < limit]
    return [turn.id for turn in sorted(over, key=lambda turn: turn.since)[: max(0, needed)]]


def turn_seconds(ready: list[Waiting], rules: Rules, now: float) -> float:
    """How long a turn lasts while these wait."""
    first = [place for place, run in enumerate(ready, 1) if not run.step]
    if not first:
        return rules.slice_seconds
    left = FIRST_LOSS_SECONDS - max(0.0, now - min(ready[place - 1].created for place in first))
    return min(rules.slice_seconds, max(_SHORTEST_SECONDS, left * rules.slots / first[-1] - _SWITCH_SECONDS))


def waiting_times(waiting: list[Waiting], turns: list[Turn], rules: Rules, now: float) -> list[tuple[str, float | None]]:
    """(run, about how many seconds until its turn), in order; None for a run that waits until another of its owner's has ended."""
    ready = _ready(waiting, turns, rules)
    turn = turn_seconds(ready, rules, now) + _SWITCH_SECONDS
    seconds = {run.id: (place // rules.slots + 1) * turn for place, run in enumerate(ready)}
    return [(run.id, seconds.get(run.id)) for run in order(waiting, turns)]
