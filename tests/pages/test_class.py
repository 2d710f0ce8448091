"""Class mode: nicknames, each person's runs and uploads, and the Class page."""

import json
from types import SimpleNamespace

import pytest
import streamlit as st

from pages.parts.classroom.board import scales_of
from pages.parts.shell import services, session
from pages.parts.shell.limits import limit_sentences
from rnn_core.data import uploads
from rnn_core.runs.store.overview import Seat
from rnn_core.runs.store.rows import STOPPED, Point
from rnn_core.settings import Settings
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import COUNTING, TINY, tiny_spec
from tests.made_class import made_class, made_run
from tests.pages.helpers import button, given_to_components, links, spec_key, texts


def enter(at, name: str):
    at.text_input[0].set_value(name)
    return button(at, "Enter").click().run()


def trained(owner: str, title: str, **options) -> str:
    run = services.store().runs.add(tiny_spec(**options), title, owner=owner)
    services.store().events.record(
        run, [Point("loss", step, step / 10, step / 10, 3 - step / 10, 2, 3) for step in range(1, 9)], step=8, epoch=0.8
    )
    return run


@pytest.fixture
def three(class_mode, visit):
    """Ada, Ben and the teacher, with an engine that is closed: runs stay queued."""
    visit()
    services.engine().close()
    ada, ben = services.store().people.enter("Ada"), services.store().people.enter("Ben")
    teacher = services.store().people.enter_teacher(class_mode)
    return ada, ben, teacher


@pytest.mark.parametrize("page", ["home", *task_names(), "runs"])
def test_every_page_asks_for_a_nickname_first(class_mode, visit, page):
    at = visit(page)
    assert not at.exception
    assert [title.value for title in at.title] == ["Welcome"] and [field.label for field in at.text_input] == ["Nickname"]
    assert "Class" in [link.value for link in at.page_link]
    enter(at, "Ada")
    assert not at.exception
    assert at.title[0].value != "Welcome" and 'label: "You are **Ada**"' in str(at.get("popover")[0].proto)


def test_after_entering_the_link_that_was_opened_is_there(class_mode, visit):
    at = visit("text", run=task_of("text").example, spec=tiny_spec(units=48).to_short())
    enter(at, "Ada")
    assert at.query_params["run"] == task_of("text").example and at.number_input(key=spec_key("text", "units")).value == 48


def test_a_name_that_is_taken_is_refused_and_the_code_lets_its_owner_in(class_mode, visit):
    at = enter(visit(), "Ada")
    ada = services.store().people.find(at.session_state[session.PERSON.name])
    other = enter(visit(), " ADA ")
    assert "Somebody here is called ADA already" in texts(other) and ada.id not in texts(other)
    assert other.title[0].value == "Welcome"
    enter(other, ada.id)
    assert other.session_state[session.PERSON.name] == ada.id and other.title[0].value != "Welcome"


def test_a_browser_that_remembers_somebody_unknown_is_asked_again(class_mode, visit):
    at = visit("text", person="of-a-store-that-is-gone")
    assert not at.exception and at.title[0].value == "Welcome"


def test_lists_hold_ones_own_runs_and_the_examples(three, visit):
    ada, ben, _ = three
    mine, theirs = trained(ada.id, "Mine"), trained(ben.id, "Not mine")
    assert "Mine" in links(visit("home", ada.id)) and "Not mine" not in links(visit("home", ada.id))
    at = visit("text", ada.id)
    assert at.query_params["run"] == mine  # an active run is shown on the first visit
    assert [option.split(" · ")[1] for option in at.selectbox(key=session.RUN_CHOICE.name).options[:1]] == ["Mine"]
    assert not any("Not mine" in option for option in at.selectbox(key=session.RUN_CHOICE.name).options)
    assert theirs not in "".join(str(element.proto) for element in at.main)


