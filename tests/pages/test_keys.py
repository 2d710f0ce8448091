"""No two controls share a key, whatever the order in which the pages are visited."""

import itertools

import pytest

from pages.parts.shell import session
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.task import task_names
from tests.conftest import each_task
from tests.pages.conftest import PAGES
from tests.pages.helpers import spec_key

KINDS = ("number_input", "slider", "select_slider", "selectbox", "text_input", "text_area", "checkbox", "toggle")
SAMPLE_LENGTH, REVIEW_LENGTH = session.SAMPLING("length").name, spec_key("reviews", "length")
LENGTHS = {"text": (SAMPLE_LENGTH, 500), "reviews": (REVIEW_LENGTH, 200)}


def keys(at) -> set[str]:
    """The keys of all controls on the page."""
    return {widget.key for kind in KINDS for widget in at.get(kind) if widget.key}


@pytest.mark.parametrize(
    "order", [("reviews", "text", "digits", "text", "reviews"), ("text", "reviews", "text", "digits", "reviews")]
)
def test_length_of_a_sample_and_of_reviews_are_two_numbers(visit, order):
    at = visit(order[0])
    for name in order:
        at.switch_page(PAGES[name]).run()
        assert not at.exception
        if name in LENGTHS:
            key, value = LENGTHS[name]
            assert at.number_input(key=key).value == value, name


def test_what_was_set_stays_on_its_page(visit):
    at = visit("reviews")
    at.number_input(key=REVIEW_LENGTH).set_value(90).run()
    at.switch_page(PAGES["text"]).run()
    at.number_input(key=SAMPLE_LENGTH).set_value(700).run()
    at.switch_page(PAGES["reviews"]).run()
    assert at.number_input(key=REVIEW_LENGTH).value == 90
    at.switch_page(PAGES["text"]).run()
    assert at.number_input(key=SAMPLE_LENGTH).value == 700


def test_pages_share_the_choice_of_a_run_and_no_other_control(visit):
    pages = {name: keys(visit(name)) for name in ("text", "digits", "reviews", "series", "runs")}
    assert all(len(page_keys) > 10 for name, page_keys in pages.items() if name != "runs")
    for first, second in itertools.combinations(pages.values(), 2):
        assert first & second <= {session.RUN_CHOICE.name}


def test_each_tasks_options_have_keys_of_their_own(visit):
    at = visit("text")
    for name in task_names():
        at.switch_page(PAGES[name]).run()
    at.switch_page(PAGES["reviews"]).run()
    at.number_input(key=spec_key("reviews", "units")).set_value(9).run()
    units = {name: at.session_state[spec_key(name, "units")] for name in task_names()}
    assert units["reviews"] == 9 and 9 not in (units["text"], units["digits"])


@each_task()
def test_a_closed_more_leaves_its_options_out_and_keeps_their_values(visit, task):
    at = visit(task)
    batch_size = spec_key(task, "batch_size")
    at.number_input(key=batch_size).set_value(48).run()
    link = at.query_params["spec"]
    at.session_state[session.MORE(task).name] = False
    at.run()
    assert batch_size not in keys(at) and not at.exception
    at.run()
    assert at.query_params["spec"] == link and RunSpec.from_short(link).training.batch_size == 48
    at.session_state[session.MORE(task).name] = True
    assert at.run().number_input(key=batch_size).value == 48


def test_the_unit_of_the_loss_stays_with_texts_and_changes_no_other_page(visit):
    at = visit("text")
    at.session_state[session.LOSS_UNIT.name] = "bits"
    at.run()
    assert "Loss (bits per character)" in titles_of_charts(at)
    at.switch_page(PAGES["digits"]).run()
    assert "Loss (nats)" in titles_of_charts(at)
    at.switch_page(PAGES["text"]).run()
    assert not at.exception and "Loss (bits per character)" in titles_of_charts(at)


def titles_of_charts(at) -> str:
    return "".join(chart.proto.spec for chart in at.get("vega_lite_chart"))
