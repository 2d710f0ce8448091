"""The first page of a server: the spare worker starts after the page is drawn; disabled buttons do nothing."""

import math
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.run.run_list import columns_of
from pages.parts.shell import services
from rnn_core.runs.store.rows import STOPPED
from rnn_core.tasks.task import task_of
from tests.conftest import tiny_spec
from tests.pages.conftest import PAGES
from tests.pages.helpers import button, spec_key, texts


@pytest.fixture
def engine_of(monkeypatch):
    """A fake engine that records when it may start a spare worker."""
    engine = SimpleNamespace(spare_due=0.0, start=lambda: engine)
    monkeypatch.setattr(services, "engine_of", lambda store, settings: engine)
    st.cache_resource.clear()
    yield engine
    st.cache_resource.clear()


def test_a_spare_worker_waits_for_the_first_page(home, engine_of, monkeypatch):
    clock = SimpleNamespace(time=lambda: 0.0, monotonic=lambda: 100.0)
    monkeypatch.setattr(services, "time", clock)
    assert services.engine().spare_due == 120.0  # whatever becomes of the page
    clock.monotonic = lambda: 103.0
    services.page_is_drawn()
    assert engine_of.spare_due == 105.0
    engine_of.spare_due = 160.0  # a worker has died since
    services.page_is_drawn()
    assert engine_of.spare_due == 160.0


@pytest.mark.parametrize("page", ["home", *PAGES])
def test_every_page_says_that_it_is_drawn(visit, page, monkeypatch):
    drawn = []
    monkeypatch.setattr(services, "page_is_drawn", lambda: drawn.append(page))
    assert not visit(page).exception and drawn == [page]


def test_no_spare_worker_starts_where_none_may(visit):
    visit()
    assert services.engine().spare_due == math.inf  # as tests want it


@pytest.mark.parametrize("label", ["Pause", "Stop", "Train"])
def test_a_click_on_a_disabled_button_does_nothing(visit, label):
    at = visit("text", spec=tiny_spec().to_short())
    if label == "Train":
        at.number_input(key=spec_key("text", "epochs")).set_value(5000).run()
    pressed = button(at, label)
    assert pressed.disabled
    pressed.proto.disabled = False  # as no browser would
    pressed.click().run()
    assert not at.exception and services.store().runs.count(None) == 0


def test_a_run_that_is_deleted_between_two_ticks_is_missed_on_the_page(visit):
    at = visit("text")
    run = services.store().runs.add(tiny_spec(), "Mine")
    services.store().lifecycle.end(run, STOPPED)
    at.query_params["run"] = run
    at.run()
    assert "Mine" in texts(at)
    services.store().runs.delete(run)
    at.run()
    assert not at.exception and "There is no run" in texts(at)


def test_a_panel_whose_run_is_gone_asks_for_the_page(visit, home):
    def panel():
        import streamlit as st

        from pages.parts.run.watch import WATCH, Frame, _zone

        if st.session_state.get("again"):
            st.text("the page")
        else:
            st.session_state["again"] = True
            _zone("gone", (), Frame(st.container(), st.container()), WATCH)

    visit()
    at = AppTest.from_function(panel).run()
    assert not at.exception and [text.value for text in at.text] == ["the page"]


def test_links_hold_under_another_path(visit, monkeypatch):
    visit()
    run = services.store().runs.get(task_of("digits").example)
    assert columns_of([run])["Open"] == [f"/digits?run={run.id}"]
    monkeypatch.setattr(st, "get_option", lambda name: "/school/lab/")
    assert columns_of([run])["Open"] == [f"/school/lab/digits?run={run.id}"]
