"""Pages in Streamlit's AppTest: a real engine behind them, and nothing left of it afterwards."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts import lab
from rnn_core.runs.engine import kill_tree

ROOT = Path(__file__).parents[2]
PAGES = {"text": "pages/1_text.py", "digits": "pages/2_digits.py", "reviews": "pages/3_reviews.py"}


@pytest.fixture
def visit(data_dir, monkeypatch):
    """`visit("text", run=...)`: open a page in a session of its own."""
    monkeypatch.setattr("rnn_core.runs.engine.LocalEngine._keep_a_spare", lambda self: None)  # three seconds a test otherwise

    def open_page(name: str = "home", **query) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            at.query_params[key] = value
        if name != "home":
            at.switch_page(PAGES[name])
        return at.run()

    yield open_page
    engine = lab.engine()
    for run in lab.store().runs():
        if run.active:
            lab.store().stop(run.id)
    engine.close()
    for worker in engine.workers.values():
        kill_tree(worker.pid)
    st.cache_resource.clear()
    st.cache_data.clear()
