"""The protocol client of `benchmarks.classroom`: one person without a browser trains on a real server and sees the curve."""

import asyncio
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from benchmarks.session import Session
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import Store
from tests.browser.conftest import serve
from tests.conftest import processes, tiny_spec


def _alone(attendance: Coroutine):
    """In another thread: this one has a running event loop after a browser test."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, attendance).result()


@pytest.mark.slow
def test_a_session_opens_pages_trains_and_sees_its_curve(home, data_dir):
    async def attend(url: str) -> str:
        ticked = []
        person = Session(url, on_tick=lambda session, fragment, seconds, whole: ticked.append(seconds), retries=3)
        await person.open()
        assert "See a recurrent network learn" in person.text()
        await person.open("text", spec=tiny_spec(epochs=1).to_short())
        # the ruler of the example is measured once
        await person.until(lambda: not person.ticks and not person.is_running, seconds=60)
        await person.set("Epochs", 30)  # it must still train when the page is there
        assert person.query["spec"] == tiny_spec(epochs=30).to_short()
        await person.click("Train")
        assert person.ticks
        # a page that is being drawn may lose a slider that is moved in its last moment (streamlit#9921)
        await person.until(lambda: FINISHED in person.text() and not person.ticks and not person.is_running, seconds=120)
        assert ticked
        await person.set("Temperature", 0.3)
        await person.click("Generate")
        assert "temperature 0.3, epoch 30" in person.text()
        assert person.connected and person.exceptions == [] and person.page.to_keep == 0
        run = person.query["run"]
        await person.close()
        return run

    with serve(home, RNN_DATA_DIR=str(data_dir)) as url:
        run = _alone(attend(url))
        (server,) = processes("serve", psutil.Process().children())
        if sys.platform == "linux":  # the only one that tells what a process has loaded
            assert any("uvloop" in mapped.path for mapped in server.memory_maps())
    assert (Store(home).runs.get(run).state, Store(home).runs.spec(run)) == (FINISHED, tiny_spec(epochs=30))


@pytest.mark.slow
def test_a_tick_that_is_on_its_way_does_not_bring_the_run_before_back(home, data_dir):
    """The page ticks ten times a second while a run begins, and each tick carries the old choice of a run."""

    async def attend(url: str) -> None:
        person = Session(url, retries=3)
        await person.open("text", spec=tiny_spec(epochs=300).to_short())
        begun = []
        for epochs in range(301, 307):
            await person.set("Epochs", epochs)
            await person.click("Train")
            begun.append(person.query["run"])
            await asyncio.sleep(0.5)
            assert person.query["run"] == begun[-1]
        assert len(set(begun)) == 6 and person.exceptions == []
        await person.close()

    with serve(home, RNN_DATA_DIR=str(data_dir)) as url:
        _alone(attend(url))
