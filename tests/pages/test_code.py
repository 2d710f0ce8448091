"""The tab Code: the script of the settings as they stand, its marked lines, its downloads, and what it says without data."""

import json

import pytest

from pages.parts.code.script_box import marks
from pages.parts.shell import session
from tests.conftest import COUNTING, each_task, tiny_spec
from tests.pages.helpers import button, spec_key, texts


def code(at, task: str):
    """The page with the tab Code."""
    at.session_state[session.WATCH_TAB(task).name] = "code"
    return at.run()


def box(at) -> dict:
    """What the box of the script was given."""
    given = [json.loads(element.proto.json) for element in at.get("bidi_component") if element.proto.component_name == "rnn_script"]
    return given[0]


@each_task()
def test_code_shows_the_script_of_the_settings_and_marks_what_changed(visit, task):
    at = code(visit(task, spec=tiny_spec(task).to_short()), task)
    assert not at.exception
    shown = box(at)
    assert "layers.GRU(16" in shown["source"] and shown["marked"] == [] and shown["change"] == ""
    assert shown["about"].startswith("Keras script of your settings")
    at.session_state[spec_key(task, "units")] = 24
    shown = box(at.run())
    assert [shown["source"].splitlines()[i].strip()[:13] for i in shown["marked"]] == ["layers.GRU(24"]
    assert shown["change"] == "Units 24 (before: 16): 1 line marked +"
    rows = {name: (shape, parameters) for name, shape, parameters in shown["layers"]}
    assert "GRU(24)" in rows and shown["notes"]
    assert len(at.get("download_button")) >= 3


@pytest.mark.parametrize("task", ["text"])
def test_the_last_change_is_marked_also_if_it_was_made_before_code_was_opened(visit, task):
    at = visit(task, spec=tiny_spec(task).to_short())
    at.session_state[spec_key(task, "learning_rate")] = 0.01
    shown = box(code(at.run(), task))
    assert shown["change"].startswith("Learning rate 0.01 (before: 0.004)") and len(shown["marked"]) == 1


@pytest.mark.parametrize("task", ["digits"])
def test_train_goes_back_to_the_curves(visit, task):
    at = code(visit(task, spec=tiny_spec(task).to_short()), task)
    button(at, "Train").click().run()
    assert at.session_state[session.WATCH_TAB(task).name] == "watch"


@pytest.mark.parametrize("task", ["reviews"])
def test_without_its_data_the_tab_says_what_is_missing(visit, task):
    at = code(visit(task, spec=tiny_spec(task, source="imdb").to_short()), task)
    assert not at.exception
    assert "The script needs the data" in texts(at) and "not been downloaded yet" in texts(at)


@pytest.mark.parametrize("task", ["digits"])
def test_the_script_of_mnist_is_there_before_its_download_and_its_data_is_not(visit, task):
    at = code(visit(task, spec=tiny_spec(task, source="mnist").to_short()), task)
    assert "mnist.npz" in box(at)["source"]
    assert [element.proto.disabled for element in at.get("download_button")][:3] == [False, False, True]


def test_a_made_up_task_has_a_script(visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    at = code(visit("task", task="counting"), "counting")
    assert not at.exception
    assert "counting.npz" in box(at)["source"]


def test_marks_are_of_lines_that_come_or_change_and_of_places_where_lines_go():
    before = "a\nb\nc\nd"
    assert marks(before, before) == ([], [])
    assert marks(before, "a\nB\nc\nd") == ([1], [])
    assert marks(before, "a\nb\nc\nnew\nd") == ([3], [])
    assert marks(before, "a\nd") == ([], [1])
