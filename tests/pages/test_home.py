"""The home page: links to every page, a moving card for each task, and the list of runs."""

import json

import pytest
import streamlit as st

from pages.parts.home.spark import spark_line
from pages.parts.shell import services
from pages.parts.shell.frame import pages
from pages.parts.tasks.view import view_of
from rnn_core.runs.store.store import WEIGHTS
from rnn_core.tasks.task import FIRST, task_names, task_of
from tests.conftest import COUNTING, each_task, tiny_spec
from tests.pages.helpers import links, texts


def data_of(at, component: str) -> dict:
    """What a component was given."""
    proto = next(e.proto for e in at.get("bidi_component") if str(e.proto.component_name).endswith(component))
    return json.loads(proto.json)


def test_home_leads_to_every_page_that_exists(visit):
    at = visit()
    assert not at.exception
    assert at.title[0].value == "See a recurrent network learn"
    titles = [page.title for page in pages() if not page.of_class]
    labels = list(links(at))
    assert labels[: len(titles)] == titles and "Class" not in titles
    start, *others = labels[len(titles) :]
    assert start == f"Start: 3 minutes with {view_of(FIRST).page.title.lower()}"
    assert others[: len(task_names())] == [view_of(task).link for task in task_names()]
    examples = {services.store().runs.get(task_of(task).example).title for task in task_names()}
    assert set(others[len(task_names()) :]) == examples
    assert "These are examples. Press Train on a page, and your own run appears here." in texts(at)


@each_task()
def test_every_card_moves_with_numbers_of_the_example(visit, task):
    data = data_of(visit(), f"rnn_card_{task}")
    assert services.store().runs.get(task_of(task).example).title in data["label"]


def test_the_sample_grows_from_gibberish_to_words(visit):
    samples = data_of(visit(), "rnn_card_text")["samples"]
    assert [sample["epoch"] for sample in samples] == list(range(11))
    assert "the" not in samples[0]["text"].split() and "the" in samples[-1]["text"].split()


def test_the_digits_are_read_and_recognised(visit):
    digits = data_of(visit(), "rnn_card_digits")["digits"]
    last = [digit["rows"][-1] for digit in digits]
    assert [row.index(max(row)) for row in last] == [4, 2, 5] and min(max(row) for row in last) > 0.9
    assert {len(digit["rows"]) for digit in digits} == {28}


def test_the_reviews_turn(visit):
    data = data_of(visit(), "rnn_card_reviews")
    better, worse = (review["scores"] for review in data["reviews"])
    assert data["names"] == ["negative", "positive"]
    assert min(better) < 0.2 and better[-1] > 0.8 and max(worse) > 0.8 and worse[-1] < 0.2


def test_the_forecasts_lie_in_the_test_part(visit):
    data = data_of(visit(), "rnn_card_series")
    assert data["unit"] == "°C" and [film["now"] > "2015-05-20" for film in data["films"]] == [True, True]
    for film in data["films"]:
        assert len(film["truth"]) == 120 and all(
            low < free < high for low, free, high in zip(film["low"], film["free"], film["high"], strict=True)
        )


def test_the_strip_shows_what_is_carried(visit):
    data = data_of(visit(), "rnn_unrolled")
    assert [step["input"] for step in data["steps"]] == list("clas") and data["units"] == 128
    for step in data["steps"]:
        assert len(step["state"]) == 8 and all(-1 <= value <= 1 for value in step["state"])
        assert step["shares"] == sorted(step["shares"], reverse=True)


def test_a_task_without_a_view_has_a_still_card(visit, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    at = visit()
    assert not at.exception and view_of("counting").link in links(at)
    assert view_of("counting").about in texts(at) and ":material/extension:" in texts(at)


def test_runs_are_listed_newest_first_with_a_link(visit):
    visit()
    run = services.store().runs.add(tiny_spec(), "Newest *run*")
    at = visit()
    labels = list(links(at))
    assert labels[labels.index("All runs: rename, delete, see their size on disk") + 1] == "Newest *run*"
    assert links(at)["Newest *run*"].endswith(f"?run={run}") and "Epoch 0 of 2" in texts(at)
    assert at.header[-1].value == "Recent runs"


def test_only_the_ten_newest_of_many_runs_are_read(visit, monkeypatch):
    visit()
    for number in range(12):
        services.store().runs.add(tiny_spec(), f"Run {number}")
    read = []
    curve = services.store().events.curve
    monkeypatch.setattr(services.store().events, "curve", lambda run, *rest: read.append(run) or curve(run, *rest))
    at = visit()
    assert not at.exception and len(read) == 10
    assert [title for title in links(at) if title.startswith("Run ")] == [f"Run {number}" for number in range(11, 1, -1)]


def test_in_a_class_only_ones_own_runs_are_listed(visit, class_mode):
    visit()
    people = services.store().people
    ada, bob = people.enter("Ada"), people.enter("Bob")
    services.store().runs.add(tiny_spec(), "Run of Ada", owner=ada.id)
    services.store().runs.add(tiny_spec(), "Run of Bob", owner=bob.id)
    at = visit(person=ada.id)
    titles = [link.value for link in at.page_link]
    assert "Run of Ada" in titles and "Run of Bob" not in titles and at.header[-1].value == "Your recent runs"


@pytest.mark.parametrize("losses", [[], [1.0], [2.0, 2.0], [4.0, 1.0, 2.0]])
def test_a_spark_line_fits_its_place(losses):
    line = spark_line(losses)
    assert ("Training loss from" in line) == (len(losses) > 1) and "nan" not in line


@each_task()
@pytest.mark.parametrize("content", [b"garbage", None])
def test_a_damaged_example_leaves_the_other_cards(visit, task, content):
    visit()
    weights = services.store().runs.folder(task_of(task).example) / WEIGHTS
    weights.write_bytes(content) if content else weights.unlink()
    st.cache_data.clear()
    st.cache_resource.clear()
    at = visit()
    assert not at.exception and ("weights.npz" if content else "no weights") in texts(at)
    cards = {str(e.proto.component_name).rsplit(".", 1)[-1] for e in at.get("bidi_component")}
    assert {f"rnn_card_{other}" for other in task_names() if other != task} <= cards
    assert not visit(task).exception
