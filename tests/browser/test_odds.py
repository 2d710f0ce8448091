"""The tab Next character in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import button, expect_at_rest

pytestmark = pytest.mark.browser


def test_a_chosen_character_goes_on_and_is_shared_with_step_by_step(open_page, url):
    page = open_page(f"{url}/text", height=650)
    page.get_by_role("tab", name="Next character").click()
    text = page.get_by_role("region", name="Text so far")
    rows = page.get_by_role("table", name="From logits to the odds").get_by_role("button")
    expect(rows).to_have_count(10)
    expect(text).not_to_be_empty()
    before, chosen = text.inner_text(), rows.nth(1).inner_text()
    rows.nth(1).press("Enter")
    expect(text.locator(".chosen")).to_have_count(1)
    expect(rows.nth(1)).not_to_have_text(chosen)
    assert chosen in text.locator(".chosen").inner_text() or chosen in "␣⏎⇥"
    page.get_by_text("Logit", exact=True).wait_for()
    rows.nth(0).click()
    expect(text.locator(".chosen")).to_have_count(2)
    expect_at_rest(page)
    page.get_by_role("tab", name="Step by step").click()
    expect(page.locator(".written > span")).to_have_count(2)
    page.get_by_role("tab", name="Next character").click()
    button(page, "Undo").click()
    expect(text.locator(".chosen")).to_have_count(1)
    button(page, "Undo").click()
    expect(button(page, "Undo")).to_be_disabled()
    expect(text).to_have_text(before, use_inner_text=True)
