"""Fixtures: a real server in a separate process, and a real Chromium. Skipped with a reason where there is no browser."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from rnn_core.runs.engine.local import kill_tree
from tests.conftest import TINY

ROOT = Path(__file__).parents[2]
_SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def chromium():
    path = chromium_path()
    if path is None:
        if os.environ.get("RNN_NEED_BROWSER"):
            pytest.fail("RNN_NEED_BROWSER is set, but there is no Chromium")
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # ms; other tests compute beside
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_SWITCHES)
        yield browser
        browser.close()


def _clean() -> dict[str, str]:
    """The environment without settings of the machine that tests run on."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RNN_")}


@contextlib.contextmanager
def serve(home: Path, script: str = "app.py", *options: str, **environment: str):
    """Serve the app, or another script, on a free port; afterwards end it with its workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.parent / f"server-{port}.log"
    if script == "app.py":
        command = [sys.executable, "-m", "rnn_core", "serve", "--port", str(port), "--", "--server.headless", "true", *options]
    else:
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            script,
            "--server.headless",
            "true",
            "--server.port",
            str(port),
            *options,
        ]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**_clean(), "RNN_HOME": str(home), "RNN_THREADS": "1", "RNN_WARM_UP": "0", **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    url = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=5)
                break
            assert time.monotonic() < deadline and server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield url
    finally:
        kill_tree(server.pid)
        server.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """One server for the module, with a short text `tiny`."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "data").mkdir()
    (folder / "data" / "tiny.txt").write_text(TINY)
    (folder / "data" / "hebrew.txt").write_text("הים והרוח הילד שאל נשבה. (בן ואיש אל?)\n" * 100, encoding="utf-8")
    with serve(folder / "home", RNN_DATA_DIR=str(folder / "data")) as address:
        yield address


@pytest.fixture
def open_page(chromium):
    """`open_page(url, width=390)`: a page in a new browser context; a script error or a request to the internet fails the test."""
    contexts, errors = [], []

    def opened(address: str, width: int = 1440, height: int = 900, dark: bool = False):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(f"asked {request.url}") if _outside(request.url) else None)
        page.set_default_timeout(60_000)  # 147 files a page, on a busy machine
        page.goto(address)
        page.get_by_role("link", name="Home").first.wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def _outside(address: str) -> bool:
    """Whether an address is on the internet: the app must work offline."""
    return address.startswith("http") and "://localhost" not in address
