"""Helpers of browser tests."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

SLOW = 60_000  # ms: importing TensorFlow on a busy machine


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def ask(act: Callable[[], object], expected: Callable[[], object], times: int = 3) -> None:
    """Repeat an action until its result is on the page: only for actions that may be repeated.

    Streamlit may drop the result of a fragment that another run follows at once (streamlit#9921); a person then repeats the action.
    """
    for _ in range(times - 1):
        act()
        try:
            expected()
            return
        except AssertionError:
            continue
    act()
    expected()


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(".st-key-run_state")).to_contain_text(state, timeout=SLOW)


def expect_at_rest(page: Page) -> None:
    """Wait until no script runs: everything on the page is current."""
    page.get_by_test_id("stApp").and_(page.locator("[data-test-script-state=notRunning]")).wait_for()


def expect_training(page: Page) -> None:
    """Wait for the first loss; afterwards the page ticks once a second."""
    expect_state(page, "running")
    first = page.get_by_test_id("stMetric").filter(has_text=re.compile("Training (loss|accuracy|error)"))
    expect(first).to_contain_text(re.compile(r"\d\.\d"), timeout=SLOW)


def metric(page: Page, label: str) -> str:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").inner_text()
