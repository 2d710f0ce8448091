"""Make the pictures of the README from real runs in a real browser, and print how long a newcomer's first steps take.

    python docs/pictures.py

needs Chromium and the packages of tests/requirements.txt. Data that `RNN_DATA_DIR` names is used.
"""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from tests.browser.conftest import chromium_path, serve  # noqa: E402
from tests.browser.helpers import SLOW, ask, button, expect_at_rest, expect_state, expect_status  # noqa: E402

SIZE = {"width": 1440, "height": 900}


class Clock:
    """Prints each step with the seconds since the start."""

    def __init__(self):
        self.start, self.steps = time.monotonic(), 0

    def step(self, what: str, act) -> None:
        act()
        self.steps += 1
        print(f"{time.monotonic() - self.start:6.1f} s  {self.steps}. {what}", flush=True)


def save(page: Page, name: str) -> None:
    expect_at_rest(page)
    page.screenshot(path=ROOT / "docs" / f"{name}.png")


def first_text(page: Page, clock: Clock) -> None:
    def train():
        button(page, "Train").click()
        expect_status(page, r"loss \d")

    def generate():
        button(page, "Generate").click()
        expect(page.locator(".st-key-zone_try .text").first).to_contain_text(r" ", timeout=SLOW)

    clock.step("Home is drawn", lambda: expect(page.get_by_text("Why recurrence?")).to_be_visible())
    clock.step(
        "press Start: the page Text",
        lambda: (page.get_by_role("link", name="Start").click(), expect(button(page, "Train")).to_be_enabled()),
    )
    clock.step("press Train: the first loss", train)
    clock.step("press Generate: a text of the network that trains", generate)


def first_digit(page: Page, clock: Clock) -> None:
    def draw():
        page.locator(".paper canvas").scroll_into_view_if_needed()
        box = page.locator(".paper canvas").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
        page.mouse.down()
        for x, y in ((0.7, 0.2), (0.45, 0.85)):
            page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=12)
        page.mouse.up()
        expect(page.get_by_text("After 28 of 28 rows: 7").first).to_be_visible()

    clock.step(
        "open Digits",
        lambda: (
            page.get_by_role("link", name="Digits", exact=True).click(),
            expect(page.locator(".paper canvas")).to_be_visible(),
        ),
    )
    clock.step("draw a seven: it is read", draw)


def three_cells(page: Page, clock: Clock) -> None:
    """From the page Text to the curves of SimpleRNN, LSTM and GRU, from one seed."""
    luck = page.locator(".st-key-compare_luck")

    def press():
        button(page, "Compare SimpleRNN, LSTM and GRU").click()
        expect(page.locator(".differences thead th")).to_have_count(3, timeout=SLOW)

    clock.step(
        "open the menu Compare",
        lambda: (button(page, "Compare").click(), expect(button(page, "Compare SimpleRNN, LSTM and GRU")).to_be_visible()),
    )
    clock.step("press Compare SimpleRNN, LSTM and GRU: the chart of the three", press)
    for done, curves in enumerate(("one curve", "two curves", "three curves"), 1):
        ended = re.compile(rf"[{done}-3] of 3 runs have ended|Best validation loss" if done < 3 else "Best validation loss")
        clock.step(f"{curves} to the end", lambda ended=ended: expect(luck).to_contain_text(ended, timeout=10 * SLOW))
    page.mouse.move(1400, 20)
    save(page, "compare")


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        settings = {name: os.environ[name] for name in ("RNN_DATA_DIR",) if name in os.environ}
        clock = Clock()
        with serve(Path(folder) / "home", RNN_THREADS="", RNN_WARM_UP="1", **settings) as url:
            clock.step("the server answers", lambda: None)
            page = browser.new_context(viewport=SIZE, device_scale_factor=1).new_page()
            page.goto(url)
            first_text(page, clock)
            first_digit(page, clock)
            save(page, "digits")
            page.get_by_role("link", name="Text", exact=True).click()
            expect_status(page, r"running.*epoch [5-9](\.\d)?/10")
            ask(button(page, "Generate").click, lambda: expect(button(page, "Download the text")).to_be_visible())
            page.wait_for_timeout(1500)  # the text appears bit by bit
            save(page, "text")
            expect_state(page, "finished")
            page.get_by_role("link", name="Reviews", exact=True).click()
            expect(page.locator(".word").first).to_be_visible(timeout=SLOW)
            save(page, "reviews")
            page.goto(f"{url}/inside")
            expect(page.locator(".inside .box").first).to_be_visible(timeout=SLOW)
            for _ in range(12):
                page.get_by_role("button", name="One timestep back").click()
            save(page, "inside")
            page.get_by_role("link", name="Home", exact=True).click()
            expect(page.get_by_text("Why recurrence?")).to_be_visible()
            page.wait_for_timeout(6000)  # the cards are in the middle of their stories
            save(page, "home")
            page.get_by_role("link", name="Text", exact=True).click()
            expect(button(page, "Train")).to_be_enabled(timeout=SLOW)
            expect_at_rest(page)
            three_cells(page, Clock())
        browser.close()


if __name__ == "__main__":
    main()
