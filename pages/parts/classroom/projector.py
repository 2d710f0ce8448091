"""The view for a projector: nothing but the board or the chart, as wide as the window, and a button that leaves it.

The component of `projector.js` draws the button and listens to Escape; its state is the trigger `left`, for one rerun.
"""

from pathlib import Path

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.shell.style import style

_LEAVE = component("rnn_leave_projector", __file__, '<button type="button">Leave <kbd>Esc</kbd></button>')
_PAGE = Path(__file__).with_name("projector_page.css")


def projector() -> None:
    """Hide the rest of the page, and draw the button that leaves the view."""
    style("projector", _PAGE)
    _LEAVE(key=session.PROJECTOR_LEFT.name, on_left_change=_leave, height="content")


def _leave() -> None:
    session.PROJECTOR.set(False)
