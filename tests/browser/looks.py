"""What browser tests look for on every page."""

import re

from playwright.sync_api import Page, expect

SLOW = 60_000  # ms: importing TensorFlow on a busy machine


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(".st-key-run_state")).to_contain_text(state, timeout=SLOW)


def expect_at_rest(page: Page) -> None:
    """What was on the page before is gone."""
    page.get_by_test_id("stApp").and_(page.locator("[data-test-script-state=notRunning]")).wait_for()


def expect_training(page: Page) -> None:
    """The first loss is there: from now on the page ticks once a second."""
    expect_state(page, "running")
    first = page.get_by_test_id("stMetric").filter(has_text=re.compile("Training (loss|accuracy)"))
    expect(first).to_contain_text(re.compile(r"\d\.\d"), timeout=SLOW)


def metric(page: Page, label: str) -> str:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").inner_text()
