"""Errors on a page: the sentences of a `UserError`, one box each."""

from collections.abc import Callable
from functools import wraps

import streamlit as st

from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError


def show_errors(error: UserError, icon: str = ":material/block:") -> None:
    """Draw one box for each sentence."""
    for sentence in error.sentences:
        st.error(plain(sentence), icon=icon)


def showing_errors(draw: Callable[..., None]) -> Callable[..., None]:
    """Decorate a function that draws a part of a page: a `UserError` is shown in the place of that part."""

    @wraps(draw)
    def draw_or_show_error(*arguments) -> None:
        try:
            draw(*arguments)
        except UserError as error:
            show_errors(error)

    return draw_or_show_error
