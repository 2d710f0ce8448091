"""Components that move, and the button that stops them all.

The browser plays each animation: Python computes its numbers once, and nothing is sent while the animation runs. The CSS and the
JavaScript of a component lie beside its Python; its default export calls `show` of motion.js.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parent


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_CLOCK, _STAGE = _read("motion.js"), _read("card.css")


def moving_component(name: str, path: Path, html: str, css: str = "") -> ComponentRenderer:
    """The component `name`. `path` is its Python file, with a `.css` and a `.js` file beside it; `css` goes before its own."""
    own_css, own_js = (path.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".css", ".js"))
    return st.components.v2.component(name, html=html, css=f"{css}\n{own_css}", js=f"{_CLOCK}\n{own_js}")


def card_component(name: str, path: Path, html: str) -> ComponentRenderer:
    """The moving part of a card on Home, in a `.stage` whose height all cards share."""
    return moving_component(name, path, f'<div class="stage" role="img">{html}</div>', _STAGE)


_BUTTON = '<button type="button"><span class="sign" aria-hidden="true"></span> <span class="label"></span></button>'
_PAUSE = moving_component("rnn_pause_animations", _FOLDER / "pause.py", _BUTTON)


def pause_button() -> None:
    """Draw the button that stops and starts all animations: what moves for more than five seconds must be stoppable (WCAG 2.2.2)."""
    _PAUSE(width="content")
