"""Small pictures side by side, each a button.

The component's state is the trigger `opened`: the number of the picture that was clicked, for one rerun.
"""

import base64
from collections.abc import Callable

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component

_GALLERY = component("rnn_digit_gallery", __file__, '<div class="gallery"></div>')


def gallery(
    pictures: np.ndarray, brightest: int, numbers: list[int], captions: list[str], key: session.Key, on_open: Callable[[int], None]
) -> None:
    """Draw pictures (n, side, side), each with its number and its caption; `on_open` gets the number of the one that is clicked."""
    pixels = (pictures.astype(float) * 255 / brightest).round().astype(np.uint8)
    shown = [
        {"number": number, "caption": caption, "pixels": base64.b64encode(picture.tobytes()).decode()}
        for picture, number, caption in zip(pixels, numbers, captions, strict=True)
    ]

    def opened():
        number = (key.get() or {}).get("opened")
        if number in numbers:
            on_open(number)

    _GALLERY(key=key.name, data={"pictures": shown}, on_opened_change=opened)
