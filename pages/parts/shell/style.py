"""The style of all pages: colours, and the sizes and places of the stage; and how a page adds its own."""

from pathlib import Path

import streamlit as st

from pages.parts.shell import colours

STAGE = colours.CSS + Path(__file__).with_name("stage.css").read_text(encoding="utf-8")


def style(css: str | Path) -> None:
    """Add a style sheet, or the file of one, to the page.

    Streamlit puts HTML that is nothing but a style where toasts are: the toast of a fragment would replace it. So it is not alone.
    """
    st.html(f"<i hidden></i><style>{css.read_text(encoding='utf-8') if isinstance(css, Path) else css}</style>")
