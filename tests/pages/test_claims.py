"""What the controls claim depends on the data and the network: each sentence stands only where it is true."""

import numpy as np
import pytest

from pages.parts.tasks.digits.data import question
from rnn_core.presets import spec_of
from rnn_core.run_spec import options_of
from rnn_core.tasks.digits.sources import Digits, Format
from tests.pages.helpers import texts


def of_pixels(empty: int) -> Digits:
    """Digits of 8 × 8 pixels, of which the last `empty` ones have no ink."""
    pictures = np.ones((30, 64), np.uint8)
    pictures[:, 64 - empty :] = 0
    labels = np.zeros(30, np.uint8)
    return Digits(pictures.reshape(30, 8, 8), labels, pictures[:0].reshape(0, 8, 8), labels[:0], Format(8, 16))


def test_a_simple_rnn_is_warned_only_where_ink_lies_far_back():
    rnn, gru = spec_of("digits", "forgetful"), spec_of("digits", "gates")
    assert "end with 40 or more pixels without ink" in question(rnn, of_pixels(40))
    assert question(rnn, of_pixels(2)) is None and question(gru, of_pixels(40)) is None
    backwards = rnn.changed(backwards=True)
    assert "ends with its top" in question(backwards, of_pixels(40))
    assert "rows are neighbours" in question(spec_of("digits", "quick", shuffled=True), of_pixels(0))
    assert "pixels that touch" in question(rnn.changed(shuffled=True), of_pixels(0))


def test_small_digits_read_by_pixels_get_no_warning(visit):
    at = visit("digits", spec=spec_of("digits", "forgetful", source="digits-8x8").to_short())
    assert not at.exception and "64** timesteps" in texts(at) and "errors fade" not in texts(at)


@pytest.mark.parametrize("options, warned", [
    ({}, True), ({"masking": True}, False), ({"padding": "before"}, False), ({"pooling": "max"}, False), ({"bidirectional": True}, False),
])  # fmt: skip
def test_padding_after_the_review_is_mentioned_only_where_the_last_state_comes_after_it(visit, options, warned):
    spec = spec_of("reviews", "unmasked", source="review-language", **options)
    at = visit("reviews", spec=spec.to_short())
    assert not at.exception and ("until the padding ends" in texts(at)) == warned


def test_a_help_ends_with_what_older_courses_write(visit):
    at = visit("text")
    cell = options_of("text")["cell"]
    helps = [
        getattr(widget, "help", "") or ""
        for widget in (*at.get("segmented_control"), *at.button_group, *at.toggle, *at.number_input)
    ]
    assert f"{cell.help}\n\n**From an older course?** {cell.older}" in helps
    units = options_of("text")["units"]
    assert units.older == "" and units.help in helps
