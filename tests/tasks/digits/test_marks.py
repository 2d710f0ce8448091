"""Printed lines and frames go, strokes of one digit stay together, and several digits are never read as one."""

import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks import photos
from rnn_core.errors import UserError
from rnn_core.tasks.digits import marks, picture
from tests.conftest import slow_but
from tests.tasks.digits.test_picture import classifier, mnist  # noqa: F401  (fixtures)

FEW = 5  # pictures of each kind; `python -m benchmarks.drawn_digits` makes many
SEVERAL = "more than one digit"


@pytest.mark.parametrize(
    "kind",
    slow_but({"box", "comb", "dark ruled paper", "sheet cut out"}, [name for name, kind in photos.KINDS.items() if kind.readable]),
)
def test_a_digit_is_read_whatever_is_printed_around_it(mnist, classifier, kind):  # noqa: F811
    rng = np.random.default_rng(3)
    seen = [picture.digit(photos.gray(kind, [image], rng)) for image in mnist["x_test"][:FEW]]
    right = classifier.predict(np.reshape(seen, (FEW, 784)) / 255.0) == mnist["y_test"][:FEW]
    assert right.mean() >= 0.8, np.flatnonzero(~right)


@pytest.mark.parametrize("kind", [name for name, kind in photos.KINDS.items() if not kind.readable])
def test_several_digits_are_said_and_none_is_read(mnist, kind):  # noqa: F811
    rng = np.random.default_rng(3)
    for i in range(FEW):
        digits = list(mnist["x_test"][i : i + photos.KINDS[kind].digits])
        with pytest.raises(UserError, match=f"{SEVERAL}.*Crop the picture"):
            picture.find(photos.gray(kind, digits, rng))


def paper(*strokes: list[tuple[float, float]], width: int = 24, side: int = 300, extra=None) -> np.ndarray:
    """Strokes in a square from 0 to 1, as dark ink on light paper."""
    image = Image.new("L", (side, side), 220)
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        draw.line([(x * side, y * side) for x, y in stroke], fill=40, width=width, joint="curve")
    if extra:
        extra(draw)
    return np.asarray(image, np.float32) / 255


ONE_DIGIT = {
    "5 with its bar apart": paper([(0.4, 0.3), (0.4, 0.5), (0.6, 0.55), (0.6, 0.75), (0.4, 0.8)], [(0.5, 0.2), (0.72, 0.2)]),
    "4 of two strokes": paper([(0.35, 0.2), (0.3, 0.55), (0.52, 0.55)], [(0.62, 0.2), (0.62, 0.85)], width=18),
    "7 with a loose cross": paper([(0.3, 0.2), (0.65, 0.2), (0.55, 0.46)], [(0.54, 0.5), (0.42, 0.85)]),
    "4 of thin straight strokes": paper([(0.4, 0.2), (0.3, 0.6), (0.7, 0.6)], [(0.6, 0.2), (0.6, 0.85)], width=6),
    "1 of a thin straight stroke": paper([(0.5, 0.15), (0.5, 0.85)], width=6),
    "1 with a foot": paper([(0.4, 0.3), (0.5, 0.2), (0.5, 0.8)], [(0.35, 0.8), (0.65, 0.8)], width=6),
    "9 with a straight stem": paper([(0.6, 0.4), (0.4, 0.4), (0.4, 0.2), (0.6, 0.2), (0.6, 0.85)], width=8),
    "7 of thin straight strokes": paper([(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)], width=6),
}


@pytest.mark.parametrize("gray", ONE_DIGIT.values(), ids=ONE_DIGIT)
def test_all_strokes_of_one_digit_are_kept(gray):
    digit = picture.find(gray)
    dark = gray < 0.5
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert not digit.frame_removed
    np.testing.assert_allclose(digit.ink.shape, (np.ptp(rows) + 1, np.ptp(columns) + 1), atol=6)


