"""A cluster, and a server that trains on it, for all tests of clusters."""

import os

import pytest

from rnn_core import settings as settings_of
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.engines import engine_of
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from tests.conftest import tiny_spec
from tests.runs.cluster.dask_cluster import BRIEF, Cluster
from tests.runs.helpers import losses, until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.scheduler()
    cluster.computers = [cluster.worker("first"), cluster.worker("second")]
    yield cluster
    cluster.close()


@pytest.fixture
def server(store, data_dir, monkeypatch):
    """`server(cluster)`: the engine of a server with this test's store. At the end no run is left."""
    engines = []

    def start(cluster: Cluster, slots: int | None = 2):
        monkeypatch.setenv("RNN_ENGINE", f"dask://{cluster.address}")
        engine = engine_of(store, settings_of.load()).start()
        engines.append(engine)
        until(lambda: slots is None or (not engine.waiting_reason and engine.rules.slots == slots))
        return engine

    yield start
    for run in store.runs.newest():
        store.lifecycle.stop(run.id)
    until(lambda: not any(run.active for run in store.runs.newest()))
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def trained_here() -> dict[str, list[tuple]]:
    return {}


@pytest.fixture
def here(trained_here, data_dir, home, warm_workers, task) -> list[tuple]:
    """The losses of BRIEF of the task on this machine, trained once."""
    if task not in trained_here:
        settings = settings_of.load(
            {"RNN_HOME": str(home / "local"), "RNN_DATA_DIR": str(data_dir), "RNN_THREADS": "1", "RNN_WARM_UP": "0"}
        )
        store = Store.of(settings)
        run = submit(tiny_spec(task, **BRIEF), store, settings, kept_for=os.getpid())
        engine = LocalEngine(store, settings, only=run)
        warm_workers.lend(engine)
        engine.start()
        until(lambda: not store.runs.get(run).active)
        warm_workers.take_back(engine)
        assert store.runs.get(run).state == FINISHED
        trained_here[task] = losses(store, run)
    return trained_here[task]
