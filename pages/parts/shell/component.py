"""Components, whose HTML, CSS and JavaScript lie beside their Python."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_KEPT = Path(__file__).with_name("kept.js")


def component(
    name: str, path: str, html: str | None = None, css: Sequence[str] | None = None, js: Sequence[str] | None = None
) -> ComponentRenderer:
    """The component `name`; `path` is the `__file__` of its Python.

    `css` and `js` are files in the same folder, joined in this order, since a component cannot import; by default those with the name
    of the Python file. Without `html`, it is read from the file with that name. `kept.js` stands in front of the JavaScript.
    """
    file = Path(path)

    def joined(names: Sequence[str] | None, suffix: str) -> str:
        files = [file.with_suffix(suffix)] if names is None else [file.with_name(each) for each in names]
        return "\n".join(each.read_text(encoding="utf-8") for each in files)

    return st.components.v2.component(
        name,
        html=file.with_suffix(".html").read_text(encoding="utf-8") if html is None else html or None,
        css=joined(css, ".css") or None,
        js=f"{_KEPT.read_text(encoding='utf-8')}\n{joined(js, '.js')}",
    )
