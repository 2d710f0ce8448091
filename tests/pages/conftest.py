"""Fixtures for pages in Streamlit's AppTest, with a real engine that ends with the test."""

import functools
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.parts.shell import services, session
from rnn_core.lessons import ruler
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.tasks.task import task_names

ROOT = Path(__file__).parents[2]
PAGES = {"text": "pages/1_text.py", "digits": "pages/2_digits.py", "reviews": "pages/3_reviews.py", "series": "pages/4_series.py", "memory": "pages/5_memory.py", "compare": "pages/6_compare.py", "inside": "pages/7_inside.py", "task": "pages/8_task.py", "runs": "pages/9_runs.py",
         "class": "pages/10_class.py"}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def packages_are_searched_once():
    """Each AppTest would search all installed packages for components, which takes a third of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def visit(data_dir, monkeypatch, in_this_process, warm_workers):
    """`visit("text", run=...)`: open a page in a new session, with all options open."""
    start = LocalEngine.start
    monkeypatch.setattr(LocalEngine, "start", lambda engine: warm_workers.lend(engine) or start(engine))
    monkeypatch.setattr(ruler, "measure_soon", lambda *_: False)  # each page would start a process that outlives its test

    def open_page(name: str = "home", person: str = "", **query) -> AppTest:
        """`person` is the id in the browser's cookie."""
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            at.query_params[key] = value
        at.session_state[session.PERSON.name] = person
        for task in task_names():
            at.session_state[session.MORE(task).name] = True
        at.session_state[session.MORE_SAMPLING.name] = True
        if name != "home":
            at.switch_page(PAGES[name])
        return at.run()

    yield open_page
    warm_workers.take_back(services.engine())
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def class_mode(monkeypatch) -> str:
    """Class mode; returns the teacher's key."""
    monkeypatch.setenv("RNN_CLASS", "1")
    monkeypatch.setenv("RNN_TEACHER_KEY", "open sesame")
    return "open sesame"