SEVEN = [(0.38, 0.35), (0.62, 0.35), (0.47, 0.68)]
FRAMES = {
    "box": lambda draw: draw.rectangle((60, 60, 240, 240), outline=40, width=3),
    "two boxes": lambda draw: [draw.rectangle((d, d, 300 - d, 300 - d), outline=40, width=2) for d in (40, 50)],
    "gray box": lambda draw: draw.rectangle((60, 60, 240, 240), outline=120, width=2),
    "circle": lambda draw: draw.ellipse((50, 50, 250, 250), outline=40, width=6),
    "box that the digit touches": lambda draw: draw.rectangle((60, 105, 240, 260), outline=40, width=3),
    "box that the digit crosses": lambda draw: draw.rectangle((60, 60, 240, 180), outline=40, width=3),
    "box cut by the picture": lambda draw: draw.rectangle((-20, -20, 240, 240), outline=40, width=3),
    "line below": lambda draw: draw.line((0, 215, 300, 215), fill=40, width=3),
    "line through it": lambda draw: draw.line((0, 150, 300, 150), fill=40, width=3),
    "ruled": lambda draw: [draw.line((0, y, 300, y), fill=40, width=2) for y in range(10, 300, 40)],
    "squared": lambda draw: [draw.line(xy, fill=40, width=2) for d in range(10, 300, 30) for xy in ((0, d, 300, d), (d, 0, d, 300))],
    "dots": lambda draw: [draw.rectangle((x, y, x + 2, y + 2), fill=40) for x in range(60, 241, 5) for y in (80, 220)],
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_what_is_printed_goes_and_the_digit_stays_as_it_was(frame):
    bare, framed = picture.find(paper(SEVEN)), picture.find(paper(SEVEN, extra=frame))
    assert framed.frame_removed and not bare.frame_removed
    alike = np.corrcoef(bare.scaled().ravel(), framed.scaled().ravel())[0, 1]
    assert alike > 0.9


def test_a_box_alone_is_no_digit():
    with pytest.raises(UserError):
        picture.find(paper(extra=lambda draw: draw.rectangle((60, 60, 240, 240), outline=40, width=3)))


@pytest.mark.parametrize(
    "strokes",
    [
        ([(0.3, 0.3), (0.3, 0.7)], [(0.5, 0.3), (0.5, 0.7)]),  # 11
        ([(0.2, 0.3), (0.2, 0.7)], [(0.7, 0.3), (0.7, 0.7)]),
        ([(0.2, 0.3), (0.3, 0.3), (0.25, 0.7)], [(0.5, 0.3), (0.6, 0.3), (0.55, 0.7)]),
        ([(x, y + 0.2) for x, y in SEVEN], [(x, y - 0.25) for x, y in SEVEN]),  # one below the other
        ([(0.05, 0.4), (0.35, 0.4), (0.2, 0.6), (0.65, 0.6), (0.65, 0.4), (0.95, 0.4)],),  # joined by a stroke
    ],
)
def test_strokes_that_are_no_one_digit_are_refused(strokes):
    with pytest.raises(UserError, match=re.escape(SEVERAL)):
        picture.find(paper(*strokes, width=14))


def test_what_is_cut_by_the_pictures_border_is_no_second_digit():
    assert picture.find(paper(SEVEN, [(0.9, 0.35), (1.2, 0.35)], [(0.95, 0.35), (0.95, 0.7), (1.1, 0.7)]))


def test_lines_are_found_within_nine_degrees_and_not_beyond():
    for turned, expected in ((0, 1), (5, 1), (9, 1), (20, 0), (45, 0)):
        image = Image.new("L", (300, 300))
        ImageDraw.Draw(image).line((20, 150, 280, 150), fill=255, width=3)
        mask = np.asarray(image.rotate(turned, Image.Resampling.BICUBIC)) > 100
        assert len(marks._lines(mask)) == expected, turned


def test_an_empty_mask_has_no_lines():
    empty = np.zeros((50, 80), bool)
    assert marks.without_lines(empty)[1] == 0 and marks.without_frames(empty)[1] == 0
