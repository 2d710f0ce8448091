"""Published data sets: downloaded once with pooch, checked against their SHA-256, kept in `home/downloads`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnn_core.errors import UserError
from rnn_core.settings import Settings

Progress = Callable[[int, int], None]  # bytes so far, bytes in all


@dataclass(frozen=True)
class Remote:
    name: str
    url: str
    sha256: str
    size: int  # bytes


_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MNIST = Remote("mnist.npz", f"{_KERAS}mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", 11_490_434)
IMDB = Remote("imdb.npz", f"{_KERAS}imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f", 17_464_789)
IMDB_WORDS = Remote(  # Keras publishes an MD5 for this file; this is the SHA-256 of the file with that MD5
    "imdb_word_index.json",
    f"{_KERAS}imdb_word_index.json",
    "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
    1_641_221,
)
SHAKESPEARE = Remote(
    "shakespeare.txt",
    "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    1_115_394,
)
FILES = {"shakespeare": (SHAKESPEARE,), "mnist": (MNIST,), "imdb": (IMDB, IMDB_WORDS)}  # by the name of the source


def local_files(remotes: tuple[Remote, ...], settings: Settings) -> tuple[list[Path], bool] | None:
    """Paths of these files in RNN_DATA_DIR or else in the downloads, and whether they are in RNN_DATA_DIR; None if any is missing."""
    for folder, own in ((settings.data_dir, True), (settings.home / "downloads", False)):
        paths = [folder / remote.name for remote in remotes] if folder else []
        if paths and all(path.is_file() for path in paths):
            return paths, own
    return None


def is_published(path: Path, remote: Remote) -> bool:
    """Whether the file has the published SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == remote.sha256


def fetch_all(remotes: tuple[Remote, ...], settings: Settings, progress: Progress | None = None) -> list[Path]:
    """Download the files that are missing; `progress` counts the bytes of all files together.

    Raises `UserError` that explains what to do without internet.
    """
    total, offset, paths = sum(remote.size for remote in remotes), 0, []
    for remote in remotes:
        report = progress and (lambda done, _, offset=offset: progress(offset + done, total))
        paths.append(_fetch(remote, settings, report, _offline_help(remotes)))
        offset += remote.size
    return paths


def _offline_help(remotes: tuple[Remote, ...]) -> str:
    """All files are named, even if only one is missing: they must be in the same folder."""
    files = " and ".join(f"{remote.name} ({remote.url})" for remote in remotes)
    them = "it" if len(remotes) == 1 else "all of them"
    return (
        f"Without internet: download {files} on another machine, put {them} into one folder, and set RNN_DATA_DIR to that folder."
    )


def _fetch(remote: Remote, settings: Settings, progress: Progress | None, offline_help: str) -> Path:
    """Download one file, with up to three attempts."""
    import pooch
    import requests  # what pooch downloads with

    folder = settings.home / "downloads"
    files = pooch.create(
        folder, base_url="", registry={remote.name: f"sha256:{remote.sha256}"}, urls={remote.name: remote.url}, retry_if_failed=2
    )
    downloader = pooch.HTTPDownloader(progressbar=_Bar(remote.size, progress) if progress else False, timeout=20)
    try:
        return Path(files.fetch(remote.name, downloader=downloader))
    except requests.RequestException as error:
        raise UserError(f"{remote.name} could not be downloaded ({type(error).__name__}).", offline_help) from None
    except ValueError:
        raise UserError(
            f"{remote.name} was downloaded and deleted again: it is not the published file (its SHA-256 differs).", offline_help
        ) from None
    except OSError as error:
        raise UserError(
            f"{remote.name} could not be saved in {folder} ({error.strerror}). Free some space there, or set RNN_HOME to another "
            "folder."
        ) from None


class _Bar:
    """A progress bar with the part of tqdm's interface that pooch uses."""

    def __init__(self, total: int, report: Progress):
        self.total, self.done, self.report = total, 0, report

    def update(self, count: int):
        self.done += count
        self.report(min(self.done, self.total), self.total)

    def reset(self):
        self.done = 0

    def close(self):
        self.report(self.done, self.total)
