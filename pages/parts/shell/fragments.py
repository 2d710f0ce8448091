"""Parts of a page that are drawn again without the rest of it."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps

import streamlit as st

_inside = ContextVar("_inside", default=False)


def fragment(draw: Callable[..., None], every: float | None = None) -> Callable[..., None]:
    """`draw` as a fragment: a click in it, and a tick `every` so many seconds, runs it alone.

    Raises `RuntimeError` within another fragment. Where the outer one begins again before the server has sent what it drew, Streamlit
    drops this, but not what the inner one drew; the browser then gets contents before their containers, and shows a white page.
    """
    if _inside.get():
        raise RuntimeError(f"{draw.__module__}.{draw.__qualname__} is drawn as a fragment within another one.")

    @wraps(draw)  # Streamlit tells fragments apart by their names
    def marked(*arguments) -> None:
        token = _inside.set(True)
        try:
            draw(*arguments)
        finally:
            _inside.reset(token)

    return st.fragment(marked, run_every=every)
