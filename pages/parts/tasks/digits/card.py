"""The card on Home: the example reads a digit row by row, and ten bars move."""

import base64
from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.home.motion import card_component
from pages.parts.shell import services
from rnn_core.lessons import example
from rnn_core.nn.prefix_predictions import predict_prefixes
from rnn_core.runs import checkpoints
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.digits.dataset import sequences

_SIDE = 28  # pixels, as in MNIST
_PEN = 1.9  # pixels from the middle of a stroke to its edge
# Corners (x, y) of the strokes of digits, in pixels: drawn for this card, since MNIST may not be on this computer.
_STROKES = {
    4: [[(11, 6.5), (9.5, 14), (18, 14)], [(17.5, 6.5), (16, 22)]],
    2: [[(9, 9), (11, 6.5), (15, 6), (18, 8.5), (17.5, 12), (14, 16), (9.5, 21), (14, 20.5), (19.5, 21)]],
    5: [[(18, 6.5), (11, 6.5), (10.5, 12.5), (14, 11.8), (17.5, 13.5), (18, 17.5), (15.5, 21), (11.5, 21.7), (9, 20)]],
}
_BARS = "".join(f"<li><b>{digit}</b><i></i><span></span></li>" for digit in range(10))
_HTML = f"""
<div class="picture"><canvas width="{_SIDE}" height="{_SIDE}"></canvas><div class="unread"></div></div>
<div class="answer"><ul>{_BARS}</ul><p></p></div>
"""
_CARD = card_component("rnn_card_digits", Path(__file__), _HTML)


def card() -> None:
    """Draw the digits, one after the other; `data` is what card.js reads: pixels and the probabilities after each row."""
    run = example.run_of("digits", services.store())
    _CARD(data={"digits": _read(run.id), "label": f"{run.title} reads a drawn digit; ten probabilities change with every row"})


@st.cache_data(show_spinner=False)
def _read(run_id: str) -> list[dict]:
    store = services.store()
    network, data = checkpoints.network(store, run_id), store.runs.spec(run_id).data
    pictures = np.stack([drawn(strokes) for strokes in _STROKES.values()])
    return [
        {
            "pixels": base64.b64encode(picture.tobytes()).decode(),
            "rows": probabilities(predict_prefixes(network, rows).logits).round(3).tolist(),
        }
        for picture, rows in zip(pictures, sequences(pictures, data, 255), strict=True)
    ]


def drawn(strokes: list[list[tuple[float, float]]]) -> np.ndarray:
    """Strokes as a picture (28, 28) uint8, bright on dark, with its centre of mass in the middle, as in MNIST."""
    picture = _ink(strokes, 0, 0)
    rows, columns = (float(picture.sum(axis) @ np.arange(_SIDE) / picture.sum()) for axis in (1, 0))
    middle = (_SIDE - 1) / 2
    return (255 * _ink(strokes, middle - columns, middle - rows)).round().astype(np.uint8)


def _ink(strokes: list[list[tuple[float, float]]], right: float, down: float) -> np.ndarray:
    """The ink of each pixel, from 0 to 1, from its distance to the nearest stroke; strokes are moved by (right, down)."""
    y, x = np.mgrid[:_SIDE, :_SIDE]
    distance = np.full((_SIDE, _SIDE), np.inf)
    for corners in strokes:
        moved = np.array(corners) + np.array([right, down])
        for (x0, y0), (dx, dy) in zip(moved, np.diff(moved, axis=0), strict=False):
            along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            distance = np.minimum(distance, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return np.clip(_PEN - distance, 0, 1)
