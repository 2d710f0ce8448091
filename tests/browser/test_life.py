"""The lifecycle of a run in a real browser: paused, tried, resumed, stopped, continued."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.helpers import ask, button, expect_at_rest, expect_state, expect_training, status
from tests.conftest import tiny_spec

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_run_is_paused_resumed_stopped_and_continued(open_page, url):
    page = open_page(f"{url}/text?spec={tiny_spec(epochs=900).to_short()}")
    button(page, "Train").dblclick()
    expect_training(page)
    button(page, "Pause").click()
    expect_state(page, "paused")
    expect_at_rest(page)
    epoch = re.search(r"epoch \S+", status(page))[0]
    ask(button(page, "Generate").click, expect(button(page, "Download the text")).to_be_visible)
    page.reload()
    expect_state(page, "paused")
    expect_at_rest(page)
    assert epoch in status(page)
    button(page, "Resume").click()
    expect_state(page, "running")
    field = page.get_by_role("spinbutton", name="New learning rate")
    ask(button(page, "Learning rate").click, expect(field).to_be_visible)
    field.fill("0.001")
    field.press("Enter")
    button(page, "Apply").click()
    expect(page.get_by_text("Learning rate 0.004 → 0.001")).to_be_visible()
    page.keyboard.press("Escape")
    before = button(page, "Stop").bounding_box()
    button(page, "Stop").click()
    expect_state(page, "stopped")
    expect(button(page, "Continue training")).to_be_enabled()
    assert button(page, "Stop").bounding_box() == before  # one that moves under the pointer is missed
    button(page, "Continue training").dblclick()
    expect_state(page, "running")
    expect(page.get_by_text("Continued at epoch")).to_be_visible()
    button(page, "Stop").click()
    expect_state(page, "stopped")
    page.goto(f"{url}/")
    page.get_by_text("Recent runs").wait_for()
    page.goto(f"{url}/runs")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
