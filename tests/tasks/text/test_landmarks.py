"""Losses of simple predictions, beside values that are known on paper."""

import math

import pytest

from rnn_core import settings as settings_of
from rnn_core.tasks import tokenizer
from rnn_core.tasks.text.dataset import count
from rnn_core.tasks.text.landmarks import GUESSING, LETTERS, PAIRS, landmarks, of_run
from rnn_core.tasks.text.options import TextData
from rnn_core.tasks.tokenizer import Characters
from tests.conftest import tiny_spec


def losses(text: str, **options) -> dict[str, float]:
    return landmarks(text, count(text).vocabulary(options.get("vocabulary", 10_000)), TextData(**options))


def test_a_text_that_alternates_is_certain_after_each_letter():
    known = losses("ab" * 20_000)
    assert known[GUESSING] == pytest.approx(math.log(2)) == pytest.approx(known[LETTERS], rel=1e-3)
    assert known[PAIRS] < 0.001


def test_letters_have_the_entropy_of_their_frequencies():
    known = losses("aaab" * 20_000)
    assert known[LETTERS] == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25), rel=1e-3)


def test_a_letter_that_only_the_validation_part_has_is_not_impossible():
    text = "ab" * 9_000 + "ac" * 1_000
    known = losses(text)
    assert math.isfinite(known[LETTERS]) and math.isfinite(known[PAIRS])
    assert known[PAIRS] > losses("ab" * 10_000)[PAIRS]


def test_rare_letters_become_one():
    assert losses("abcdefgh" * 1000, vocabulary=4)[GUESSING] == pytest.approx(math.log(4))


def test_a_text_of_very_many_characters_has_no_pairs():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 1200))) * 10
    assert set(losses(text)) == {GUESSING, LETTERS}


@pytest.mark.parametrize("started", [True, False])
def test_a_run_that_is_continued_on_another_text_is_compared_with_its_own_vocabulary(tmp_path, data_dir, started):
    (data_dir / "other.txt").write_text("ab" * 5000, encoding="utf-8")
    if started:
        tokenizer.save(tmp_path, Characters(("a", "b", "c", "d")))
    known = of_run(tiny_spec(source="other"), tmp_path, settings_of.load())
    assert known[GUESSING] == pytest.approx(math.log(4 if started else 2))


def test_characters_that_the_network_never_saw_are_left_out(tmp_path, data_dir):
    (data_dir / "other.txt").write_text("abz" * 5000, encoding="utf-8")
    tokenizer.save(tmp_path, Characters(("a", "b")))
    known = of_run(tiny_spec(source="other"), tmp_path, settings_of.load())
    assert known[LETTERS] == pytest.approx(math.log(2), rel=1e-3) and known[PAIRS] < 0.01
