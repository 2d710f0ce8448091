"""The style of all pages: colours, the stage, and the `page.css` of each room; and how a page adds what not every page has."""

from pathlib import Path

import streamlit as st

from pages.parts.shell import colours

_SHEETS = [Path(__file__).with_name("stage.css"), *sorted(Path(__file__).parents[1].glob("*/page.css"))]
STYLE = colours.CSS + "".join(sheet.read_text(encoding="utf-8") for sheet in _SHEETS)


def style(name: str, css: str | Path) -> None:
    """Add a style sheet, or the file of one, to the page. `name` tells the style sheets of a page apart.

    Streamlit puts HTML that is nothing but a style where toasts are: the toast of a fragment would replace it. So it is not alone. Its
    container takes no room, also while it is still empty.
    """
    with st.container(key=f"style_{name}"):
        st.html(f"<i hidden></i><style>{css.read_text(encoding='utf-8') if isinstance(css, Path) else css}</style>")
