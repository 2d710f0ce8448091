"""What a person chose in a component is there again after a visit to another page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import SLOW, expect_at_rest

pytestmark = pytest.mark.browser


def leave_and_return(page: Page, name: str) -> None:
    expect_at_rest(page)
    page.get_by_role("link", name="Home", exact=True).first.click()
    expect(page.get_by_text("Recent runs")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.locator(".st-key-zone_try")).to_be_visible()
    expect_at_rest(page)


def test_the_sample_on_show(open_page, url):
    page = open_page(f"{url}/text")
    slider = page.get_by_role("slider", name="Sample")
    expect_at_rest(page)
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "untrained")
    leave_and_return(page, "Text")
    expect(slider).to_have_attribute("aria-valuetext", "untrained")


def test_the_line_now(open_page, url):
    page = open_page(f"{url}/series")
    handle = page.get_by_role("slider", name="Now: the last date that the network knows")
    expect_at_rest(page)
    usual = int(handle.get_attribute("aria-valuenow"))
    handle.press("PageUp")
    expect(handle).to_have_attribute("aria-valuenow", str(usual + 10))
    leave_and_return(page, "Series")
    expect(handle).to_have_attribute("aria-valuenow", str(usual + 10))


def test_a_word_that_was_left_out(open_page, url):
    page = open_page(f"{url}/reviews")
    word = page.get_by_role("group", name="Words of the review").get_by_role("button", name=re.compile("^waste: "))
    expect_at_rest(page)
    word.click()
    expect(word).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bar.before")).not_to_have_class("bar before empty")
    leave_and_return(page, "Reviews")
    expect(word).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("task", "label", "link"),
    [("text", "Prompt", "Compare"), ("reviews", "Review", "Compare"), ("memory", "Sequence", "Look inside")],
)
def test_what_was_offered_and_never_typed_on_other_pages(open_page, url, task, label, link):
    page = open_page(f"{url}/{task}")
    field = page.get_by_role("textbox", name=label, exact=True)
    if link == "Compare":
        page.get_by_role("button", name="Compare", exact=True).click()
        page.get_by_role("button", name="Add to comparison").click()
        expect(page).to_have_url(re.compile("/compare"))
        expect_at_rest(page)
        page.get_by_role("link", name=task.capitalize(), exact=True).first.click()
        expect(page).to_have_url(re.compile(f"/{task}"))
    expect(field).not_to_have_value("")
    expect_at_rest(page)
    offered = field.input_value()
    page.get_by_role("link", name=link).first.click()
    expect(page).to_have_url(re.compile("/inside|/compare"))
    expect_at_rest(page)
    expect(field).to_have_value(offered)
