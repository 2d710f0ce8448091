import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.tasks.text import copied as module
from rnn_core.tasks.text.copied import SHORTEST, Stretch, copied

ALPHABETS = st.sampled_from(["a", "ab", "ab ", "abcdefgh", "aé€😀\n"])
TEXTS = ALPHABETS.flatmap(lambda letters: st.tuples(st.text(letters, max_size=60), st.text(letters, max_size=120)))


def by_brute_force(sample: str, training: str) -> list[tuple[int, int]]:
    """(start, end) of every stretch that cannot be made longer."""
    found = []
    for start in range(len(sample)):
        end = next((e for e in range(len(sample), start + SHORTEST - 1, -1) if sample[start:e] in training), None)
        if end and not any(s <= start and end <= e for s, e in found):
            found.append((start, end))
    return [(start, end) for start, end in found if sample[start:end].strip()]


def check(sample: str, training: str) -> None:
    result, expected = copied(sample, training), by_brute_force(sample, training)
    covered = np.zeros(len(sample), bool)
    for start, end in expected:
        covered[start:end] = True
    marked = np.zeros(len(sample), int)
    for stretch in result.stretches:
        assert (
            stretch.length > 0 and sample[stretch.start : stretch.end] == training[stretch.place : stretch.place + stretch.length]
        )
        marked[stretch.start : stretch.end] += 1
    assert (marked == covered).all()  # each character once
    assert result.share == (covered.mean() if len(sample) else 0)
    assert result.longest == max((end - start for start, end in expected), default=0)
    assert result.longest == max((stretch.length for stretch in result.stretches), default=0)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_it_finds_what_comparing_everything_finds(texts):
    check(*texts)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_pieces_of_the_text_among_others(data):
    training = data.draw(st.text("abcd ", min_size=60, max_size=200))
    sample = ""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(training) - 1))
        sample += training[start : start + data.draw(st.integers(10, 50))] + data.draw(st.text("abcdx", max_size=6))
    check(sample, training)


def test_texts_that_are_hashed_in_several_chunks(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 7)
    training = "".join(np.random.default_rng(1).choice(list("abc"), 300))
    for start in range(0, 250, 9):
        check("xx" + training[start : start + 40] + "yy", training)


def test_a_hash_that_two_pieces_share_copies_nothing(monkeypatch):
    monkeypatch.setattr(module, "_hashes", lambda text: np.zeros(max(0, len(text) - SHORTEST + 1), np.uint64))
    check("the cat sat on the mat, it said", "a dog sat on the mat, it seems to be")


def test_the_longer_of_two_that_overlap_is_whole():
    training = "0123456789abcdefghij | efghijklmnopqrstuvwxyz0123456789"
    result = copied("0123456789abcdefghijklmnopqrstuvwxyz", training)
    assert result.longest == 22 and result.share == 1.0
    assert result.stretches == (Stretch(0, 14, 0), Stretch(14, 36, 23))


def test_white_space_and_short_texts_copy_nothing():
    assert copied(" " * 40, " " * 100).stretches == ()
    assert copied("", "abc") == copied("abc", "") == copied("short", "short") == module.Copied((), 0, 0.0)


def test_a_text_of_one_line_many_times():
    line = "It was the best of times, it was the worst of times.\n"
    result = copied(line * 30, line * 20_000)
    assert result.share == 1.0 and result.longest == len(line) * 30
