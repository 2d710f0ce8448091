"""How much a text repeats itself."""

import numpy as np
import pytest

from rnn_core.tasks.text.repetition import PIECE, repeated_share


def test_a_text_that_says_one_thing_repeats_itself_and_noise_does_not():
    noise = "".join(map(chr, np.random.default_rng(0).integers(97, 123, 600)))
    assert repeated_share(noise) == 0
    assert repeated_share("and the string " * 40) > 0.9
    assert repeated_share(noise[:300] + noise[:300]) == pytest.approx(281 / 581)


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE])
def test_a_short_text_repeats_nothing(length):
    assert repeated_share("a" * length) == 0
