"""Runs cut off in every way, and none of them lost."""

import os
import random
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest

from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.engine.recorder import Recorder
from rnn_core.runs.store.kinds import Change
from rnn_core.runs.store.rows import FAILED, FINISHED, QUEUED, RUNNING, STARTING, STOPPED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import continue_run, submit
from rnn_core.settings import load
from tests.conftest import one_task, tiny_spec
from tests.runs.helpers import LONG, SHORT, losses, pid_of, start_run, training, until


def cut_off(store, engine, run, fault) -> None:
    """Let `fault` happen to the run's process, and see it end as failed with a reason; then continue to its end."""
    fault(pid_of(store, run))
    until(lambda: store.runs.get(run).state == FAILED)
    at = checkpoints.position(store.runs.folder(run))
    assert store.runs.get(run).message and at[0] <= store.runs.get(run).step
    continue_run(run, store, engine.settings)
    engine.wake()


@pytest.mark.slow
@one_task("reviews")
def test_killed_again_and_again_it_comes_to_the_same_losses(store, engine, uninterrupted_losses, task):
    run = start_run(store, engine, task, **SHORT)
    for _ in range(2):
        due = store.runs.get(run).step + random.randrange(1, 100)
        until(lambda due=due: not store.runs.get(run).active or store.runs.get(run).step > due)
        if store.runs.get(run).active:
            cut_off(store, engine, run, lambda pid: os.kill(pid, signal.SIGKILL))
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == uninterrupted_losses


@pytest.mark.slow
@one_task("text")
@pytest.mark.skipif(not hasattr(psutil, "RLIMIT_FSIZE"), reason="limits of a process that runs can be set on Linux only")
def test_a_full_disk_fails_the_run_with_the_reason_and_continues_when_there_is_space(store, engine, uninterrupted_losses, task):
    """No file of the process may grow any more: the kernel refuses its writes, as it does on a full disk."""
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    cut_off(store, engine, run, lambda pid: psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (1000, 1000)))
    assert any("disk is full" in change.message for change in store.events.read(run, Change))
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == uninterrupted_losses


@pytest.mark.slow
@one_task("digits")
def test_too_little_memory_fails_the_run_with_advice(store, engine, task):
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    pid = pid_of(store, run)
    if not hasattr(psutil, "RLIMIT_AS"):
        pytest.skip("limits of a process that runs can be set on Linux only")
    store.lifecycle.stop(run)
    until(lambda: store.runs.get(run).state == STOPPED)
    limit = psutil.Process(pid).memory_info().vms + 50_000_000
    psutil.Process(pid).rlimit(psutil.RLIMIT_AS, (limit, limit))
    big = start_run(store, engine, task, units=2048, layers=2, cell="lstm", batch_size=64, epochs=1)
    until(lambda: not store.runs.get(big).active)
    assert store.runs.get(big).state == FAILED and "memory" in store.runs.get(big).message, store.runs.get(big).message


@pytest.mark.slow
@one_task("digits")
def test_a_server_that_is_killed_loses_nothing(store, engine, uninterrupted_losses, task):
    """A server process with its engine is killed in the middle; the next one finds its run, which went on meanwhile."""
    script = """
import sys, time
from rnn_core import settings
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.store import Store
loaded = settings.load()
LocalEngine(Store.of(loaded), loaded).start()
time.sleep(600)
"""
    engine.close()
    server = subprocess.Popen([sys.executable, "-c", script])
    run = submit(tiny_spec(task, **SHORT), store, load())
    waiting = submit(tiny_spec(task, epochs=1), store, load())
    until(lambda: training(store, run))
    pid = pid_of(store, run)
    server.kill()
    server.wait()
    step = store.runs.get(run).step
    until(lambda: store.runs.get(run).step > step)
    engine = LocalEngine(store, load())
    engine.start()
    try:
        until(lambda: store.runs.get(run).state == FINISHED)
        until(lambda: store.runs.get(waiting).state == FINISHED)  # it waited for its turn
        assert losses(store, run) == uninterrupted_losses
        until(lambda: not _works(pid))  # its worker ended with its run
    finally:
        engine.close()


def _works(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.slow
@one_task("text")
def test_two_servers_over_one_home_start_no_run_twice(store, engine, data_dir, task):
    second = LocalEngine(Store(store.home), load())
    second.spare_due = float("inf")
    second.start()
    try:
        runs = [start_run(store, engine, task, epochs=1, seed=i) for i in range(5)]
        second.wake()
        until(lambda: all(store.runs.get(run).state == FINISHED for run in runs))
    finally:
        second.close()
    for run in runs:
        assert [c.state for c in store.events.read(run, Change)] == [QUEUED, STARTING, RUNNING, FINISHED]


@one_task("reviews")
def test_what_led_to_a_checkpoint_is_recorded_before_it_is_there(store, settings, monkeypatch, task):
    """Otherwise a process that dies between the two leaves a hole in the curve, since it is not trained again."""
    run = store.runs.add(tiny_spec(task), "title")
    recorder = Recorder(run, store, settings)
    recorder.epoch(8, 1, {"val_loss": 2.0}, 1, None)
    monkeypatch.setattr(checkpoints, "save", lambda *_: pytest.fail("no hole") if not store.events.points(run) else None)
    recorder.snapshot(8, 1.0, {"w": np.zeros(1)}, {})
