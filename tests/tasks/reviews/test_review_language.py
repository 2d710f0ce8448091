import re
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from rnn_core.tasks.reviews import review_language


@pytest.fixture(scope="module")
def training():
    return review_language.training()


@pytest.fixture(scope="module")
def held_out():
    return review_language.test()


def words(text):
    return re.findall(r"[a-z]+", text.lower())


def bag(text):
    return tuple(sorted(words(text)))


def test_every_hard_review_has_a_twin_of_the_opposite_label(training, held_out):
    for part in (training, held_out):
        twins = defaultdict(list)
        for text, label, hard in zip(part.texts, part.labels, part.hard, strict=True):
            if hard:
                twins[bag(text)].append((label, text))
        assert all(sorted(label for label, _ in pair) == [0, 1] for pair in twins.values())
        assert len(twins) == 0.3 * len(part.texts)


def test_both_labels_are_equally_frequent_in_both_parts_of_the_language(training, held_out):
    for part, count in ((training, 8000), (held_out, 2000)):
        assert Counter(zip(part.labels, part.hard, strict=True)) == {
            (0, True): 0.3 * count, (1, True): 0.3 * count, (0, False): 0.2 * count, (1, False): 0.2 * count,
        }  # fmt: skip


def test_no_words_are_in_training_and_test_in_any_order(training, held_out):
    assert {bag(text) for text in training.texts}.isdisjoint(bag(text) for text in held_out.texts)
    assert len(set(training.texts)) == 8000 and len(set(held_out.texts)) == 2000


def test_reviews_are_as_long_and_varied_as_promised(training, held_out):
    texts = training.texts + held_out.texts
    assert 150 <= len({word for text in texts for word in words(text)}) <= 300
    lengths = [len(words(text)) for text in texts]
    assert min(lengths) >= 6 and max(lengths) <= 46 and 15 <= np.mean(lengths) <= 25
    assert all(re.fullmatch(r"[a-z ,.]+\.", text) for text in texts)  # no place of the grammar was left open
    assert len({frame.construction for frame in review_language.FRAMES}) >= 6


def test_the_deciding_words_stand_at_many_places(training):
    hard = [words(text) for text, hard in zip(training.texts, training.hard, strict=True) if hard]
    places = [text.index("but") / len(text) for text in hard if "but" in text]
    assert len(places) > 500 and np.std(places) > 0.15


def score(training, held_out, **counting):
    """Accuracy of a logistic regression on word counts: (hard, easy)."""
    vectorizer = CountVectorizer(token_pattern=r"[a-z]+", **counting)
    model = LogisticRegression(max_iter=1000).fit(vectorizer.fit_transform(training.texts), training.labels)
    right = model.predict(vectorizer.transform(held_out.texts)) == np.array(held_out.labels)
    hard = np.array(held_out.hard)
    return right[hard].mean(), right[~hard].mean()


def test_counting_words_solves_the_easy_part_only(training, held_out):
    hard, easy = score(training, held_out)
    assert hard <= 0.55 and easy >= 0.95


def test_counting_pairs_of_words_does_not_solve_the_hard_part(training, held_out):
    hard, _ = score(training, held_out, ngram_range=(1, 2))
    assert hard < 0.8  # 0.75 when measured


def test_the_same_seed_gives_the_same_reviews_and_another_seed_others():
    assert review_language.generate(200, 3) == review_language.generate(200, 3)
    assert not set(review_language.generate(200, 3).texts) & set(review_language.generate(200, 4).texts)


@pytest.mark.parametrize("count", [10, 102, 1000])
def test_twins_are_not_neighbours_and_a_cut_between_blocks_parts_none(count):
    reviews = review_language.generate(count, 5)
    assert len(set(reviews.texts)) == count
    bags = [bag(text) for text in reviews.texts]
    assert all(one != following for one, following in pairwise(bags))
    in_blocks = defaultdict(set)
    for words, block in zip(bags, reviews.blocks, strict=True):
        in_blocks[words].add(block)
    assert {len(blocks) for blocks in in_blocks.values()} == {1} and len(set(reviews.blocks)) == max(1, count // 100)
    if count == 1000:
        assert set(bags[:900]).isdisjoint(bags[900:])
        assert list(reviews.labels) != sorted(reviews.labels) and len(set(reviews.labels[:10])) == 2


def test_an_odd_number_of_reviews_is_refused():
    with pytest.raises(ValueError, match="7 is odd"):
        review_language.generate(7, 1)
