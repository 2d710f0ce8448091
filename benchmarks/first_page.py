"""Seconds from opening a page in a browser until Train can be pressed, and how much what is there moves until the page is complete.

    python -m benchmarks.first_page

Cold: on a server that has just started, and has shown no page before; the first of the three also unpacks its data. Warm: on the same one
later, in a browser with an empty cache. Again: the page reloaded. Moves: all layout shifts of a page together, as browsers compute them
(below 0.1 counts as good: https://web.dev/articles/cls). Needs Chromium.
"""

import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.tasks.task import task_names
from tests.browser.conftest import _SWITCHES, chromium_path, serve

TIMES = 3  # servers
RELOADS = 4
REST = 1.5  # seconds for a page to finish, before it is left
WIDTHS = (14, 12, 12, 12, 12)
_MOVES = """window.moves = 0; new PerformanceObserver(list => { for (const each of list.getEntries()) window.moves += each.value })
.observe({ type: 'layout-shift', buffered: true })"""


def seconds(page: Page, address: str) -> float:
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.get_by_role("button", name="Train", exact=True, disabled=False).wait_for(timeout=60_000)
    return time.perf_counter() - start


def in_new_browser(browser: Browser, address: str, times: int = 1) -> list[tuple[float, float]]:
    """(seconds, moves): the first time with an empty cache; each other one reloads the page."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, found = context.new_page(), []
    page.add_init_script(_MOVES)
    for _ in range(times):
        waited = seconds(page, address)
        time.sleep(REST)
        found.append((waited, page.evaluate("window.moves")))
    context.close()
    return found


def main() -> None:
    data = settings_of.load().data_dir
    options = {"RNN_DATA_DIR": str(data)} if data else {}
    row("page", "cold, s", "warm, s", "again, s", "moves", widths=WIDTHS)
    with scratch_home() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=_SWITCHES)
        in_new_browser(browser, "data:text/html,<button>Train</button>")  # the browser itself starts
        for task in task_names():
            cold, warm, again = [], [], []
            for _ in range(TIMES):
                with serve(Path(home) / task, RNN_WARM_UP="1", **options) as url:
                    cold += in_new_browser(browser, f"{url}/{task}")
                    time.sleep(8)  # a spare worker imports TensorFlow meanwhile
                    first, *others = in_new_browser(browser, f"{url}/{task}", times=1 + RELOADS)
                    warm.append(first)
                    again += others
            waited = [f"{statistics.median(seconds for seconds, _ in found):.2f}" for found in (cold, warm, again)]
            moves = statistics.median(moves for _, moves in [*cold, *warm, *again])
            row(task, *waited, f"{moves:.3f}", widths=WIDTHS)
        browser.close()


if __name__ == "__main__":
    main()
