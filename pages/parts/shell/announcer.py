"""What a screen reader says when something has changed on the page, without a word on the screen."""

from pages.parts.shell import session
from pages.parts.shell.component import component

_ANNOUNCER = component(
    "rnn_announcer",
    __file__,
    '<p role="status" style="position:absolute; width:1px; height:1px; margin:0; overflow:hidden; clip-path:inset(50%)"></p>',
    css=(),
)


def announce(message: str) -> None:
    """Say `message`, once: the element stays the same from tick to tick, and its text changes only with the message."""
    _ANNOUNCER(key=session.ANNOUNCED.name, data={"message": message}, height="content", width="content")
