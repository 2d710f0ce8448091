"""Settings that the teacher sends: who gets which, until when, and what is refused."""

import time

import pytest

from rnn_core.errors import UserError
from rnn_core.runs.store.store import Store
from tests.conftest import one_task, tiny_spec

A, B = tiny_spec(), tiny_spec(cell="lstm")


def test_nothing_was_sent(store):
    assert store.sent.newest() is None


def test_halves_are_equal_and_stay_and_a_latecomer_joins_the_smaller_one(store):
    store.sent.send(A, B)
    sent = store.sent.newest()
    people = [f"person {i}" for i in range(30)]
    halves = [store.sent.half_of(sent, person) for person in people]
    assert halves.count(0) == halves.count(1) == 15
    assert [store.sent.half_of(Store(store.home).sent.newest(), person) for person in people] == halves  # also after a restart
    assert store.sent.half_of(sent, "late") == 0 and store.sent.half_of(sent, "later") == 1
    assert store.sent.halves(sent) == dict(zip([*people, "late", "later"], [*halves, 0, 1], strict=True))


def test_one_setting_is_everybodys(store):
    store.sent.send(A)
    sent = store.sent.newest()
    assert {store.sent.half_of(sent, person) for person in ("ada", "ben")} == {0} and store.sent.halves(sent) == {}
    assert sent.spec_for(0, 7) == tiny_spec(seed=7)


def test_it_ends_when_it_is_withdrawn_or_something_else_is_sent(store):
    store.sent.send(A)
    assert store.sent.newest().withdrawn is None
    store.sent.withdraw()
    withdrawn = store.sent.newest()
    assert withdrawn.withdrawn >= withdrawn.time and withdrawn.specs == (A,)
    store.sent.send(A, B)
    store.sent.send(B)
    assert store.sent.newest().specs == (B,) and store.sent.newest().withdrawn is None
    (open_ones,) = store.database.read("SELECT count(*) FROM sent WHERE withdrawn IS NULL")[0]
    assert open_ones == 1


@one_task("digits")
def test_pairs_that_cannot_be_compared_are_refused(store, task):
    with pytest.raises(UserError, match="different tasks"):
        store.sent.send(A, tiny_spec(task))
    with pytest.raises(UserError, match="the same settings"):
        store.sent.send(A, tiny_spec(seed=5))
    assert store.sent.newest() is None


def test_a_store_from_before_gets_its_tables(store):
    with store.database.change() as db:
        db.execute("DROP TABLE sent")
        db.execute("DROP TABLE sent_to")
    again = Store(store.home)
    again.sent.send(A)
    assert time.time() - again.sent.newest().time < 60


def test_damaged_settings_count_as_none(store):
    store.sent.send(A)
    with store.database.change() as db:
        db.execute("UPDATE sent SET specs = '[\"{}{\"]'")
    assert store.sent.newest() is None
