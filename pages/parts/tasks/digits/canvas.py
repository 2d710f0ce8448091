"""A square to draw a digit in, with mouse, pen, finger or keyboard.

Streamlit has no canvas, so this is a component: `canvas.js` draws, and sends the drawing after each stroke; `canvas.css` uses the
theme's colours. While the page is open, the drawing in the browser counts: `canvas.js` reads the drawing from Python only when
the canvas appears and when its version changes, so no rerun can remove a stroke.

The component's state is `drawing`: {"version": the version of the drawing that was drawn upon, "packed": the drawing}. A test sets
`session.DRAWING` instead, before the page runs.
"""

import base64
import binascii
from collections.abc import Mapping

import numpy as np

from pages.parts.shell import session
from pages.parts.shell.component import component

SIDE = 112  # pixels of the drawing that is sent; canvas.js has the same number
_BYTES = SIDE * SIDE // 2  # two pixels per byte, the first in the higher half; 0 ink, 15 paper
_HTML = """
<div class="drawing">
  <div class="paper">
    <canvas tabindex="0" role="application" aria-label="Drawing area for one digit" aria-describedby="how"></canvas>
    <span class="hint" aria-hidden="true">Draw a digit</span>
    <span class="cursor" aria-hidden="true" hidden></span>
  </div>
  <div class="tools" role="toolbar" aria-label="Drawing tools">
    <button type="button" data-tool="pen" aria-pressed="true">Pen</button>
    <button type="button" data-tool="eraser" aria-pressed="false">Eraser</button>
    <button type="button" data-tool="undo">Undo</button>
    <button type="button" data-tool="clear">Clear</button>
  </div>
  <p id="how" class="how">Keyboard: <kbd>arrows</kbd> move, <kbd>Space</kbd> puts the pen down and up,
  <kbd>E</kbd> eraser, <kbd>Esc</kbd> clears.</p>
  <p class="said" aria-live="polite"></p>
</div>
"""
_CANVAS = component("rnn_digit_canvas", __file__, _HTML)


def digit_canvas(first: np.ndarray | None = None) -> np.ndarray | None:
    """Draw the canvas, with the drawing `first` on it until the person draws: the first stroke replaces it. Returns the drawing as gray (112, 112) float32, 1 paper and 0 ink, or None where there is no ink.

    The drawing is kept in session state, because Streamlit forgets the state of widgets on other pages. Its version tells strokes
    on it from strokes that were made before `put` replaced it.
    """
    if first is not None and not session.DRAWING.exists():
        session.DRAWING.set(packed(first))
    untouched = first is not None and session.DRAWING_VERSION.get() == 0 and session.DRAWING.get() == packed(first)
    data = {"drawing": session.DRAWING.get(), "version": session.DRAWING_VERSION.get(), "untouched": untouched}
    sent = _CANVAS(key=session.CANVAS.name, data=data, on_drawing_change=_do_nothing).drawing
    if isinstance(sent, Mapping) and sent.get("version") == session.DRAWING_VERSION.get():
        drawing = sent.get("packed") if unpacked(sent.get("packed")) is not None else ""
        if drawing != session.DRAWING.get():
            session.DRAWING.set(drawing)
            session.NO_DIGIT.set(None)
    return unpacked(session.DRAWING.get())


def put(gray: np.ndarray) -> None:
    """Replace the drawing with `gray` (112, 112), 1 paper and 0 ink; call it before the canvas is drawn. Undo brings the old one back."""
    session.DRAWING.set(packed(gray))
    session.DRAWING_VERSION.set(session.DRAWING_VERSION.get() + 1)


def _do_nothing() -> None:
    """A callback, because Streamlit sets `drawing` of the result only where one is given."""


def packed(gray: np.ndarray) -> str:
    """A drawing (112, 112) packed as canvas.js packs one: "" where there is no ink."""
    levels = (15 * gray).round().astype(np.uint8).ravel()
    return "" if (levels == 15).all() else base64.b64encode((levels[::2] << 4 | levels[1::2]).tobytes()).decode()


def unpacked(sent: object) -> np.ndarray | None:
    """A drawing from the browser as gray (112, 112), or None for an empty drawing and for input that canvas.js never sends."""
    if not isinstance(sent, str) or len(sent) != 4 * -(-_BYTES // 3):
        return None
    try:
        packed = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters outside ASCII
        return None
    if len(packed) != _BYTES:
        return None
    pairs = np.frombuffer(packed, np.uint8)
    levels = np.stack([pairs >> 4, pairs & 15], axis=1).reshape(SIDE, SIDE)
    return None if (levels == 15).all() else levels.astype(np.float32) / 15
