"""A press of a button is obeyed once, also where the page runs again before the button is drawn, and only there."""

import re

from streamlit.testing.v1 import AppTest

from tests.test_rules import PAGES


def _page() -> None:
    import streamlit as st

    from pages.parts.shell import session
    from pages.parts.shell.buttons import button

    if st.session_state.pop("tick", False):  # as a tick does when the state of a run has changed
        st.rerun()
    if st.session_state.get("gone"):
        session.forget_presses()
        st.stop()
    st.write(f"pressed: {button('Go')}, disabled: {button('No', disabled=st.session_state.get('disabled', False))}")


def said(at: AppTest) -> str:
    assert not at.exception
    return at.markdown[0].value


def test_a_press_counts_once():
    at = AppTest.from_function(_page).run()
    assert said(at) == "pressed: False, disabled: False"
    at.button[0].click().run()
    assert said(at) == "pressed: True, disabled: False"
    assert said(at.run()) == "pressed: False, disabled: False"


def test_a_press_survives_a_rerun_before_its_button():
    at = AppTest.from_function(_page).run()
    at.session_state["tick"] = True
    at.button[0].click().run()
    assert said(at) == "pressed: True, disabled: False"


def test_a_press_is_forgotten_with_its_button():
    at = AppTest.from_function(_page).run()
    at.session_state["gone"] = True
    at.button[0].click().run()
    at.session_state["gone"] = False
    assert said(at.run()) == "pressed: False, disabled: False"


def test_a_disabled_button_is_not_obeyed():
    at = AppTest.from_function(_page).run()
    at.session_state["disabled"] = True
    at.button[1].click().run()
    assert said(at) == "pressed: False, disabled: False"
    at.session_state["disabled"] = False
    assert said(at.run()) == "pressed: False, disabled: False"


def test_no_page_reads_a_press_otherwise():
    found = [path.name for path in PAGES if re.search(r"(if|=|and|or|not|return) st\.button\(", path.read_text(encoding="utf-8"))]
    assert found == []
