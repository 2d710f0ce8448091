"""Who trains next, and for how long: rules alone, and a simulated class."""

import pytest

from rnn_core.runs.engine.recorder import Recorder
from rnn_core.runs.scheduler import (
    FIRST_LOSS_SECONDS,
    Rules,
    Turn,
    Waiting,
    must_yield,
    next_one,
    order,
    turn_seconds,
    waiting_times,
)
from rnn_core.runs.store.rows import YIELD
from tests.conftest import tiny_spec


def waits(
    name: str, number: int, owner: str | None = None, step: int = 100, last_served_at: float = 0.0, created: float = 0.0
) -> Waiting:
    return Waiting(name, owner or name, number, created, step, last_served_at)


def trains(name: str, since: float, owner: str | None = None, step: int = 100, leaving: bool = False) -> Turn:
    return Turn(name, owner or name, since, step, leaving)


def test_one_persons_runs_come_in_the_order_of_their_making():
    queue = [waits("b", 2, "me"), waits("a", 1, "me"), waits("c", 3, "me")]
    assert [run.id for run in order(queue, [])] == ["a", "b", "c"]
    assert next_one(queue, [], Rules(slots=1)) == "a"
    assert next_one(queue, [trains("x", 0, "me")], Rules(slots=1)) is None
    assert next_one(queue, [trains("x", 0, "me")], Rules(slots=2, slots_per_person=2)) == "a"


def test_everybodys_first_run_comes_before_anybodys_second():
    queue = [waits("a1", 1, "a"), waits("a2", 2, "a"), waits("a3", 3, "a"), waits("b1", 4, "b"), waits("c1", 5, "c")]
    assert [run.id for run in order(queue, [])] == ["a1", "b1", "c1", "a2", "a3"]
    assert [run.id for run in order(queue, [trains("b0", 0, "b")])] == ["a1", "c1", "a2", "b1", "a3"]


def test_who_was_served_longest_ago_comes_first_and_one_person_takes_one_slot():
    queue = [waits("a", 1, last_served_at=50.0), waits("b", 2, last_served_at=20.0), waits("c", 3, last_served_at=30.0)]
    assert [run.id for run in order(queue, [])] == ["b", "c", "a"]
    mine = [waits("a2", 4, "a"), waits("b", 5)]
    assert next_one(mine, [trains("a1", 0, "a")], Rules(slots=2)) == "b"
    assert next_one(mine[:1], [trains("a1", 0, "a")], Rules(slots=2)) is None


def test_a_turn_ends_when_its_slice_is_over_and_somebody_else_waits():
    rules, busy = Rules(slots=2, slice_seconds=20), [trains("a", 0.0), trains("b", 5.0)]
    other, mine = [waits("c", 3, last_served_at=1.0)], [waits("a2", 3, "a", last_served_at=1.0)]
    assert must_yield(other, busy, rules, now=19.0) == [] and must_yield(other, busy, rules, now=21.0) == ["a"]
    assert must_yield(mine, busy, rules, now=99.0) == []  # nobody else
    assert must_yield([], busy, rules, now=99.0) == []
    assert must_yield([*other, waits("d", 4, last_served_at=1.0)], busy, rules, now=26.0) == ["a", "b"]
    assert must_yield(other, [trains("a", 0.0, leaving=True), trains("b", 5.0)], rules, now=26.0) == []  # one is about to leave
    assert must_yield(other, [trains("a", 0.0)], rules, now=26.0) == []  # a slot is free
    assert must_yield(other, [trains("a", 0.0, step=0), trains("b", 20.0)], rules, now=26.0) == []  # it has shown nothing yet


def test_turns_become_shorter_while_many_wait_for_their_first_loss():
    rules = Rules(slots=2, slice_seconds=20)
    fresh = [waits(str(i), i, step=0, created=0.0) for i in range(28)]
    assert turn_seconds(fresh, rules, now=0.0) == pytest.approx(FIRST_LOSS_SECONDS * 2 / 28 - 1.5)
    assert turn_seconds(fresh, rules, now=60.0) == 2.0  # never shorter
    assert turn_seconds(fresh[:2], rules, now=0.0) == 20
    assert turn_seconds([waits("a", 1)], rules, now=0.0) == 20


@pytest.mark.parametrize("people, slots", [(30, 2), (10, 1), (60, 8)])
def test_in_a_class_everybody_sees_a_loss_in_time_and_then_all_get_alike(people, slots):
    """Simulated: everybody presses Train within ten seconds; changing turns takes a second and a half."""
    rules = Rules(slots=slots, slice_seconds=20)
    steps = dict.fromkeys(range(people), 0)
    first, last_served_at, trained, since = {}, dict.fromkeys(steps, 0.0), dict.fromkeys(steps, 0.0), {}
    for tick in range(0, 10 * 600):
        now = tick / 10 + 1000.0
        clicked = [i for i in steps if now - 1000 >= 10 * i / people]
        turns = [Turn(str(i), str(i), t, steps[i], False) for i, t in since.items()]
        waiting = [
            Waiting(str(i), str(i), i, 1000 + 10 * i / people, steps[i], last_served_at[i]) for i in clicked if i not in since
        ]
        for name in must_yield(waiting, turns, rules, now):
            last_served_at[int(name)] = now
            del since[int(name)]
        turns = [Turn(str(i), str(i), t, steps[i], False) for i, t in since.items()]
        if chosen := next_one(waiting, turns, rules):
            since[int(chosen)] = now + 1.5
            last_served_at[int(chosen)] = now
        for i, t in since.items():
            if now > t:
                steps[i] += 1
                trained[i] += 0.1
                first.setdefault(i, now - 1000 - 10 * i / people)
    assert len(first) == people and max(first.values()) < 90
    assert max(trained.values()) - min(trained.values()) < 45
    assert sum(trained.values()) > 0.85 * slots * 600


def test_the_wait_that_is_told_grows_with_the_place():
    rules = Rules(slots=2, slice_seconds=20)
    queue = [waits(str(i), i, last_served_at=float(i + 1)) for i in range(6)]
    times = waiting_times(queue, [trains("x", 0), trains("y", 0)], rules, now=10.0)
    assert times == [(str(i), seconds) for i, seconds in enumerate([21.5, 21.5, 43.0, 43.0, 64.5, 64.5])]


def test_no_time_is_told_to_a_run_that_waits_for_another_of_its_owner():
    rules = Rules(slots=2, slice_seconds=20)
    queue = [
        waits("a2", 1, "anna", last_served_at=5.0),
        waits("b1", 2, "ben", last_served_at=1.0),
        waits("b2", 3, "ben", last_served_at=1.0),
    ]
    times = waiting_times(queue, [trains("a1", 0, "anna")], rules, now=10.0)
    assert dict(times) == {"b1": 21.5, "a2": None, "b2": None}


def test_a_turn_trains_one_step_at_least_however_short_it_is(store, settings):
    """Otherwise a run whose turn is over before its network is built would never get on."""
    run = store.runs.add(tiny_spec(), "title")
    store.queue.claim(Rules())
    with store.database.change() as db:
        db.execute("UPDATE runs SET requested = ? WHERE id = ?", (YIELD, run))
    recorder = Recorder(run, store, settings)
    assert recorder.command().leave is None
    recorder.step(1, 0.03, {"loss": 1.0}, 0.004)
    recorder.ask_due = 0.0
    assert recorder.command().leave == YIELD
