import collections
from dataclasses import replace

import numpy as np
import pytest

from rnn_core.errors import UserError
from rnn_core.tasks import tokenizer
from rnn_core.tasks.text import dataset as text
from rnn_core.tasks.text.options import TextData
from tests.conftest import TINY, tiny_spec

MIXED = "Привет, κόσμε! مرحبا 世界 😀 hello\n" * 60


@pytest.mark.parametrize("sample", [TINY, MIXED, "a b", "  x\ty \n z"])
def test_counts_are_those_of_python(sample):
    counts = text.count(sample)
    assert counts.length == len(sample)
    assert counts.words == len(sample.split())
    assert dict(zip(counts.characters, counts.frequencies, strict=True)) == collections.Counter(sample)
    assert list(counts.frequencies) == sorted(counts.frequencies, reverse=True)


def test_counts_do_not_care_where_a_text_is_cut_into_pieces(monkeypatch):
    whole = text.count(MIXED)
    monkeypatch.setattr(tokenizer, "_PIECE", 7)
    assert text.count(MIXED) == whole


def test_ids_come_back_as_the_same_text():
    vocabulary = text.count(MIXED).vocabulary(5000)
    ids = vocabulary.encode(MIXED)
    assert ids.dtype == np.uint8 and vocabulary.decode(ids) == MIXED


def test_a_large_vocabulary_is_cut_and_the_rest_is_unknown():
    sample = "".join(map(chr, range(0x4E00, 0x4E00 + 700))) + "一" * 300
    counts = text.count(sample)
    assert counts.vocabulary(5000).encode(sample).dtype == np.uint16
    cut = counts.vocabulary(100)
    assert len(cut.tokens) == 100 and cut.unknown
    ids = cut.encode(sample)
    assert counts.unknown_share(100) == pytest.approx((ids == 0).mean()) == pytest.approx(601 / 1000)
    assert cut.decode(ids[-3:]) == "一一一"


def test_a_character_outside_is_named():
    vocabulary = text.count("abcabc").vocabulary(10)
    assert vocabulary.unseen("abxyx") == ["x", "y"]
    with pytest.raises(UserError, match="'x'"):
        vocabulary.encode("abx")


def test_a_vocabulary_survives_its_file(tmp_path):
    vocabulary = text.count(MIXED).vocabulary(20)
    tokenizer.save(tmp_path, vocabulary)
    assert tokenizer.read(tmp_path)[0] == vocabulary


def test_streams_continue_each_other_and_targets_are_the_next_characters():
    task = text.TextDataset(tiny_spec(), TINY)
    inputs, targets = (np.concatenate(part, axis=1) for part in zip(*task.training(0), strict=True))
    ids = task.vocabulary.encode(TINY)[: task.split.train]
    assert inputs.shape[0] == task.split.streams == 16
    np.testing.assert_array_equal(inputs.ravel(), ids[: inputs.size])
    np.testing.assert_array_equal(targets[:, :-1], inputs[:, 1:])
    np.testing.assert_array_equal(targets[:-1, -1], inputs[1:, 0])
    assert len(ids) - 1 - inputs.size < task.split.streams


def test_nearly_the_whole_tail_validates():
    task = text.TextDataset(tiny_spec(), TINY)
    read = sum(inputs.size for inputs, _ in task.validation())
    assert task.split.validation - 1 - read < task.split.validation_streams
    assert task.split.train + task.split.validation == len(TINY)


def test_every_epoch_is_cut_elsewhere_but_the_same_way_for_the_same_seed():
    first, again = (text.TextDataset(tiny_spec(), TINY) for _ in range(2))
    starts = {epoch: next(first.training(epoch))[0][0, :5].tolist() for epoch in range(4)}
    assert len({tuple(s) for s in starts.values()}) > 1
    assert starts == {epoch: next(again.training(epoch))[0][0, :5].tolist() for epoch in range(4)}


def test_steps_are_counted_right():
    for length in (5, 16, 33):
        spec = tiny_spec(sequence_length=length)
        task = text.TextDataset(spec, TINY)
        assert len(list(task.training(0))) == task.steps


def test_a_short_text_gets_fewer_streams_and_never_zero_batches():
    data = TextData(source="x", sequence_length=16)
    for length in range(64, 3000, 97):
        split = text.split(length, data, 64)
        assert 1 <= split.streams <= 64 and split.steps >= 4, (length, split)


@pytest.mark.parametrize(
    "sample, said", [("", "empty"), ("a" * 5000, "only one distinct"), ("ab" * 20, "only 40 characters; at least 64")]
)
def test_a_text_that_cannot_be_learnt_is_refused(sample, said):
    with pytest.raises(UserError, match=said):
        text.check_counts(text.count(sample), replace(TextData(), sequence_length=16))
