"""Which engine a setting gives; also where the cluster's library is not installed."""

import sys
from pathlib import Path

import pytest

from rnn_core import settings as settings_of
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import LocalEngine, reap
from rnn_core.runs.engines import DISTRIBUTED, engine_of
from rnn_core.runs.store.rows import QUEUED, STARTING
from tests.conftest import tiny_spec

ROOT = Path(__file__).parents[2]


def test_where_the_library_is_missing_it_is_named(store, monkeypatch):
    monkeypatch.setenv("RNN_ENGINE", "dask://teacher:8786")
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "rnn_core.runs.cluster.engine", raising=False)
    monkeypatch.delitem(sys.modules, "rnn_core.runs.cluster.remote_run", raising=False)
    with pytest.raises(UserError, match=f'pip install "{DISTRIBUTED}"'):
        engine_of(store, settings_of.load())


def test_the_version_that_is_named_is_the_one_that_is_tested():
    assert f"\n{DISTRIBUTED} " in (ROOT / "requirements-dask.txt").read_text()


def test_a_local_engine_takes_over_what_a_cluster_trained(store):
    run = store.runs.add(tiny_spec(), "title")
    store.queue.claim(LocalEngine(store, settings_of.load()).rules)
    store.lifecycle.attach(run, None, "rnn-key")
    reap(store)
    assert store.runs.get(run).state == STARTING
    engine_of(store, settings_of.load())
    assert store.runs.get(run).state == QUEUED
