"""Published data sets: fetched once with pooch, checked against their SHA-256, kept under `home/downloads`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnn_core.problem import Problem
from rnn_core.settings import Settings

Progress = Callable[[int, int], None]  # bytes so far, bytes in all


@dataclass(frozen=True)
class Remote:
    name: str
    url: str
    sha256: str
    size: int  # bytes


FILES = {
    "shakespeare": Remote(
        "shakespeare.txt",
        "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        1_115_394,
    ),
}


def cached(remote: Remote, settings: Settings) -> Path | None:
    path = settings.home / "downloads" / remote.name
    return path if path.exists() else None


def fetch(remote: Remote, settings: Settings, progress: Progress | None = None) -> Path:
    """Download unless it is there already, trying three times. Raises `Problem` saying what to do without internet."""
    import pooch
    import requests  # what pooch downloads with

    folder = settings.home / "downloads"
    instead = (
        f"Without internet: get {remote.name} on another machine ({remote.url}), put it into a folder, and start the app with "
        "RNN_DATA_DIR set to that folder."
    )
    files = pooch.create(
        folder, base_url="", registry={remote.name: f"sha256:{remote.sha256}"}, urls={remote.name: remote.url}, retry_if_failed=2
    )
    downloader = pooch.HTTPDownloader(progressbar=_Bar(remote.size, progress) if progress else False, timeout=20)
    try:
        return Path(files.fetch(remote.name, downloader=downloader))
    except requests.RequestException as error:
        raise Problem(f"{remote.name} could not be downloaded ({type(error).__name__}).", instead) from None
    except ValueError:
        raise Problem(
            f"{remote.name} arrived, but is not the published file (its SHA-256 differs), so it was thrown away.", instead
        ) from None
    except OSError as error:
        raise Problem(
            f"{remote.name} could not be saved in {folder} ({error.strerror}). Free some space there, or set RNN_HOME to another "
            "folder."
        ) from None


class _Bar:
    """What pooch drives as if it were a tqdm bar."""

    def __init__(self, total: int, report: Progress):
        self.total, self.done, self.report = total, 0, report

    def update(self, count: int):
        self.done += count
        self.report(min(self.done, self.total), self.total)

    def reset(self):
        self.done = 0

    def close(self):
        self.report(self.done, self.total)
