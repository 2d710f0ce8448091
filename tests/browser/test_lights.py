"""The cells on the network's cards light up while the network reads what a person gives it, and go dark again."""

import json

import pytest
from playwright.sync_api import expect

from rnn_core.run_spec import RunSpec
from rnn_core.settings import PROJECT
from tests.browser.helpers import SLOW, button, expect_at_rest
from tests.conftest import each_task, tiny_spec

pytestmark = pytest.mark.browser


def write(page, text: str) -> None:
    page.get_by_role("textbox", name="Prompt").fill(text)
    button(page, "Generate").click()


_GIVE = {  # something else to read, the first and the second time
    "text": lambda page, first: write(page, "The " if first else "For "),
    "digits": lambda page, first: page.get_by_text("Smiley" if first else "Letter A", exact=True).click(),
    "reviews": lambda page, first: page.get_by_role("textbox", name="Review").fill("a great film" if first else "a dull film"),
    "series": lambda page, first: page.locator(".handle").press("ArrowLeft"),
    "memory": lambda page, first: button(page, "Another sequence").click(),
}


@pytest.mark.slow
@each_task()
def test_the_cards_light_up_while_the_network_reads(open_page, url, task):
    layer = RunSpec.from_json(json.loads((PROJECT / f"rnn_core/lessons/example/{task}/run.json").read_text())["spec"]).model.layers[
        0
    ]
    same = tiny_spec(task, cell=layer.cell, units=layer.units, bidirectional=layer.bidirectional)  # as the example, which is tried
    page = open_page(f"{url}/{task}?spec={same.to_short()}")
    expect(button(page, "Train")).to_be_enabled(timeout=SLOW)
    expect_at_rest(page)
    page.evaluate("window.lit = 0; window.addEventListener('rnn-light', () => { window.lit += 1 })")
    page.wait_for_function("!document.querySelector('.card .lights')")  # what the page read when it was opened
    _GIVE[task](page, True)
    expect(page.locator(".card .lights > i").first).to_be_attached(timeout=SLOW)
    expect(page.locator(".card .lights")).to_have_count(0)
    assert page.evaluate("window.lit") > 1  # timestep by timestep
    page.get_by_role("spinbutton", name="Units").fill("8")
    page.keyboard.press("Enter")
    expect(page.locator(".network .card", has_text=" 8").first).to_be_visible()
    before = page.evaluate("window.lit")
    _GIVE[task](page, False)
    page.wait_for_function(f"window.lit > {before}")
    assert page.locator(".card .lights").count() == 0  # the cards are those of another network now
