"""Resident memory of the web process after every page was used in a browser, of a spare worker, and of a worker on 20 MB of text.

python -m benchmarks.memory
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.data import uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.engine.worker import environment
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks.text import corpora
from tests.browser.conftest import _SWITCHES, serve
from tests.conftest import processes

WIDTHS = (64, 8)


def web_process(home: Path) -> tuple[float, float]:
    """MB of the web process after the first page, and after every page was used."""
    data = settings_of.load().data_dir
    with serve(home / "home", **({"RNN_DATA_DIR": str(data)} if data else {})) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_SWITCHES)
        page = browser.new_page()
        page.goto(url)
        page.get_by_text("Recent runs").wait_for()
        (server,) = processes("serve", psutil.Process().children())
        first = server.memory_info().rss / 1e6
        page.goto(f"{url}/text?spec={RunSpec.from_options(epochs=3).to_short()}")
        page.get_by_role("button", name="Train", exact=True).click()
        state = page.locator(".status .state")
        state.filter(has_text="running").wait_for(timeout=60_000)
        for _ in range(3):
            page.get_by_role("button", name="Generate", exact=True).click()
            page.get_by_role("tab", name="Temperatures").click()
            page.get_by_role("button", name="Compare four temperatures", exact=True).click()
            page.get_by_role("tab", name="Write").click()
        state.filter(has_text="finished").wait_for(timeout=60_000)
        page.goto(f"{url}/text?spec={RunSpec.from_options(source='python-source').to_short()}")
        page.get_by_text("to train on").wait_for(timeout=60_000)
        book = home / "book.txt"
        book.write_bytes(corpora.read("python-source", settings_of.load()))  # some 5 MB
        page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(book)
        page.get_by_role("button", name="Remove book.txt").wait_for(timeout=60_000)
        page.get_by_role("button", name="Train", exact=True).click()
        state.filter(has_text="running").wait_for(timeout=60_000)
        page.get_by_role("button", name="Stop", exact=True).click()
        state.filter(has_text="stopped").wait_for(timeout=60_000)
        for path in ("digits", "reviews", "series"):
            page.goto(f"{url}/{path}")
            page.locator(".st-key-curves canvas, .st-key-curves svg").first.wait_for()
            if data and path != "series":  # the examples are of MNIST and IMDB
                tab, mistakes = {
                    "digits": ("Mistakes", ".gallery canvas"),
                    "reviews": ("Test results", "[data-testid=stDataFrame]"),
                }[path]
                page.get_by_role("tab", name=tab).click()
                page.locator(mistakes).first.wait_for(timeout=60_000)
        page.goto(url)
        page.get_by_text("Recent runs").wait_for()
        used = server.memory_info().rss / 1e6
        browser.close()
        return first, used


def spare_worker() -> tuple[float, float]:
    """(MB, CPU seconds since its start) of a worker that is ready for its first run."""
    script = """
import time, psutil, rnn_core.runs.engine.worker
from rnn_core import settings
from rnn_core.training.trainer import Trainers
rnn_core.runs.engine.worker.warm_up(Trainers(), settings.load())
print(psutil.Process().memory_info().rss / 1e6, time.process_time())
"""
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, **environment(1)}, capture_output=True, check=True)
    return tuple(map(float, done.stdout.split()))


def worker(megabytes: int) -> float:
    """The maximum MB of a worker in its first 15 s of training an LSTM 256 on `megabytes` of text."""
    settings = settings_of.load()
    store = Store.of(settings)
    source = corpora.load("python-source", "auto", settings).text
    text = (source * (1 + megabytes * 1_000_000 // len(source)))[: megabytes * 1_000_000]
    run = submit(RunSpec.from_options(source=uploads.save(text.encode(), settings), cell="lstm", units=256), store, settings)
    engine, maximum = LocalEngine(store, settings, only=run).start(), 0
    while store.runs.get(run).seconds < 15 and store.runs.get(run).active:
        for process in list(engine.workers):
            maximum = max(maximum, psutil.Process(process.pid).memory_info().rss)
        time.sleep(0.05)
    store.lifecycle.stop(run)
    while store.runs.get(run).active:
        time.sleep(0.1)
    engine.close()
    return maximum / 1e6


if __name__ == "__main__":
    with scratch_home() as home:
        first, used = web_process(home)
        row("resident memory", "MB", widths=WIDTHS)
        row("web process, after the home page", f"{first:.0f}", widths=WIDTHS)
        row("web process, after using every page, with an upload", f"{used:.0f}", widths=WIDTHS)
        spare, seconds = spare_worker()
        row(f"worker that waits for its first run, after {seconds:.1f} s of CPU time", f"{spare:.0f}", widths=WIDTHS)
        row("worker, LSTM 256 on 20 MB of text", f"{worker(20):.0f}", widths=WIDTHS)