def test_a_link_shows_anybodys_run_but_only_its_owner_and_the_teacher_may_stop_it(three, visit):
    ada, ben, teacher = three
    run = trained(ada.id, "Adas run")
    seen = visit("text", ben.id, run=run)
    assert not seen.exception and "Adas run" in texts(seen)
    assert button(seen, "Stop").disabled and "Only the owner" in button(seen, "Stop").help
    assert not button(visit("text", teacher.id, run=run), "Stop").disabled
    at = visit("text", ada.id, run=run)
    button(at, "Stop").click().run()
    assert services.store().runs.get(run).state == STOPPED


def test_what_is_trained_belongs_to_whoever_pressed_train(three, visit):
    ada, ben, _ = three
    run = trained(ada.id, "Adas run")
    at = visit("text", ben.id, run=run)  # Ben trains with the settings of that run
    button(at, "Train").click().run()
    assert at.query_params["run"] != run and services.store().runs.get(at.query_params["run"]).owner == ben.id


def test_too_many_runs_are_refused_before_the_click(three, visit):
    ada, _, _ = three
    runs = [trained(ada.id, f"Run {seed}", seed=seed) for seed in range(3)]
    at = visit("text", ada.id)
    assert button(at, "Train").disabled and "You have 3 active runs" in texts(at)
    services.store().lifecycle.stop(runs[0])
    at.run()
    at.number_input(key=spec_key("text", "seed")).set_value(9).run()  # the settings on show train already
    assert not button(at, "Train").disabled
    assert "one run at a time, and 2 more may queue" in texts(at)


def test_limits_are_shown_where_they_restrict_somebody():
    assert limit_sentences(Settings()) == []
    assert limit_sentences(Settings(max_epochs=20, max_seconds=300)) == [
        "at most 20 epochs a run", "a run is stopped after 5 min of training and keeps its latest checkpoint"
    ]  # fmt: skip
    assert len(limit_sentences(Settings(class_mode=True))) == 2


def test_a_run_that_would_be_cut_short_is_warned_of(visit, monkeypatch):
    monkeypatch.setenv("RNN_MAX_SECONDS", "1")
    assert "A run is stopped after 1 s here" in texts(visit("text", spec=tiny_spec(epochs=1000, units=256).to_short()))


def test_uploads_are_ones_own_and_are_there_after_a_refresh(three, visit):
    ada, ben, _ = three
    at = visit("text", ada.id)
    at.file_uploader[0].upload("book.txt", TINY.encode()).run()
    assert not at.exception

    def listed(person) -> bool:
        return any("book.txt" in option for option in visit("text", person.id).selectbox(key=spec_key("text", "source")).options)

    assert listed(ada) and not listed(ben)
    theirs = visit("text", ben.id)
    theirs.file_uploader[0].upload("silly.txt", TINY.encode()).run()  # the same file
    assert (
        any("silly.txt" in option for option in theirs.selectbox(key=spec_key("text", "source")).options)
        and listed(ada)
        and not listed(ben)
    )
    (name,) = services.store().uploads.labels(ada.id, "text")
    uploads._path(name, services.settings()).unlink()
    assert not listed(ada)


# The Class page


def open_class(at, key: str):
    at.text_input[0].set_value(key)
    return button(at, "Open").click().run()


def test_without_class_mode_the_page_says_how_to_start_it(visit):
    at = visit("class")
    assert not at.exception and "RNN_TEACHER_KEY=... python -m rnn_core serve --class" in texts(at) and not at.text_input


def test_without_a_key_nobody_can_open_it(class_mode, visit, monkeypatch):
    monkeypatch.delenv("RNN_TEACHER_KEY")
    at = visit("class")
    assert "no teacher's key is set" in texts(at) and not at.text_input


