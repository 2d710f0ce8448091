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
    expect(page.locator(".status .state")).to_have_text(state, timeout=SLOW)


def status(page: Page) -> str:
    """The line beside the buttons, such as "running epoch 4.2/10 3 min left loss 1.61"."""
    return page.locator(".status").inner_text()


def expect_status(page: Page, pattern: str) -> None:
    expect(page.locator(".status")).to_contain_text(re.compile(pattern), timeout=SLOW)


def show_zone(page: Page, name: str) -> None:
    """On a phone: show a zone. Elsewhere all are on show."""
    if page.viewport_size["width"] <= 1000:
        zone = page.locator(f".st-key-zone_{name.lower().replace(' ', '')}")
        ask(page.locator(".st-key-zone_switch").get_by_text(name, exact=True).click, lambda: expect(zone).to_be_visible())


def expect_at_rest(page: Page) -> None:
    """Wait until no script runs, and nothing on the page is left from before: everything is current."""
    page.get_by_test_id("stApp").and_(page.locator("[data-test-script-state=notRunning]")).wait_for()
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def expect_training(page: Page) -> None:
    """Wait for the first loss; afterwards the page ticks once a second."""
    expect_state(page, "running")
    expect_status(page, r"(loss|accuracy|error) \d")
