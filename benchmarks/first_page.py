"""Seconds from opening a page in a browser until Train can be pressed: on a server that has just started, and on one that is warm.

    python -m benchmarks.first_page

Needs Chromium. Each cold time has a server of its own, which has answered and shown no page before.
"""

import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.tasks.task import task_names
from tests.browser.conftest import _SWITCHES, chromium_path, serve

TIMES = 3
WIDTHS = (14, 12, 12)


def seconds(browser: Browser, address: str) -> float:
    """In a context of its own, whose cache is empty."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=60_000)
    passed = time.perf_counter() - start
    context.close()
    return passed


def main() -> None:
    data = settings_of.load().data_dir
    options = {"RNN_DATA_DIR": str(data)} if data else {}
    row("page", "cold, s", "warm, s", widths=WIDTHS)
    with scratch_home() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=_SWITCHES)
        seconds(browser, "data:text/html,<button>Train</button>")  # the browser itself starts
        for task in task_names():
            cold, warm = [], []
            for i in range(TIMES):
                with serve(Path(home) / f"{task}{i}", RNN_WARM_UP="1", **options) as url:
                    cold.append(seconds(browser, f"{url}/{task}"))
                    time.sleep(8)  # a spare worker imports TensorFlow meanwhile
                    warm.append(seconds(browser, f"{url}/{task}"))
            row(task, f"{statistics.median(cold):.2f}", f"{statistics.median(warm):.2f}", widths=WIDTHS)
        browser.close()


if __name__ == "__main__":
    main()
