"""Turns and limits that cannot be got round: new names, old pauses, simultaneous clicks, clocks that are set."""

import os
import threading
import time
from dataclasses import replace

import pytest

from rnn_core.errors import UserError
from rnn_core.runs import process, submit
from rnn_core.runs.scheduler import Rules, Turn, Waiting, must_yield, turn_seconds
from rnn_core.runs.store.rows import PAUSED, STOPPED
from tests.conftest import tiny_spec


def test_a_new_name_is_no_way_to_the_front(store):
    one = Rules(slots=1)
    first = store.runs.add(tiny_spec(), "first", owner="anna")
    assert store.queue.claim(one) == first
    second = store.runs.add(tiny_spec(), "second", owner="ben")
    store.lifecycle.leave_slot(first)  # anna queues up again, after ben
    late = store.runs.add(tiny_spec(), "late", owner="a new name")
    assert [run for run, _ in store.queue.waiting(one)] == [second, first, late]


def test_turns_are_shortened_by_all_who_come_before_the_last_newcomer():
    old = [Waiting(str(i), str(i), i, 0.0, 100, float(i)) for i in range(9)]
    new = Waiting("new", "new", 9, 100.0, 0, 100.0)
    rules = Rules(slots=1, slice_seconds=20)
    assert turn_seconds([*old, new], rules, 100.0) == pytest.approx(75 / 10 - 1.5)
    assert turn_seconds([new, *old], rules, 100.0) == 20


def test_a_clock_that_is_set_back_takes_nobodys_turn_away(store, monkeypatch):
    waiting = [Waiting("b", "b", 2, 0.0, 1, 0.0)]
    assert must_yield(waiting, [Turn("a", "a", 5000.0, 9, False)], Rules(), now=1000.0) == ["a"]
    real = time.time
    runs = [store.runs.add(tiny_spec(), owner, owner=owner) for owner in ("anna", "ben", "cleo")]
    for run in runs:
        assert store.queue.claim(Rules(slots=1)) == run
        store.lifecycle.leave_slot(run)
    monkeypatch.setattr(time, "time", lambda: real() - 7200)
    for run in runs:  # still in their order
        assert store.queue.claim(Rules(slots=1)) == run
        store.lifecycle.leave_slot(run)


def test_the_limit_counts_every_run_and_within_the_transaction(store, settings, data_dir):
    in_class = replace(settings, class_mode=True, data_dir=data_dir)
    old = [submit.submit(tiny_spec(seed=i), store, in_class, owner="anna") for i in range(3)]
    with store.database.change() as db:  # more than a hundred newer ones
        for i in range(150):
            db.execute(
                "INSERT INTO runs (id, task, title, spec, state, created, owner) SELECT ?, task, title, spec, 'stopped', created, owner FROM runs WHERE id = ?",
                (f"x{i}", old[0]),
            )
    with pytest.raises(UserError, match="You have 3 active runs"):
        submit.submit(tiny_spec(seed=9), store, in_class, owner="anna")
    assert len(list((store.home / "runs").iterdir())) == 3  # nothing is left of it


def test_pausing_and_resuming_does_not_evade_the_limit(store, settings, data_dir):
    in_class = replace(settings, class_mode=True, data_dir=data_dir)
    first, *_ = [submit.submit(tiny_spec(seed=i), store, in_class, owner="anna") for i in range(3)]
    store.lifecycle.pause(first)
    other = submit.submit(tiny_spec(seed=9), store, in_class, owner="anna")  # a paused run does not count
    with pytest.raises(UserError, match="You have 3 active runs"):
        submit.resume(first, store, in_class)
    assert store.runs.get(first).state == PAUSED
    store.lifecycle.stop(other)
    submit.resume(first, store, in_class)
    assert store.queue.count_pending("anna") == 3 and store.runs.get(other).state == STOPPED


def test_simultaneous_clicks_do_not_evade_the_limit(store, settings, data_dir):
    in_class = replace(settings, class_mode=True, data_dir=data_dir)
    refused, together = [], threading.Barrier(8)

    def click(seed: int) -> None:
        together.wait()
        try:
            submit.submit(tiny_spec(seed=seed), store, in_class, owner="anna")
        except UserError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=click, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.queue.count_pending("anna") == 3 and len(refused) == 5


def test_a_number_that_is_used_again_is_another_process():
    mine = process.identity(os.getpid())
    assert process.is_running(mine) and process.is_running(os.getpid()) and process.is_running(f"{os.getpid()} ")
    assert not process.is_running(f"{os.getpid()} 0123456789abcdef") and not process.is_running(f"{2**22 + 1} x")
