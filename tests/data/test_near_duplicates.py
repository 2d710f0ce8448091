"""Sentences of the same words in another case or punctuation are in one part: training, validation or test."""

import random

import numpy as np
import pytest

from rnn_core.data import csv_file, labelled
from rnn_core.data.split import set_aside
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.examples import cut
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import ReviewsDataset

WAYS = {
    "case": (str.upper, str.title, str.capitalize),
    "punctuation": (lambda t: t + "!", lambda t: f"“{t}”", lambda t: t.replace(" ", ", "), lambda t: f"- {t} ..."),
    "blanks": (
        lambda t: t.replace(" ", "  "),
        lambda t: t.replace(" ", "\n"),
        lambda t: t.replace(" ", "\u00a0"),
        lambda t: t + "\t.",
    ),
    "apostrophes": (lambda t: t.replace("'", "’"),),
    "nothing": (),
}


def own(count: int, ways, label=lambda i: i % 2) -> labelled.LabelledTexts:
    """`count` sentences, each in several ways, mixed."""
    rows = [(f"it's sentence number n{i}", label(i)) for i in range(count)]
    rows += [(way(text), label) for text, label in rows for way in ways]
    random.Random(3).shuffle(rows)
    return labelled.LabelledTexts(*zip(*rows, strict=True), ("no", "yes"))


def parts(loaded: reviews.Reviews) -> dict[str, list[tuple]]:
    """The words of each example of training, validation and test."""
    task = ReviewsDataset(RunSpec.from_options("reviews"), loaded)
    where = {
        "train": (loaded.train, task.train),
        "validation": (loaded.train, task.held_out),
        "test": (loaded.test, range(len(loaded.test))),
    }
    return {name: [tuple(part.review(i).tolist()) for i in which] for name, (part, which) in where.items()}


@pytest.mark.parametrize("kind", WAYS)
@pytest.mark.parametrize("count", [4, 20, 30, 31, 100])
def test_no_words_are_in_two_parts(kind, count):
    given = own(count, WAYS[kind])
    loaded = reviews.from_labelled(given)
    split = parts(loaded)
    train, validation, test = (set(part) for part in split.values())
    assert not train & validation and not train & test and not validation & test
    assert sum(map(len, split.values())) == len(given.texts)
    assert (
        len(train | validation | test) == count
        and loaded.near_duplicates == len(given.texts) - count
        and loaded.contradictions == 0
    )
    assert (len(test) > 0) == (count >= 30) and (len(validation) > 0) == (count >= 20)
    assert len(split["test"]) <= len(given.texts) / 10 and len(split["validation"]) <= len(given.texts) / 10


def test_a_csv_goes_the_same_way():
    texts = own(60, WAYS["case"])
    raw = "text,label\n" + "".join(f'"{t}",{label}\n' for t, label in zip(texts.texts, texts.labels, strict=True))
    table = csv_file.read_csv(raw.encode())
    loaded = reviews.from_labelled(labelled.from_table(table, *labelled.guess(table))[0])
    train, validation, test = (set(part) for part in parts(loaded).values())
    assert not train & validation and not train & test and not validation & test and test and validation


def test_different_sentences_are_split_as_before():
    for count in (4, 19, 20, 29, 30, 57, 200):
        given = own(count, ())
        order = np.random.default_rng(count).permutation(count)
        tests = count // 10 if count >= 30 else 0
        loaded = reviews.from_labelled(given)
        assert [texts_of(loaded, loaded.test, i) for i in range(tests)] == [given.texts[i].lower() for i in order[:tests]]
        assert len(loaded.train) == count - tests
        groups, labels = np.arange(count), np.array(given.labels)
        for ours, plain in zip(cut(count, 0, groups, labels), cut(count), strict=True):
            np.testing.assert_array_equal(ours, plain)


def texts_of(loaded: reviews.Reviews, part: reviews.Part, i: int) -> str:
    return " ".join(loaded.words[rank - 1] for rank in part.review(i))


def test_a_sentence_that_stands_there_most_often_is_trained_on():
    many = [(f"same {'!' * i}", 1) for i in range(400)] + [(f"other n{i}", 0) for i in range(39)]
    loaded = reviews.from_labelled(labelled.LabelledTexts(*zip(*many, strict=True), ("no", "yes")))
    split = parts(loaded)
    assert len(split["train"]) > 400 and 0 < len(split["test"]) <= 4 and 0 < len(split["validation"]) <= 4


@pytest.mark.parametrize("seed", range(5))
def test_each_label_stays_in_training(seed):
    rows = [(f"good n{i}", 1) for i in range(2)] + [(f"bad n{i}", 0) for i in range(40 + seed)]
    random.Random(seed).shuffle(rows)
    given = labelled.LabelledTexts(*zip(*rows, strict=True), ("no", "yes"))
    task = ReviewsDataset(RunSpec.from_options("reviews"), reviews.from_labelled(given))
    assert set(task.reviews.train.labels[task.train].tolist()) == {0, 1}


def test_reviews_of_one_label_are_not_trained_on():
    rows = [("good film", 1), ("fine film", 1), ("bad film", 0), ("poor film", 0)]
    loaded = reviews.from_labelled(labelled.LabelledTexts(*zip(*rows, strict=True), ("no", "yes")))
    with pytest.raises(
        UserError, match=r"All of the 1 reviews to train on have the label '(no|yes)', so there is nothing to tell apart"
    ):
        ReviewsDataset(RunSpec.from_options("reviews", examples=1), loaded)


def test_near_duplicates_and_those_with_another_label_are_said():
    rows = [("So good", 1), ("so good!", 1), ("SO GOOD?", 0), ("so bad", 0), ("fine", 1), ("...", 0), ("!", 0)]
    loaded = reviews.from_labelled(labelled.LabelledTexts(*zip(*rows, strict=True), ("no", "yes")))
    near, torn = reviews.repeat_notes(loaded)
    assert near.startswith("3 of the sentences repeat the words of another one") and torn.startswith("3 sentences")
    assert reviews.repeat_notes(reviews.from_labelled(reviews.FOUR_SENTENCES)) == []


def test_nothing_is_set_aside_twice_or_lost():
    rng = np.random.default_rng(5)
    for _ in range(50):
        count = int(rng.integers(1, 300))
        groups = np.unique(rng.integers(0, rng.integers(1, count + 1), count), return_inverse=True)[1]
        labels, order = rng.integers(0, 2, count), rng.permutation(count)
        aside, rest = set_aside(order, 10, groups, labels)
        assert sorted([*aside, *rest]) == list(range(count)) and len(aside) <= count / 10
        assert not set(groups[aside]) & set(groups[rest])
