from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import array_cache
from rnn_core.errors import UserError
from rnn_core.tasks import sources
from rnn_core.tasks.digits import sources as digits
from tests.conftest import shared_datasets
from tests.data import fake_datasets


def test_the_bundled_digits_are_here_and_are_not_called_mnist(settings):
    loaded = digits.load("digits-8x8", settings)
    assert loaded.format == digits.Format(8, 16) and loaded.train.shape[1:] == (8, 8) and loaded.train.max() == 16
    assert len(loaded.train_labels) + len(loaded.test_labels) == 1797
    assert set(np.unique(loaded.test_labels)) == set(range(10))
    source = digits.sources(settings)["digits-8x8"]
    assert "MNIST" not in source.label and "not MNIST" in source.origin
    assert sources.default("digits", settings) == "digits-8x8"  # MNIST would have to be downloaded


def test_mnist_from_a_folder_of_ones_own_is_converted_once(data_dir, monkeypatch):
    fake_datasets.mnist(data_dir / "mnist.npz")
    settings = settings_of.load()
    assert sources.default("digits", settings) == "mnist"
    loaded = digits.load("mnist", settings)
    assert (loaded.format.side, len(loaded.train_labels), len(loaded.test_labels)) == (28, 60_000, 10_000)
    assert isinstance(loaded.train, np.memmap)
    monkeypatch.setattr(array_cache, "_convert", lambda *_: pytest.fail("it was converted again"))
    np.testing.assert_array_equal(digits.load("mnist", settings).test_labels, loaded.test_labels)


def test_another_file_of_the_same_name_is_converted_anew(data_dir):
    fake_datasets.mnist(data_dir / "mnist.npz")
    first = digits.load("mnist", settings_of.load()).train[0].copy()
    with np.load(data_dir / "mnist.npz") as file:
        arrays = {**file}
    np.savez(data_dir / "mnist.npz", **{**arrays, "x_train": 255 - arrays["x_train"]})
    assert (digits.load("mnist", settings_of.load()).train[0] == 255 - first).all()


@pytest.mark.parametrize("spoil, said", [
    (lambda path: path.write_bytes(b"no archive"), "cannot be read"),
    (lambda path: path.write_bytes(path.read_bytes()[:1000]), "cannot be read"),
    (lambda path: np.save(path.open("wb"), np.zeros(3)), "cannot be read"),
    (lambda path: np.savez(path, x=np.zeros(3)), "has no array 'x_train'"),
    (lambda path: fake_datasets.mnist(path, train=50), r"'x_train' in mnist.npz has shape \(50, 28, 28\)"),
])  # fmt: skip
def test_a_file_that_is_not_mnist_is_refused(data_dir, spoil, said):
    fake_datasets.mnist(data_dir / "mnist.npz")
    spoil(data_dir / "mnist.npz")
    with pytest.raises(UserError, match=said):
        digits.load("mnist", settings_of.load())


def test_a_download_that_was_changed_afterwards_is_not_used(settings):
    (settings.home / "downloads").mkdir(parents=True)
    fake_datasets.mnist(settings.home / "downloads" / "mnist.npz")
    with pytest.raises(UserError, match="not the published file"):
        digits.load("mnist", settings)


@pytest.mark.parametrize("name, said", [("mnist", "has not been downloaded yet"), ("chess", "no data called 'chess'")])
def test_digits_that_are_not_here(settings, name, said):
    with pytest.raises(UserError, match=said):
        digits.load(name, settings)


def test_a_full_disk_is_said(data_dir, monkeypatch, in_this_process):
    fake_datasets.mnist(data_dir / "mnist.npz")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.save", full)
    settings = settings_of.load()
    with pytest.raises(UserError, match=r"could not be saved in .*No space left"):
        digits.load("mnist", settings)
    assert list((settings.home / "flat").iterdir()) == []


def test_the_real_mnist(monkeypatch):
    folder = shared_datasets()
    monkeypatch.setenv("RNN_DATA_DIR", str(folder))
    loaded = digits.load("mnist", settings_of.load())
    assert loaded.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(loaded.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_thirty_who_ask_at_once_convert_once(data_dir, monkeypatch):
    fake_datasets.mnist(data_dir / "mnist.npz")
    settings, convert, asked = settings_of.load(), array_cache._convert, []
    monkeypatch.setattr(array_cache, "_convert", lambda *job: asked.append(job) or convert(*job))
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: digits.load("mnist", settings), range(8)))
    assert len(asked) == 1 and all(len(f.train) == 60_000 for f in loaded)
