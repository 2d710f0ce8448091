"""Drawings from the browser, and anything else that a browser may send."""

import base64

import numpy as np
import pytest

from pages.parts.tasks.digits import canvas
from pages.parts.tasks.digits.canvas import SIDE, unpacked


def packed(levels: np.ndarray) -> str:
    """Levels 0 (ink) to 15 (paper), packed as canvas.js packs them."""
    flat = levels.astype(np.uint8).ravel()
    return base64.b64encode((flat[::2] << 4 | flat[1::2]).tobytes()).decode()


def test_a_drawing_of_the_page_is_packed_as_the_browser_packs_one():
    levels = np.random.default_rng(1).integers(0, 16, (SIDE, SIDE))
    assert canvas.packed(levels.astype(np.float32) / 15) == packed(levels)
    assert canvas.packed(np.ones((SIDE, SIDE), np.float32)) == ""


def test_each_pixel_arrives_where_it_was_drawn():
    levels = np.random.default_rng(1).integers(0, 16, (SIDE, SIDE))
    gray = unpacked(packed(levels))
    assert gray.dtype == np.float32 and gray.shape == (SIDE, SIDE)
    np.testing.assert_allclose(gray, levels / 15, atol=1e-6)


def test_bare_paper_is_no_drawing():
    assert unpacked(packed(np.full((SIDE, SIDE), 15))) is None
    almost = np.full((SIDE, SIDE), 15)
    almost[50, 51] = 14
    assert unpacked(packed(almost)) is not None


GOOD = packed(np.zeros((SIDE, SIDE)))


@pytest.mark.parametrize("sent", [
    None, "", 7, 1.5, True, [], {}, [GOOD], {"drawing": GOOD}, GOOD[:-4], GOOD + GOOD, GOOD[:-2] + "==", "!" * len(GOOD),
    "é" * len(GOOD), "\0" * len(GOOD), GOOD[:-1] + "\n", "A" * 50_000_000,
], ids=lambda sent: repr(sent)[:20])  # fmt: skip
def test_whatever_else_a_browser_sends_is_no_drawing(sent):
    assert unpacked(sent) is None