def test_only_the_key_opens_it_and_wrong_ones_are_slowed_down(class_mode, visit, monkeypatch):
    clock = iter((1000.0, 1000.5, 1001.1))
    monkeypatch.setattr("pages.parts.classroom.teacher.time", SimpleNamespace(time=lambda: next(clock)))
    at = open_class(visit("class"), "wrong")
    assert "This is not the key. The next try counts after 1 s." in texts(at)
    open_class(at, class_mode)
    assert "Too soon" in texts(at) and "Projector" not in [b.label for b in at.button]
    open_class(at, class_mode)
    assert not at.exception and "Nobody has signed in yet" in given_to_components(at)
    assert services.store().people.find(at.session_state[session.PERSON.name]).name == "Teacher"
    again = visit("class", at.session_state[session.PERSON.name])
    assert not again.text_input and "Projector" in [b.label for b in again.button]


def test_a_pupil_cannot_lock_the_teacher_out(three, class_mode, visit, monkeypatch):
    ada, *_ = three
    monkeypatch.setattr("pages.parts.classroom.teacher.time", SimpleNamespace(time=lambda: 1000.0))  # time stands still
    for person in (ada.id, ""):  # with and without a nickname
        pupil = visit("class", person)
        for _ in range(3):
            open_class(pupil, "a wrong key")
        assert "Too soon" in texts(pupil)
    assert "Too soon" in texts(open_class(visit("class", ada.id), class_mode))  # a refresh does not help a person with a nickname
    assert "Projector" in [b.label for b in open_class(visit("class"), class_mode).button]


def test_the_right_ends_when_the_key_changes(three, visit, monkeypatch):
    *_, teacher = three
    assert not visit("class", teacher.id).text_input
    monkeypatch.setenv("RNN_TEACHER_KEY", "another key")
    st.cache_resource.clear()
    assert [field.label for field in visit("class", teacher.id).text_input] == ["Teacher key"]


def test_a_nickname_is_no_key(three, class_mode, visit):
    ada, *_ = three
    at = visit("class", ada.id)
    assert [field.label for field in at.text_input] == ["Teacher key"]
    open_class(at, class_mode)
    assert "Projector" in [b.label for b in at.button]
    assert at.session_state[session.PERSON.name] == ada.id


def show(at, view: str):
    """Choose a view of the Class page."""
    at.session_state[session.CLASS_VIEW.name] = view
    return at.run()


def board(at) -> dict:
    """What the board was given."""
    return next(json.loads(text) for text in given_to_components(at).splitlines() if '"tiles"' in text)


def test_everybodys_curves_and_who_waits_with_and_without_names(three, visit):
    ada, ben, teacher = three
    runs = trained(ada.id, "Adas book"), trained(ben.id, "Bens book")
    at = visit("class", teacher.id)
    assert not at.exception
    tiles = board(at)["tiles"]
    assert [(tile["name"], tile["state"]) for tile in tiles] == [("Ada", "waits, 1."), ("Ben", "waits, 2.")]
    assert [tile["href"].split("run=")[1] for tile in tiles] == list(runs)
    assert "book" not in given_to_components(at)  # a title that its owner may have chosen
    assert [link.value for link in show(at, "queue").page_link[-2:]] == ["1. **Ada**", "2. **Ben**"]
    at.toggle(key=session.CLASS_NAMES.name).set_value(False).run()
    assert not at.exception
    assert [link.value for link in at.page_link[-2:]] == ["1. **Person 1**", "2. **Person 2**"]
    shown = "".join(str(element.proto) for element in [*at.main, *show(at, "board").main])
    assert "Ada" not in shown and "Ben" not in shown and [tile["name"] for tile in board(at)["tiles"]] == ["Person 1", "Person 2"]
    assert not any(secret in shown for secret in (ada.id, ben.id))
    second = trained(ada.id, "Adas other book")
    button(at, "Projector").click().run()
    assert not at.exception and board(at)["queue"] == "Waiting: 1. Person 1, 2. Person 2"  # once each
    assert board(at)["projected"] and not at.get("segmented_control")
    assert all(run not in "".join(str(element.proto) for element in at.main) for run in (*runs, second))
    at.session_state[session.PROJECTOR.name] = False
    assert "Projector" in [b.label for b in at.run().button]


