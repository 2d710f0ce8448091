"""The buttons of a run: Pause, Resume, Stop, Continue training, and a new learning rate."""

import os
import signal
import time

import pytest

from pages.parts.shell import services, session
from rnn_core.runs.store.rows import FINISHED, PAUSED, RUNNING, STOPPED, Run
from rnn_core.runs.submit import submit
from rnn_core.tasks.task import task_of
from tests.conftest import each_task, one_task, tiny_spec
from tests.pages.helpers import button, ended, texts


def until(run: str, condition, seconds: float = 60.0) -> Run:
    deadline = time.monotonic() + seconds
    while not condition(read := services.store().runs.get(run)):
        assert time.monotonic() < deadline, read
        time.sleep(0.02)
    return read


def train(at, task: str = "text", **options) -> str:
    """A run that trains, with the page that shows it."""
    run = submit(tiny_spec(task, **{"epochs": 1000, "schedule": "constant", **options}), services.store(), services.settings())
    services.engine().wake()
    at.query_params["run"] = run
    at.run()
    until(run, lambda read: read.step > 3 or not read.active)
    at.run()
    return run


@one_task("digits")
def test_pause_resume_and_stop(visit, task):
    at = visit(task)
    run = train(at, task)
    button(at, "Pause").click().run()
    step = until(run, lambda read: read.state == PAUSED).step
    at.run()
    assert button(at, "Pause").disabled and not button(at, "Resume").disabled and not button(at, "Stop").disabled
    if task == "text":
        button(at, "Generate").click().run()  # a paused run can be tried
        assert at.session_state[session.WRITTEN(run).name]
    assert not at.exception
    button(at, "Resume").click().run()
    until(run, lambda read: read.state == RUNNING and read.step > step)
    at.run()
    button(at, "Stop").click().run()
    until(run, lambda read: read.state == STOPPED)
    at.run()
    assert not button(at, "Continue training").disabled and button(at, "Stop").disabled
    assert not at.exception


@one_task("reviews")
def test_a_new_learning_rate_is_applied_and_shown(visit, task):
    at = visit(task)
    run = train(at, task)
    field = next(f for f in at.number_input if f.label == "New learning rate")
    assert field.value == 0.004 and button(at, "Apply").disabled
    field.set_value(0.001).run()
    button(at, "Apply").click().run()
    until(run, lambda read: read.learning_rate == 0.001)
    at.run()
    assert "Learning rate 0.004 → 0.001" in texts(at) and "learning rate 0.001" in texts(at)
    assert next(f for f in at.number_input if f.label == "New learning rate").value == 0.001


@each_task("reviews")
def test_continue_training_after_the_end_with_more_epochs(visit, task):
    at = visit(task)
    run = train(at, task, epochs=2)
    ended(run)
    at.query_params["spec"] = services.store().runs.spec(run).to_short()
    at.run()
    more = next(f for f in at.number_input if f.label == "More epochs")
    assert (more.value, more.min) == (1, 1)
    more.set_value(2).run()
    button(at, "Continue training").click().run()
    assert not at.exception and services.store().runs.get(run).epochs == 4
    assert ended(run).state == FINISHED and at.query_params["run"] == run
    at.run()
    assert "Continued at epoch 2.0, until epoch 4" in texts(at)
    assert "Settings changed since" not in texts(at) and at.session_state[session.SPEC(task, "epochs").name] == 4


def test_continue_on_another_text_that_is_too_strange_says_so_and_changes_nothing(visit, data_dir):
    (data_dir / "greek.txt").write_text("Ἐν ἀρχῇ ἦν ὁ λόγος. " * 100)
    at = visit("text")
    run = train(at, epochs=1)
    ended(run)
    at.run()
    data = at.selectbox(key=session.NEXT_SOURCE(run, services.store().runs.get(run).step).name)
    assert "tiny" not in data.options  # the run's own text is listed as "Same data"
    data.select("greek").run()
    button(at, "Continue training").click().run()
    assert "Train a new network on this text" in texts(at)
    assert services.store().runs.get(run).state == FINISHED and not at.exception


def test_a_lower_limit_of_epochs_hides_no_ended_run(visit, monkeypatch):
    at = visit("text")
    run = train(at, epochs=4)
    ended(run)
    monkeypatch.setenv("RNN_MAX_EPOCHS", "1")
    services.settings.clear()
    at.run()
    assert not at.exception and next(f for f in at.number_input if f.label == "More epochs").value == 1


@each_task()
def test_the_example_can_be_neither_paused_nor_continued(visit, task):
    at = visit(task, run=task_of(task).example)
    for label in ("Pause", "Resume", "Stop", "Continue training"):
        assert button(at, label).disabled


@pytest.mark.slow
@one_task("text")
def test_a_failed_run_goes_on_from_its_checkpoint(visit, task):
    at = visit(task)
    run = train(at, task)
    os.kill(next(row["pid"] for row in services.store().lifecycle.attached() if row["id"] == run), signal.SIGKILL)
    assert until(run, lambda read: not read.active).state == "failed"
    at.run()
    next(f for f in at.number_input if f.label == "New learning rate").set_value(0.002).run()
    button(at, "Continue training").click().run()
    until(run, lambda read: read.state == RUNNING and read.learning_rate == 0.002)
    assert not at.exception
