import numpy as np
import pytest

from rnn_core.data.labelled import LabelledTexts
from rnn_core.run_spec import RunSpec
from rnn_core.tasks import tokenizer
from rnn_core.tasks.reviews import baseline
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import EncodedReviews, ReviewsDataset, padded, vocabulary
from rnn_core.tasks.reviews.options import ReviewsData
from rnn_core.tasks.reviews.sources import from_labelled, from_texts
from rnn_core.tasks.tokenizer import Words


def made(count: int = 60):
    """Reviews of many lengths, good with the word `yes`, bad with `no`."""
    random = np.random.default_rng(1)
    words = np.array([*"abcdefgh"])
    rows = [[*random.choice(words, random.integers(0, 30)), "yes" if i % 2 else "no"] for i in range(count)]
    texts = [" ".join(random.permutation(row)) for row in rows]
    labels = [i % 2 for i in range(count)]
    return from_texts((texts, labels, None), (texts[:20], labels[:20], [i < 10 for i in range(20)]))


def task(**options) -> ReviewsDataset:
    return ReviewsDataset(RunSpec.from_options("reviews", **{"length": 20, "batch_size": 8, **options}), made())


def test_padding_stands_before_or_after_and_of_long_reviews_the_end_is_kept():
    rows = [np.array([5, 6]), np.array([1, 2, 3, 4, 5])]
    assert padded(rows, ReviewsData(padding="before"), 4).tolist() == [[0, 0, 5, 6], [2, 3, 4, 5]]
    assert padded(rows, ReviewsData(padding="after"), 4).tolist() == [[5, 6, 0, 0], [2, 3, 4, 5]]


def test_words_outside_the_vocabulary_become_unknown_and_are_not_dropped():
    loaded = from_texts((["a a a b b c"], [1], None), (["c z a"], [0], None))
    data = ReviewsData(vocabulary=4)  # two ids are taken: empty and unknown
    words = vocabulary(loaded, data)
    assert words.words == ("a", "b")
    assert EncodedReviews(loaded.train, loaded, data).ids(0).tolist() == [2, 2, 2, 3, 3, Words.unknown_id]
    assert EncodedReviews(loaded.test, loaded, data).ids(0).tolist() == [Words.unknown_id, Words.unknown_id, 2]
    assert words.encode(["c", "z", "a"]).tolist() == [Words.unknown_id, Words.unknown_id, 2]


def test_a_review_without_a_word_is_one_unknown_word():
    loaded = from_texts((["a", "..."], [1, 0], None), ([], [], None))
    assert EncodedReviews(loaded.train, loaded, ReviewsData()).ids(1).tolist() == [Words.unknown_id]
    assert vocabulary(loaded, ReviewsData()).encode([]).tolist() == [Words.unknown_id]


def test_a_word_of_the_test_that_training_never_saw_is_unknown_in_any_vocabulary():
    loaded = from_texts((["a b"], [1], None), (["z"], [0], None))
    assert EncodedReviews(loaded.test, loaded, ReviewsData(vocabulary=1000)).ids(0).tolist() == [Words.unknown_id]


@pytest.mark.parametrize("masking", [True, False])
def test_every_review_is_read_with_its_own_label(masking):
    t = task(masking=masking)
    yes, no = (t.vocabulary.ids[word] for word in ("yes", "no"))
    lengths = set()
    for x, y in [*t.training(0), *t.validation(), *t.test()]:
        lengths.add(x.shape[1])
        for row, label in zip(x, y, strict=True):
            if yes in row or no in row:  # else it stood at the beginning and was cut off
                assert (yes in row) == bool(label)
    assert lengths == {20}  # the longest allowed; see the next test for shorter ones


def test_masked_batches_are_no_longer_than_they_need_to_be():
    t = ReviewsDataset(RunSpec.from_options("reviews", length=200, batch_size=8), made())
    assert {x.shape[1] for x, _ in t.training(0)} <= {25, 50}
    unmasked = ReviewsDataset(RunSpec.from_options("reviews", length=200, batch_size=8, masking=False), made())
    assert {x.shape[1] for x, _ in unmasked.training(0)} == {200}


def test_each_epoch_reads_each_review_at_most_once_in_a_new_order():
    t = task()
    first, second = ([x.tobytes() for x, _ in t.training(epoch)] for epoch in (0, 1))
    assert len(first) == len(second) == t.steps == 54 // 8 and first != second


