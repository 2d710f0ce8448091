"""People of a class: their names, their secret, the teacher's key."""

import pytest

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store import overview
from rnn_core.runs.store.people import TEACHER, KeyAttempts, People, clean, is_teacher, same_key
from rnn_core.runs.store.rows import FINISHED, STOPPED, Point
from rnn_core.runs.store.store import Store
from tests.conftest import one_task, tiny_spec


@pytest.fixture
def people(store) -> People:
    return store.people


def test_a_person_is_found_again_by_the_secret_alone(people, settings):
    ada = people.enter("  Ada   Lovelace ")
    assert ada.name == "Ada Lovelace" and len(ada.id) == 24
    assert Store.of(settings).people.find(ada.id) == ada
    assert people.find("") is None and people.find("Ada Lovelace") is None
    assert ada.id not in repr(ada)


def test_people_are_numbered_in_the_order_of_coming(people):
    entered = [people.enter(name) for name in ("Zoë", "Ada", "Ben")]
    assert [person.anonymous_name for person in entered] == ["Person 1", "Person 2", "Person 3"]
    assert list(people.all().values()) == entered


@pytest.mark.parametrize("again", ["Ärger", "ärger", "ÄRGER", " ärger ", "A\u0308rger", "Är\u200bger"])
def test_a_name_is_somebodys_alone_however_it_is_written(people, again):
    first = people.enter("Ärger")
    with pytest.raises(UserError, match=r"(?i)is called ärger already. Choose another name") as refused:
        people.enter(again)
    assert first.id not in str(refused.value)


@pytest.mark.parametrize("name", ["", "  ", "\n\t", "\u200b\u202e", "...", "-"])
def test_a_name_needs_something_that_can_be_read(name):
    with pytest.raises(UserError, match="at least one letter"):
        clean(name)


def test_names_are_cleaned_and_not_too_long():
    assert clean("A\u202eda\x00\nB\t c") == "Ada B c"
    assert clean("李明") == "李明" and clean("🙂") == "🙂"
    with pytest.raises(UserError, match="24 characters; this one has 25"):
        clean("x" * 25)


def test_teachers_are_known_until_the_key_changes(people):
    ada = people.enter("Ada")
    assert not is_teacher(ada, "sesame") and not is_teacher(None, "sesame")
    ada = people.make_teacher(ada, "sesame")
    assert is_teacher(ada, "sesame") and is_teacher(people.find(ada.id), "sesame")
    assert not is_teacher(ada, "another") and not is_teacher(ada, "")
    assert "sesame" not in ada.teacher
    ben = people.make_teacher(people.enter("Ben"), "sesame")
    assert ada.teacher != ben.teacher


def test_without_a_nickname_the_teacher_is_the_same_person_everywhere(people):
    first, again = people.enter_teacher("sesame"), people.enter_teacher("sesame")
    assert first == again and first.name == TEACHER and is_teacher(first, "sesame")
    with pytest.raises(UserError, match="reserved for the teacher"):
        people.enter("teacher")


def test_without_a_key_none_is_the_right_one():
    assert same_key("sesame ", "sesame") and same_key("schlüssel", "schlüssel")
    assert not same_key("", "") and not same_key("x", "") and not same_key("Sesame", "sesame")


def tried(patience: KeyAttempts, key: str, at: float, who: str = "ada") -> str:
    try:
        patience.attempt(who, key, "sesame", at)
    except UserError as error:
        return str(error)
    return "open"


def test_after_each_wrong_key_one_waits_twice_as_long():
    patience, now = KeyAttempts(), 1000.0
    for wait in (1, 2, 4, 8, 16, 32, 60, 60):
        assert tried(patience, "wrong", now) == f"This is not the key. The next try counts after {wait} s."
        assert "Too soon" in tried(patience, "sesame", now + wait - 0.5)  # not even the right one is looked at
        now += wait
    assert "not the key" in tried(patience, "wrong", now)
    assert tried(patience, "sesame", now, "ben") == "open"
    assert tried(patience, "sesame", now + 60) == "open"
    assert "after 1 s" in tried(patience, "wrong", now + 61)


def trained(store: Store, owner: str, steps: int = 0, **options) -> str:
    run = store.runs.add(tiny_spec(**options), "Title", owner=owner)
    points = [
        Point(name, step, step / 10, step / 10, 2.0 * step, 0, 0)
        for name in ("loss", "val_loss", "other")
        for step in range(1, steps + 1)
    ]
    store.events.record(run, points, step=steps)
    return run


METRICS_OF = {"text": "loss", "digits": "accuracy"}


@one_task("digits")
def test_the_overview_has_everybodys_newest_run_of_any_task_with_a_thinned_curve(store, task):
    store.runs.add_finished("example", tiny_spec(), "Example", {}, {})
    trained(store, "ada", 5)
    ben, ada, short = trained(store, "ben", 1000), trained(store, "ada", 30), trained(store, "cleo", 0, task=task)
    seats = {seat.run.id: seat for seat in overview.seats(store, METRICS_OF)}
    assert list(seats) == [ben, ada, short]
    assert len(seats[ben].training) == len(seats[ben].validation) == 48 and seats[ben].training[-1][0] == 100.0
    assert seats[ada].training == [(step / 10, 2.0 * step) for step in range(1, 31)]
    assert seats[ada].best == (0.1, 2.0)  # the lowest loss
    assert seats[short].training == [] and seats[short].best is None and seats[short].run.task == task
    assert RunSpec.from_json(seats[ada].spec) == tiny_spec()


@one_task("digits")
def test_the_best_accuracy_is_the_highest_and_a_task_that_is_no_longer_here_has_no_seat(store, task):
    run = trained(store, "ada", 0, task=task)
    points = [Point("val_accuracy", step, step, 0, value, 0, 0) for step, value in enumerate((0.5, 0.9, 0.8), 1)]
    store.events.record(run, points, step=3)
    (seat,) = overview.seats(store, METRICS_OF)
    assert seat.best == (2.0, 0.9)
    assert overview.seats(store, {"text": "loss"}) == []


def test_the_overview_has_the_run_that_trains_rather_than_a_newer_one_that_waits(store):
    running = trained(store, "ada", 5)
    assert store.queue.claim(Rules()) == running
    store.lifecycle.mark_running(running, 100, 10)
    trained(store, "ada", 0)
    assert [seat.run.id for seat in overview.seats(store, METRICS_OF)] == [running]
    store.lifecycle.end(running, STOPPED)
    assert [seat.run.id for seat in overview.seats(store, METRICS_OF)] != [running]


def test_the_overview_tells_what_goes_on_from_what_has_ended(store):
    first, second = trained(store, "ada"), trained(store, "")
    store.lifecycle.end(first, FINISHED)
    assert [run.id for run in overview.active(store)] == [second]
    assert [run.id for run in overview.ended(store, 10)] == [first]
