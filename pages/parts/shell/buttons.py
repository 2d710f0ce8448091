"""A button whose press is neither lost nor obeyed while it is disabled."""

from collections.abc import Callable

import streamlit as st

from pages.parts.shell import session


def button(
    label: str,
    *,
    on_click: Callable[..., object] | None = None,
    args: tuple = (),
    disabled: bool = False,
    draw: Callable[..., bool] = st.button,
    **options,
) -> bool:
    """Draw the button and return whether it was pressed: never while it is disabled, whatever a browser sends.

    Streamlit forgets a press where a tick of another part of the page reruns the page before this button is drawn. A press is therefore
    noted first, and ends when the button or the whole page has been drawn. `draw` may be `st.form_submit_button`.
    """
    pressed = session.PRESSED(session.this_page(), options.get("key") or label)

    def press() -> None:
        pressed.set(True)
        if on_click is not None:
            on_click(*args)

    draw(label, on_click=press, disabled=disabled, **options)
    return pressed.pop() and not disabled
