import hashlib
import pickle

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import array_cache, csv_file, download, labelled, uploads
from rnn_core.errors import UserError
from rnn_core.tasks import sources
from rnn_core.tasks.reviews import sources as reviews
from tests.conftest import shared_datasets
from tests.data import fake_datasets


def texts(loaded: reviews.Reviews, part: reviews.Part) -> list[str]:
    words = loaded.words
    return [" ".join(words[rank - 1] for rank in part.review(i)) for i in range(len(part))]


def test_words_are_split_as_keras_split_them():
    assert reviews.words_of('It\'s GREAT, "really" great...<br /><br />Don’t miss it!') == [
        "it's", "great", "really", "great", "br", "br", "don't", "miss", "it",
    ]  # fmt: skip
    assert reviews.words_of("Größe — « été » 真好") == ["größe", "été", "真好"]
    assert reviews.words_of(" .,!? ") == []


def test_the_little_language_is_here_and_is_not_called_imdb(settings):
    assert sources.default("reviews", settings) == "review-language"
    loaded = reviews.load("review-language", settings)
    assert (len(loaded.train), len(loaded.test)) == (8000, 2000)
    assert 0.5 < loaded.test.hard.mean() < 0.7 and loaded.test.labels.mean() == 0.5
    assert "IMDB" not in reviews.sources(settings)["review-language"].label
    np.testing.assert_array_equal(reviews.load("review-language", settings).train.ranks, loaded.train.ranks)


def test_ranks_go_by_frequency_in_the_training_part():
    loaded = reviews.from_texts((["b a a", "a c"], [1, 0], None), (["a z"], [1], None))
    assert loaded.words == ["a", "b", "c", "z"] and loaded.known_words == 3
    assert texts(loaded, loaded.train) == ["b a a", "a c"] and texts(loaded, loaded.test) == ["a z"]


def test_imdb_from_a_folder_of_ones_own_is_converted_once(data_dir, monkeypatch):
    fake_datasets.imdb(data_dir)
    settings = settings_of.load()
    assert sources.default("reviews", settings) == "imdb"
    loaded = reviews.load("imdb", settings)
    assert (len(loaded.train), len(loaded.test), loaded.known_words) == (25_000, 25_000, 10)
    assert all(
        ("good" in text.split()) == bool(label)
        for text, label in zip(texts(loaded, loaded.test)[:50], loaded.test.labels, strict=False)
    )
    monkeypatch.setattr(array_cache, "_convert", lambda *_: pytest.fail("it was converted again"))
    assert isinstance(reviews.load("imdb", settings).train.ranks, np.memmap)


def test_pickled_arrays_of_a_download_are_read_only_if_they_are_the_published_ones(settings, monkeypatch, in_this_process):
    folder = settings.home / "downloads"
    folder.mkdir(parents=True)
    fake_datasets.imdb(folder)
    monkeypatch.setattr(array_cache, "read_npz", lambda *_, **__: pytest.fail("a pickle was read"))
    with pytest.raises(UserError, match="not the published file"):
        reviews.load("imdb", settings)
    monkeypatch.undo()


class Trap:
    """What runs when its pickle is read."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was read",)


def test_an_upload_is_never_unpickled(settings):
    array = np.empty(1, object)
    array[0] = Trap()
    raw = pickle.dumps(array)
    for read in (labelled.from_bytes, csv_file.read_csv):
        with pytest.raises(UserError):
            read(raw)


@pytest.mark.parametrize("spoil, said", [
    (lambda folder: (folder / "imdb_word_index.json").write_text("{"), "imdb_word_index.json cannot be read"),
    (lambda folder: (folder / "imdb_word_index.json").write_text('["good"]'), "imdb_word_index.json cannot be read"),
    (lambda folder: (folder / "imdb_word_index.json").write_text('{"good": 1}'), "refers to words that imdb_word_index.json does not have"),
    (lambda folder: (folder / "imdb.npz").write_bytes(b"PK"), "imdb.npz cannot be read"),
    (lambda folder: np.savez(folder / "imdb.npz", x_train=np.zeros(3)), "'x_train' in imdb.npz has shape"),
])  # fmt: skip
def test_files_that_are_not_imdb_are_refused(data_dir, spoil, said):
    fake_datasets.imdb(data_dir)
    spoil(data_dir)
    with pytest.raises(UserError, match=said):
        reviews.load("imdb", settings_of.load())


def test_own_sentences_are_kept_and_read_again(settings, tmp_path):
    own = labelled.LabelledTexts(("so good", "so bad", "fine", "poor"), (1, 0, 1, 0), ("thumbs down", "thumbs up"))
    name = uploads.save(labelled.to_bytes(own), settings)
    loaded = reviews.load(name, settings)
    assert sorted(zip(texts(loaded, loaded.train), loaded.train.labels.tolist(), strict=True)) == [
        ("fine", 1), ("poor", 0), ("so bad", 0), ("so good", 1),
    ]  # fmt: skip
    assert loaded.names == ("thumbs down", "thumbs up") and len(loaded.test) == 0
    (tmp_path / reviews.OWN_REVIEWS).write_bytes(labelled.to_bytes(own))
    for path in (settings.home / "uploads").iterdir():
        path.unlink()
    assert len(reviews.load(name, settings, tmp_path).train) == 4  # the run's own copy
    with pytest.raises(UserError, match="Upload the file again"):
        reviews.load(name, settings)


def test_of_many_own_sentences_a_tenth_is_set_aside():
    own = labelled.LabelledTexts(tuple(f"word{i}" for i in range(50)), tuple(i % 2 for i in range(50)), ("no", "yes"))
    loaded = reviews.from_labelled(own)
    assert (len(loaded.train), len(loaded.test)) == (45, 5)
    assert not set(texts(loaded, loaded.train)) & set(texts(loaded, loaded.test))


def test_sentences_without_a_word_are_refused():
    with pytest.raises(UserError, match="sentences have no words"):
        reviews.from_labelled(labelled.LabelledTexts(("!", "?", "...", "-"), (1, 0, 1, 0), ("no", "yes")))


def test_the_real_imdb(monkeypatch):
    folder = shared_datasets()
    monkeypatch.setenv("RNN_DATA_DIR", str(folder))
    loaded = reviews.load("imdb", settings_of.load())
    assert len(loaded.train) == len(loaded.test) == 25_000 and loaded.train.labels.sum() == loaded.test.labels.sum() == 12_500
    assert loaded.words[:3] == ["the", "and", "a"] and loaded.known_words == 88_584
    raw = (folder / "imdb_word_index.json").read_bytes()
    assert hashlib.md5(raw).hexdigest() == "bfafd718b763782e994055a2d397834f"  # what Keras publishes
    assert hashlib.sha256(raw).hexdigest() == download.IMDB_WORDS.sha256
