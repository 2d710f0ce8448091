"""Fixtures for all tests: a home of its own for each, and no setting from the machine it runs on."""

import contextlib
import os
import time
from collections.abc import Container, Iterable
from pathlib import Path

import psutil
import pytest

from rnn_core import settings as settings_of
from rnn_core.data import array_cache
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import LocalEngine, Worker, kill_tree
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings
from rnn_core.tasks.task import task_names
from tests.hostile.row_runner import summary

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # small networks gain nothing from more, and other tests run beside

TINY = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of dark.\n"
) * 20 + "It was the best of times, it was"  # 32 steps an epoch


@pytest.fixture(scope="session", autouse=True)
def keras_is_left_alone():
    """After every run of a page, Streamlit clears Keras where it is loaded: up to 0.4 s. The app never loads it, but test processes do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.runtime.scriptrunner.script_runner._clean_problem_modules", lambda: None)
        yield


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """RNN_HOME for this test, runs with one thread, and workers that compile nothing in advance; other settings are at their defaults."""
    for row in settings_of.table():
        monkeypatch.delenv(row["variable"], raising=False)
    monkeypatch.setenv("RNN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RNN_THREADS", "1")
    monkeypatch.setenv("RNN_WARM_UP", "0")
    return tmp_path / "home"


@pytest.fixture
def data_dir(tmp_path, monkeypatch) -> Path:
    """RNN_DATA_DIR with one short text called `tiny`."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "tiny.txt").write_text(TINY, encoding="utf-8")
    monkeypatch.setenv("RNN_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def converted() -> dict[str, array_cache.Arrays]:
    return {}


@pytest.fixture
def in_this_process(monkeypatch, converted) -> None:
    """Data is converted where a test can reach into it; the same files only once for all tests."""

    def convert(folder: Path, make, files: list[Path], given: tuple) -> None:
        if folder.name not in converted:  # it names the files, and when they were changed
            converted[folder.name] = make(files, *given)
        array_cache.write(folder, converted[folder.name])

    monkeypatch.setattr(array_cache, "_convert", convert)


@pytest.fixture
def settings() -> Settings:
    return settings_of.load()


@pytest.fixture
def store(settings) -> Store:
    return Store.of(settings)


class WarmWorkers:
    """Worker processes that have imported TensorFlow, which takes seconds; handed from test to test, as the server does."""

    def __init__(self):
        self.idle: list[Worker] = []

    def lend(self, engine: LocalEngine) -> None:
        engine.spare_due = float("inf")  # it makes no more than it needs
        while self.idle and not engine.workers:
            if (worker := self.idle.pop()).poll() is None:
                engine.workers.append(worker)

    def take_back(self, engine: LocalEngine) -> None:
        """Stop what runs and end the engine; keep its workers that are free, kill the others."""
        engine.halt()
        for run in engine.store.runs.newest():
            if run.active:
                engine.store.lifecycle.stop(run.id)
        deadline = time.monotonic() + 3
        while any(worker.run and worker.poll() is None for worker in engine.workers) and time.monotonic() < deadline:
            engine.tick()
            time.sleep(0.02)
        for worker in engine.workers:
            if worker.run is None and worker.poll() is None:
                self.idle.append(worker)
            else:
                kill_tree(worker.pid)


@pytest.fixture(scope="session")
def warm_workers():
    workers = WarmWorkers()
    yield workers
    for worker in workers.idle:
        kill_tree(worker.pid)


@pytest.fixture
def engine(store, data_dir, warm_workers):
    """A local engine that leaves no process of its runs behind."""
    made = LocalEngine(store, settings_of.load())
    warm_workers.lend(made)
    made.start()
    yield made
    warm_workers.take_back(made)


def processes(word: str, among: list[psutil.Process]) -> list[psutil.Process]:
    """Those with this word in their command line; one that has just ended has none any more."""
    found = []
    for process in among:
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie counts as such
            if word in process.cmdline():
                found.append(process)
    return found


COUNTING = "counting=tests.tasks.counting"  # a made-up task, as RNN_TASKS names it
TINY_OPTIONS = {  # of each task: data that is here, 32 steps an epoch, each of a few milliseconds
    "text": {"source": "tiny", "units": 16, "embedding": 8, "sequence_length": 8, "batch_size": 16, "epochs": 2},
    "digits": {"source": "digits-8x8", "units": 16, "examples": 256, "batch_size": 8, "epochs": 2},
    "reviews": {
        "source": "review-language", "units": 16, "embedding": 8, "length": 8, "examples": 256, "batch_size": 8, "epochs": 2,
    },
    "series": {"source": "sine", "units": 16, "window": 8, "batch_size": 43, "epochs": 2},
    "memory": {"units": 16, "longest": 8, "examples": 256, "batch_size": 8, "epochs": 2},
    "counting": {"units": 16, "examples": 256, "batch_size": 8, "epochs": 2},
}  # fmt: skip


def tiny_spec(task: str = "text", **options) -> RunSpec:
    """A spec that trains in about a second."""
    return RunSpec.from_options(task, **{**TINY_OPTIONS[task], **options})


def slow_but(quick: Container, values: Iterable) -> list:
    """Values to parametrise a test with: those that are not in `quick` only in the slow tests."""
    return [
        value if value in quick else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.slow)
        for value in values
    ]


def each_task(*quick: str):
    """Parametrise a test over all tasks as `task`; those not named train only in the slow tests. None named: all are quick."""
    return pytest.mark.parametrize("task", slow_but(quick or task_names(), task_names()))


def one_task(name: str):
    """Parametrise a test of code that knows no task: one is enough, and tests use each of them."""
    return pytest.mark.parametrize("task", [name])


def shared_datasets() -> Path:
    """Real data for tests that need it; they skip with a reason where it is not there."""
    folder = Path(__file__).parents[2] / "shared" / "datasets"
    if not (folder / "shakespeare.txt").exists():
        pytest.skip("needs ../shared/datasets/shakespeare.txt")
    return folder


def pytest_terminal_summary(terminalreporter):
    """Which hostile input was the slowest and which the largest, whatever process ran it."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports if getattr(report, "when", "") == "call"]
    for line in summary([found for report in reports for name, found in report.user_properties if name == "hostile"]):
        terminalreporter.write_line(line)
