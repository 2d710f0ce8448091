"""No two controls share a place in the session, whatever the order in which the pages are visited."""

import itertools

import pytest

from tests.pages.conftest import PAGES

KINDS = ("number_input", "slider", "select_slider", "selectbox", "text_input", "text_area", "checkbox", "toggle")
LENGTHS = {"text": ("sampling.length", 500), "reviews": ("length", 200)}


def controls(at) -> dict[str, tuple[str, str]]:
    """Kind and label of every control on the page by its key."""
    return {w.key: (kind, w.label) for kind in KINDS for w in at.get(kind) if w.key}


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
    at.number_input(key="length").set_value(90).run()
    at.switch_page(PAGES["text"]).run()
    at.number_input(key="sampling.length").set_value(700).run()
    at.switch_page(PAGES["reviews"]).run()
    assert at.number_input(key="length").value == 90
    at.switch_page(PAGES["text"]).run()
    assert at.number_input(key="sampling.length").value == 700


def test_a_key_means_the_same_on_every_page(visit):
    pages = {name: controls(visit(name)) for name in ("text", "digits", "reviews", "runs")}
    assert all(len(found) > 10 for name, found in pages.items() if name != "runs")
    for (one, first), (other, second) in itertools.combinations(pages.items(), 2):
        for key in first.keys() & second.keys():
            assert first[key] == second[key], f"{key} on {one} and on {other}"
