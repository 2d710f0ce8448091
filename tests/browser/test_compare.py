"""Compare in a real browser: three cells from one click to three curves, one screen, phone, axe."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import SLOW, ask, button, expect_at_rest, expect_state
from tests.browser.test_stage import is_on_screen, serious
from tests.conftest import one_task, tiny_spec

pytestmark = pytest.mark.browser

ALL_CELLS = "Compare SimpleRNN, LSTM and GRU"


def trained(open_page, url: str, task: str, **options) -> Page:
    page = open_page(f"{url}/{task}?spec={tiny_spec(task, **options).to_short()}")
    expect(button(page, "Train")).to_be_enabled(timeout=SLOW)
    expect_at_rest(page)
    button(page, "Train").click()
    expect_state(page, "finished")
    expect_at_rest(page)
    return page


def in_menu(page: Page, menu: str, name: str) -> None:
    """Press a button in a popover, which is drawn when the popover is opened."""
    expect_at_rest(page)
    page.get_by_role("button", name=menu).first.click()
    expect(button(page, name)).to_be_visible(timeout=SLOW)
    expect_at_rest(page)
    button(page, name).click()


def expect_chart(page: Page, words: str) -> None:
    """Wait until the chart says this, as a screen reader would read it."""
    chart = page.locator(".st-key-compare_curves [role=img], .st-key-compare_curves [aria-label]").first
    expect(chart).to_have_attribute("aria-label", re.compile(words), timeout=2 * SLOW)


@pytest.mark.slow
@one_task("text")
def test_three_cells_from_one_click_to_three_curves(open_page, url, task):
    page = trained(open_page, url, task, epochs=2)
    in_menu(page, "Compare", ALL_CELLS)
    expect(page.locator(".differences thead th")).to_have_count(3, timeout=SLOW)
    expect(page.locator(".st-key-compare_luck")).to_contain_text("Best validation loss", timeout=2 * SLOW)
    expect_at_rest(page)
    for name in ("SimpleRNN 16", "LSTM 16", "GRU 16"):
        expect_chart(page, f"{name}, validation from")
        expect(page.locator(".line-name", has_text=name)).to_be_visible()
    chart = page.locator(".st-key-compare_curves [data-testid=stVegaLiteChart]")
    for part in (chart, button(page, "Three seeds"), page.locator(".differences thead"), page.locator(".line-name").last):
        assert is_on_screen(page, part), part
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
    assert serious(page) == []
    in_menu(page, "Link and CSV", "Download as CSV")
    page.keyboard.press("Escape")
    again = open_page(page.url, 390, 844)
    expect(again.locator(".differences thead th")).to_have_count(3, timeout=SLOW)
    expect_at_rest(again)
    assert again.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(again) == []


@pytest.mark.slow
@one_task("digits")
def test_one_thing_is_changed_and_both_are_on_the_chart(open_page, url, task):
    page = trained(open_page, url, task, epochs=1)
    in_menu(page, "Compare", "Train and compare")  # the cell is offered first
    expect(page.locator(".differences thead th")).to_have_count(2, timeout=SLOW)
    expect(page.locator(".differences")).to_contain_text("Cell", timeout=SLOW)
    expect(page.locator(".st-key-compare_luck")).to_contain_text("May be luck", timeout=2 * SLOW)
    expect(page.locator(".columns")).to_have_count(2, timeout=SLOW)
    ask(
        button(page, "Three seeds").click,
        lambda: expect(page.locator(".st-key-compare_luck")).to_contain_text("of 6 runs", timeout=SLOW),
    )


@pytest.mark.slow
def test_the_empty_page_has_one_button(open_page, url):
    page = open_page(f"{url}/compare")
    expect(button(page, ALL_CELLS)).to_be_visible()
    expect_at_rest(page)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert serious(page) == []