@pytest.mark.parametrize("task", [*task_names(), "counting"])  # the last without a view
def test_each_task_has_its_curve_and_its_entry_on_the_board(three, visit, task, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    ada, ben, teacher = three
    made_run(services.store(), ada.id, tiny_spec(task, epochs=10))
    trained(ben.id, "No result yet", task=task)
    at = visit("class", teacher.id)
    assert not at.exception
    full, early = board(at)["tiles"]
    assert full["alt"].startswith(METRICS[task_of(task).metrics[-1]].label) and len(full["validation"]) == 20
    assert all(0 <= number <= 1000 for number in (*full["training"], *full["validation"]))
    assert full["entry"] and "epoch" in full["label"]
    assert (early["entry"], early["label"]) == ("", "no result yet")


@pytest.mark.parametrize("task", task_names())
def test_each_task_has_its_page_in_a_class(three, visit, task):
    ada, *_ = three
    at = visit(task, ada.id, run=trained(ada.id, "Mine", task=task))
    assert not at.exception and "Mine" in texts(at)


def test_whoever_has_signed_in_has_a_tile_and_a_teacher_only_with_a_run(three, visit):
    *_, teacher = three
    at = visit("class", teacher.id)
    assert [(tile["name"], tile["what"]) for tile in board(at)["tiles"]] == [("Ada", "no run yet"), ("Ben", "no run yet")]
    trained(teacher.id, "Shown to the class")
    trained("", "From the command line")
    st.cache_data.clear()  # the board is read every 1.5 s
    assert [tile["name"] for tile in board(visit("class", teacher.id))["tiles"]] == ["Ada", "Ben", "Teacher", "Command line"]
    assert board(visit("class", teacher.id))["summary"] == "2 students"


@pytest.mark.parametrize("count", [1, 4, 12, 30])
def test_a_class_of_any_size_is_on_the_board(class_mode, visit, count):
    visit()
    services.engine().close()
    people = made_class(services.store(), count)
    at = visit("class", services.store().people.enter_teacher(class_mode).id)
    assert not at.exception
    data = board(at)
    assert [tile["name"] for tile in data["tiles"]] == [person.name for person in people]
    assert data["summary"].startswith(f"{count} student") and len(data["scales"]) == min(count, len(task_names()))
    assert len(given_to_components(at)) < 2000 * count + 2000  # characters; every tick sends them


def test_a_loss_that_explodes_does_not_flatten_the_other_curves():
    calm = [(epoch / 10, 3 - epoch / 10) for epoch in range(20)]
    seats = [Seat(SimpleNamespace(task="text"), "", curve) for curve in (calm, calm, [(0.1, 3.0), (0.2, 500.0)])]
    scale = scales_of(seats)["text"]
    assert scale.low == pytest.approx(1.1) and scale.high == 4.5
    assert scale.y(500.0) == 0 and scale.y(1.1) == 1000


def test_the_teacher_stops_one_run_and_clears_the_queue(three, visit):
    ada, ben, teacher = three
    runs = [trained(owner.id, "Book", seed=seed) for seed, owner in enumerate((ada, ben, ben))]
    at = show(visit("class", teacher.id), "ended")
    assert "No run has ended yet" in texts(at)
    show(at, "queue").button(key=session.CLASS_STOP(runs[0]).name).click().run()
    assert [services.store().runs.get(run).active for run in runs] == [False, True, True]
    assert show(at, "ended").dataframe[0].value["Who"].tolist() == ["Ada"]
    button(show(at, "queue"), "Clear the queue").click().run()
    assert "This stops all 2 queued runs" in texts(at)
    button(at, "Stop all").click().run()
    assert not at.exception and not any(services.store().runs.get(run).active for run in runs)
