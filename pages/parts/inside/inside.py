"""The component that draws and plays everything: nothing is asked of the server while a person steps or hovers.

`inside.js` sends one state, `window`: {"input": the id of what is read, "start": a timestep}, where a long input is read on, and Python answers
with the timesteps from there on. A test sets `session.INSIDE_CELLS` to {"window": ...}.
"""

from collections.abc import Mapping
from typing import Any

from pages.parts.shell import session
from pages.parts.shell.component import component

_INSIDE = component("rnn_inside", __file__, js=("numbers.js", "maps.js", "units.js", "cell.js", "inside.js"))


def inside(data: dict[str, Any]) -> None:
    """Draw what `content.content` has made."""
    _INSIDE(key=session.INSIDE_CELLS.name, data=data, on_window_change=_do_nothing, height="content")


def wanted_start(read: str, total: int) -> int:
    """The timestep from which on the browser wants to see the input with the id `read`; at first, the end is shown."""
    state = session.INSIDE_CELLS.get()
    window = state.get("window") if isinstance(state, Mapping) else None
    start = window.get("start") if isinstance(window, Mapping) and window.get("input") == read else None
    if isinstance(start, int | float) and not isinstance(start, bool) and 0 <= start < total:
        return int(start)
    return total


def _do_nothing() -> None:
    """A callback, because Streamlit sets `window` of the state only where one is given."""
