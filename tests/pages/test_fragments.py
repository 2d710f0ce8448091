"""Parts of a page that are drawn alone: never within another, or the page goes white under load."""

import re

from streamlit.testing.v1 import AppTest

from tests.test_rules import PAGES


def _nested() -> None:
    import streamlit as st

    from pages.parts.shell.fragments import fragment

    def inner() -> None:
        st.write("inner")

    def outer() -> None:
        try:
            fragment(inner)()
        except RuntimeError as error:
            st.write(str(error))

    fragment(inner)()
    fragment(outer)()
    fragment(inner)()  # what was refused leaves no mark


def test_a_fragment_within_another_is_refused():
    at = AppTest.from_function(_nested).run()
    assert not at.exception
    inner, refused, again = (block.value for block in at.markdown)
    assert inner == again == "inner" and refused.endswith("inner is drawn as a fragment within another one.")


def test_all_fragments_are_made_there():
    assert [path.name for path in PAGES if re.search(r"st\.fragment\b", path.read_text(encoding="utf-8"))] == ["fragments.py"]
