"""Home in a real browser: cards that move, stop and lead to their pages; the unrolled network; nothing wider than a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import FIRST, task_names
from tests.browser.helpers import button, expect_at_rest
from tests.conftest import each_task

pytestmark = pytest.mark.browser


def samples(page: Page):
    """The text on the first card: what is written, and what it is written over."""
    return page.locator(".stage .sample")


def expect_still(page: Page) -> None:
    before = samples(page).inner_text()
    page.wait_for_timeout(1500)  # a sample is written in 1.1 s
    assert samples(page).inner_text() == before


@each_task(FIRST)
def test_a_whole_card_is_a_link_that_keeps_the_session(open_page, url, task):
    page = open_page(url)
    view = view_of(task)
    card = page.locator("[class*=st-key-home_card_]").filter(has=page.get_by_role("link", name=view.link))
    expect(card.locator(".stage")).to_have_attribute("aria-label", re.compile("Example"))
    expect_at_rest(page)
    page.evaluate("window.sameSession = true")
    box = card.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(f"/{task}"))
    expect(page.locator("h1").filter(has_text=view.page.title)).to_be_attached()
    assert page.evaluate("window.sameSession")


def test_the_start_opens_the_first_page(open_page, url):
    page = open_page(url)
    page.get_by_role("link", name="Start: 3 minutes with").click()
    expect(button(page, "Train")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/{FIRST}"))


def test_the_cards_move_until_they_are_paused(open_page, url):
    page = open_page(url)
    expect(samples(page)).not_to_have_text("")
    first = samples(page).inner_text()
    expect(samples(page)).not_to_have_text(first)
    button(page, "Pause animations").click()
    expect_still(page)
    stopped = samples(page).inner_text()
    button(page, "Play animations").click()
    expect(samples(page)).not_to_have_text(stopped)


def test_with_reduced_motion_the_last_sample_stands_still(open_page, url):
    page = open_page(url)
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    expect(page.locator(".stage .epoch .name")).to_have_text("epoch 10 of 10")
    expect_still(page)
    expect(button(page, "Play animations")).to_be_visible()


def test_the_hidden_state_is_read_by_keyboard(open_page, url):
    page = open_page(url)
    states = page.locator("g.step")
    expect(states).to_have_count(4)
    states.nth(2).focus()
    expect(page.locator(".strip .read")).to_contain_text("After “cla” the hidden state carries 128 numbers")
    page.keyboard.press("Tab")
    expect(page.locator(".strip .read")).to_contain_text("After “clas”")
    assert "the hidden state carries" in states.nth(0).get_attribute("aria-label")


@pytest.mark.parametrize("width", [390, 1366])
def test_nothing_is_wider_than_the_screen(open_page, url, width):
    page = open_page(url, width)
    expect(page.locator("g.step")).to_have_count(4)
    expect(page.get_by_alt_text(re.compile("Training loss from"))).to_have_count(len(task_names()))
    expect_at_rest(page)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= width
    if width == 390:
        heights = page.locator("[class*=st-key-home_card_]").evaluate_all("cards => cards.map(card => card.offsetHeight)")
        assert len(heights) == len(task_names()) and max(heights) < 250
