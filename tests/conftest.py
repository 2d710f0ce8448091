"""Fixtures for all tests: a home of its own for each, and no setting from the machine it runs on."""

import os
from pathlib import Path

import pytest

from rnn_core import settings as settings_of
from rnn_core.runs.engine import LocalEngine, kill_tree
from rnn_core.runs.store import Store
from rnn_core.settings import Settings
from rnn_core.spec import RunSpec

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

TINY = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of dark.\n"
) * 20


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """RNN_HOME for this test; every other setting is at its default."""
    for row in settings_of.table():
        monkeypatch.delenv(row["variable"], raising=False)
    monkeypatch.setenv("RNN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def data_dir(tmp_path, monkeypatch) -> Path:
    """RNN_DATA_DIR with one short text called `tiny`."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "tiny.txt").write_text(TINY, encoding="utf-8")
    monkeypatch.setenv("RNN_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def settings() -> Settings:
    return settings_of.load()


@pytest.fixture
def store(settings) -> Store:
    return Store.of(settings)


@pytest.fixture
def engine(store, data_dir):
    """A local engine that leaves no process behind."""
    made = LocalEngine(store, settings_of.load())
    made.spare_due = float("inf")  # tests make their own workers; a spare would cost each of them three seconds
    made.start()
    yield made
    made.close()
    for worker in made.workers.values():
        kill_tree(worker.pid)


def tiny_spec(**knobs) -> RunSpec:
    """A spec that trains on `tiny` in about a second."""
    small = {"corpus": "tiny", "units": 16, "embedding": 8, "sequence_length": 16, "batch_size": 8, "epochs": 2}
    return RunSpec.from_knobs(**{**small, **knobs})


def shared_datasets() -> Path:
    """Real data for tests that need it; they skip with a reason where it is not there."""
    folder = Path(__file__).parents[2] / "shared" / "datasets"
    if not (folder / "shakespeare.txt").exists():
        pytest.skip("needs ../shared/datasets/shakespeare.txt")
    return folder
