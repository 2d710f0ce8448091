"""The generic view, with the made-up task: chosen, trained, tried; and the address of an unknown task."""

import pytest

from pages.parts.shell import services, session
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.submit import submit
from tests.conftest import COUNTING, tiny_spec
from tests.pages.helpers import button, labels, links, spec_key, texts
from tests.runs.helpers import until


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)


def test_a_task_without_a_view_has_a_page_a_card_and_a_link(counting, visit):
    home = visit()
    assert not home.exception
    assert "learns to say how many ones there were" in texts(home)
    assert "Counting" in [link.value for link in home.page_link]
    at = visit("task", task="counting")
    assert not at.exception and at.title[0].value == "Counting"
    assert {"Data", "Timesteps", "Training examples", "Units", "Pooling", "Train"} <= labels(at) and "Embedding" not in labels(at)
    assert "steps per epoch, each of **64** sequences side by side, **8** timesteps long" in texts(at)
    assert not button(at, "Train").disabled


def test_it_trains_is_listed_and_is_tried(counting, visit):
    at = visit("task", task="counting")
    at.number_input(key=spec_key("counting", "epochs")).set_value(2)
    button(at, "Train").click().run()
    (run,) = services.store().runs.newest("counting")
    assert at.query_params["run"] == run.id and at.query_params["task"] == "counting"
    until(lambda: services.store().runs.get(run.id).state == FINISHED)
    at = visit("task", task="counting", run=run.id)
    assert not at.exception and "<span>test " in texts(at)
    assert "After 8 timesteps: **" in texts(at) and "True: " in texts(at)
    before = texts(at)
    at.number_input(key=session.EXAMPLE(run.id).name).set_value(7).run()
    assert not at.exception and texts(at) != before
    assert links(visit())[run.title] == f"task?task=counting&run={run.id}"


@pytest.mark.parametrize("page", ["home", "text", "task", "runs"])
def test_a_task_that_cannot_be_used_is_a_sentence_on_every_page(monkeypatch, visit, page):
    monkeypatch.setenv("RNN_TASKS", "a=no.such.module")
    at = visit(page)
    assert not at.exception and "The task a cannot be used" in " ".join(error.value for error in at.error)
    monkeypatch.delenv("RNN_TASKS")


def test_useless_data_is_a_sentence(counting, visit):
    at = visit("task", task="counting", spec=tiny_spec("counting").to_short().replace("data-coins", "data-stones"))
    assert not at.exception and "There is no data called 'stones' here" in " ".join(e.value for e in at.error)
    assert button(at, "Train").disabled


def test_a_run_of_a_task_that_is_gone_is_still_listed(counting, visit, monkeypatch):
    visit()
    run = submit(tiny_spec("counting"), services.store(), services.settings())
    monkeypatch.delenv("RNN_TASKS")
    for page in ("home", "runs"):
        at = visit(page)
        listed = texts(at) if page == "home" else at.dataframe[0].value["Run"].tolist()
        assert not at.exception and services.store().runs.get(run).title in listed
    at = visit("task", task="counting")
    assert not at.exception and "There is no such task on this server" in texts(at)
    assert "Task must be one of" in " ".join(e.value for e in visit("text", run=run).warning)
