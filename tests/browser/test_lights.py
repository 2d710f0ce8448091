"""The cells on the network's cards light up while the network reads what a person gives it, and go dark again."""

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import SLOW, button, expect_at_rest
from tests.conftest import each_task

pytestmark = pytest.mark.browser

_GIVE = {  # something else to read
    "text": lambda page: button(page, "Generate").click(),
    "digits": lambda page: page.get_by_text("Smiley", exact=True).click(),
    "reviews": lambda page: button(page, "Test review").click(),
    "series": lambda page: page.locator(".handle").press("ArrowLeft"),
    "memory": lambda page: button(page, "Another sequence").click(),
}


@pytest.mark.slow
@each_task()
def test_the_cards_light_up_while_the_network_reads(open_page, url, task):
    page = open_page(f"{url}/{task}")
    expect(button(page, "Train")).to_be_enabled(timeout=SLOW)
    expect_at_rest(page)
    page.evaluate("window.lit = 0; window.addEventListener('rnn-light', () => { window.lit += 1 })")
    page.wait_for_function("!document.querySelector('.card .lights')")  # what the page read when it was opened
    _GIVE[task](page)
    expect(page.locator(".card .lights > i").first).to_be_attached(timeout=SLOW)
    expect(page.locator(".card .lights")).to_have_count(0)
    assert page.evaluate("window.lit") > 1  # timestep by timestep