def test_the_test_order_says_which_review_each_answer_is_for():
    t = task()
    labels = np.concatenate([y for _, y in t.test()])
    np.testing.assert_array_equal(labels, t.reviews.test.labels[t.test_order])


def test_the_vocabulary_comes_back_from_its_file(tmp_path):
    tokenizer.save(tmp_path, Words(("good", "été")), names=("ham", "spam"))
    words, fields = tokenizer.read(tmp_path)
    assert words == Words(("good", "été")) and fields["names"] == ["ham", "spam"]


def test_counting_solves_what_counting_can():
    t = task(length=40)
    logits = np.where(np.asarray(t.reviews.test.labels) == 1, 3.0, -3.0)[:, None]
    logits[:5] *= -1  # a network that is wrong five times, all of them where order decides
    loaded = baseline.test_accuracies(t, logits)
    assert loaded["counting_accuracy"] >= 0.9 and loaded["counting_order_accuracy"] >= 0.9
    assert loaded["order_accuracy"] == 0.5


def test_counting_is_at_chance_where_order_decides(settings):
    t = ReviewsDataset(RunSpec.from_options("reviews", source="review-language"), reviews.load("review-language", settings))
    loaded = baseline.test_accuracies(t, np.zeros((2000, 1)))
    assert 0.45 < loaded["counting_order_accuracy"] < 0.55 and loaded["counting_accuracy"] < 0.75


def test_no_review_that_validates_has_its_twin_in_training(settings):
    """A network that counts words would get it wrong, and would be stopped or kept by that."""
    loaded = reviews.load("review-language", settings)
    t = ReviewsDataset(RunSpec.from_options("reviews", source="review-language"), loaded)
    bags = [tuple(np.sort(loaded.train.review(i))) for i in range(len(loaded.train))]
    learnt = {bags[i] for i in t.train}
    assert not [i for i in t.held_out if bags[i] in learnt]
    assert len(t.held_out) == 800 and len(t.train) == 7200
    assert np.asarray(loaded.train.labels)[t.held_out].mean() == 0.5
    assert 0.55 < np.asarray(loaded.train.hard)[t.held_out].mean() < 0.65  # as in training and test


def test_counting_is_left_out_when_somebody_wants_to_stop():
    assert baseline.test_accuracies(task(), np.zeros((20, 1)), stop_wanted=lambda: True) == {}


@pytest.mark.parametrize("count", range(18, 36))
def test_own_sentences_of_any_number_are_tested_only_where_some_validate(count):
    own = LabelledTexts(
        tuple(f"{'good' if i % 2 else 'bad'} word{i}" for i in range(count)), tuple(i % 2 for i in range(count)), ("no", "yes")
    )
    t = ReviewsDataset(RunSpec.from_options("reviews", batch_size=8), from_labelled(own))
    assert (len(t.reviews.test) > 0) <= (len(t.held_out) > 0)
    if len(t.reviews.test):
        assert 0 <= baseline.test_accuracies(t, np.zeros((len(t.reviews.test), 1)))["counting_accuracy"] <= 1


def test_a_run_that_continues_keeps_its_vocabulary():
    """Even if this version of the program would build another one from the same reviews."""
    spec = RunSpec.from_options("reviews", length=20, batch_size=8)
    fresh = ReviewsDataset(spec, made())
    kept = Words((*fresh.vocabulary.words[::-1], "gone"))
    again = ReviewsDataset(spec, made(), kept)
    assert again.vocabulary is kept and again.model_io.input.vocabulary == fresh.model_io.input.vocabulary + 1
    words = {i: word for word, i in fresh.vocabulary.ids.items()} | {0: "", Words.unknown_id: "?"}
    for (old, _), (new, _) in zip(fresh.training(0), again.training(0), strict=True):
        read = {i: word for word, i in kept.ids.items()} | {0: "", Words.unknown_id: "?"}
        assert [[words[i] for i in row] for row in old] == [[read[i] for i in row] for row in new]
    assert baseline.test_accuracies(again, np.zeros((20, 1))).keys() == {
        "counting_accuracy",
        "order_accuracy",
        "counting_order_accuracy",
    }
