"""Runs in real worker processes: trained, stopped, killed, crashed, outliving their engine."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from rnn_core import settings as settings_of
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.engine import local as engines
from rnn_core.runs.engine.local import LocalEngine, log_tail, reap
from rnn_core.runs.engine.recorder import Recorder
from rnn_core.runs.store.kinds import Change, Sample
from rnn_core.runs.store.rows import FAILED, FINISHED, QUEUED, RUNNING, STARTING, STOPPED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from tests.conftest import TINY, one_task, tiny_spec
from tests.runs.helpers import LONG, answers, guessing_loss, pid_of, start_run, training, until, writes


@pytest.mark.slow
@one_task("digits")
def test_a_run_trains_to_its_end_and_can_be_played_with(store, engine, task):
    run = start_run(store, engine, task, epochs=3)
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == FINISHED, read.message + log_tail(store, run)
    assert read.epoch == 3 and read.step == read.steps and read.metrics["val_loss"] < 1.1 * guessing_loss(task)
    assert [p.epoch for p in store.events.curve(run, "val_loss")] == [1, 2, 3]
    assert {s.epoch for s in store.events.read(run, Sample)} >= (
        {0, 1, 2, 3} if writes(task) else set()
    )  # more where an epoch is slow
    assert [change.state for change in store.events.read(run, Change)] == [QUEUED, STARTING, RUNNING, FINISHED]
    assert len(answers(store, run)) and ("test_accuracy" in read.results) == (checkpoints.test_logits(store, run) is not None) == (
        task != "text"
    )


@one_task("digits")
def test_stop_keeps_what_was_learnt_and_frees_the_slot(store, engine, task):
    run, waiting = start_run(store, engine, task, **LONG), start_run(store, engine, task, epochs=1, seed=2)
    until(lambda: training(store, run))
    assert store.runs.get(waiting).state == QUEUED
    pid = pid_of(store, run)
    store.lifecycle.stop(run)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == STOPPED and read.message == ""  # by itself
    assert checkpoints.version(store, run) and checkpoints.position(store.runs.folder(run))[0] == read.step > 0
    assert len(answers(store, run)) and [sample.step for sample in store.events.read(run, Sample)][-1:] == [read.step] * writes(
        task
    )
    until(lambda: pid_of(store, waiting) == pid)  # the same process, with TensorFlow imported
    until(lambda: store.runs.get(waiting).state == FINISHED)


@one_task("reviews")
def test_what_does_not_stop_is_killed(store, engine, monkeypatch, task):
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    process = psutil.Process(pid_of(store, run))
    process.suspend()  # it cannot hear
    asked = time.time()
    store.lifecycle.stop(run)
    until(lambda: not store.runs.get(run).active, seconds=20)
    read = store.runs.get(run)
    assert read.state == STOPPED and "did not stop within 3 s" in read.message
    assert read.ended - asked >= engines.STOP_SECONDS
    assert not psutil.pid_exists(process.pid) or process.status() == psutil.STATUS_ZOMBIE


@one_task("digits")
def test_a_killed_worker_leaves_a_failed_run_with_the_reason(store, engine, task):
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    os.kill(pid_of(store, run), signal.SIGKILL)
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == FAILED and "ran out of memory" in read.message
    assert store.events.curve(run, "loss") and checkpoints.version(store, run)


@one_task("text")
def test_an_exploding_run_fails_with_a_suggestion_and_keeps_its_curve(store, engine, task):
    run = start_run(store, engine, task, learning_rate=5.0, schedule="constant", **LONG)
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == FAILED and "Try a learning rate of 0.004 instead of 5" in read.message
    assert store.events.curve(run, "loss")


@pytest.mark.slow
@one_task("reviews")
def test_a_fault_of_ours_is_named_and_logged(store, engine, data_dir, monkeypatch, task):
    run = submit(tiny_spec(task), store, engine.settings)
    with store.database.change() as db:  # a spec from another version, say
        db.execute('UPDATE runs SET spec = replace(spec, \'"units": 16\', \'"units": "many"\') WHERE id = ?', (run,))
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FAILED and "Units must be a whole number" in store.runs.get(run).message
    assert "Traceback" in log_tail(store, run)


@pytest.mark.slow
def test_a_corpus_that_is_gone_fails_the_run_in_words(store, engine, data_dir):
    text = data_dir / "gone.txt"
    text.write_text(TINY)
    blocker = start_run(store, engine, **LONG)
    run = submit(tiny_spec(source="gone"), store, engine.settings)
    text.unlink()
    store.lifecycle.stop(blocker)
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FAILED and "no data called 'gone'" in store.runs.get(run).message


@pytest.mark.slow
@one_task("reviews")
def test_a_run_goes_on_without_its_engine_and_the_next_one_finds_it(store, data_dir, task):
    first = LocalEngine(store, settings_of.load())
    first.spare_due = float("inf")
    first.start()
    run = start_run(store, first, task, **LONG)
    until(lambda: training(store, run))
    first.close()
    pid, step = pid_of(store, run), store.runs.get(run).step
    until(lambda: store.runs.get(run).step > step)
    reap(store)  # as in another process: the run's worker is alive and is left alone
    assert store.runs.get(run).state == RUNNING
    os.kill(pid, signal.SIGKILL)
    first.workers[0].wait()
    reap(store)
    assert store.runs.get(run).state == FAILED and "ended without an error message" in store.runs.get(run).message


@pytest.mark.slow
@one_task("text")
def test_a_hung_run_of_a_server_that_has_ended_is_killed_by_the_next_one(store, data_dir, task):
    first = LocalEngine(store, settings_of.load())
    first.spare_due = float("inf")
    first.start()
    run = start_run(store, first, task, **LONG)
    until(lambda: training(store, run))
    first.close()
    process = psutil.Process(pid_of(store, run))
    process.suspend()
    store.lifecycle.stop(run)
    until(lambda: reap(store) or not store.runs.get(run).active, seconds=20)
    assert store.runs.get(run).state == STOPPED and "did not stop within 3 s" in store.runs.get(run).message
    first.workers[0].wait(10)


@one_task("digits")
def test_a_run_kept_for_a_command_line_that_has_ended_does_not_wait_for_ever(store, task):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mine, orphan = (
        store.runs.add(tiny_spec(task), "mine", kept_for=os.getpid()),
        store.runs.add(tiny_spec(task), "orphan", kept_for=ended.pid),
    )
    reap(store)
    assert (store.runs.get(mine).state, store.runs.get(orphan).state) == (QUEUED, STOPPED)


@pytest.mark.slow
@one_task("digits")
def test_time_is_limited_by_a_setting(store, data_dir, monkeypatch, warm_workers, task):
    monkeypatch.setenv("RNN_MAX_SECONDS", "1")
    engine = LocalEngine(store, settings_of.load())
    warm_workers.lend(engine)
    engine.start()
    run = start_run(store, engine, task, **LONG)
    until(lambda: not store.runs.get(run).active)
    warm_workers.take_back(engine)
    assert store.runs.get(run).state == STOPPED and "RNN_MAX_SECONDS" in store.runs.get(run).message


def test_limits_and_impossible_corpora_are_refused_before_anything_is_queued(store, settings, data_dir, monkeypatch):
    monkeypatch.setenv("RNN_MAX_EPOCHS", "5")
    (data_dir / "same.txt").write_text("a" * 9000)
    limited = settings_of.load()
    for spec, message in (
        (tiny_spec(epochs=6), "at most 5 here"),
        (tiny_spec(source="same"), "one distinct"),
        (tiny_spec(source="no"), "no data"),
    ):
        with pytest.raises(UserError, match=message):
            submit(spec, store, limited)
    assert store.runs.newest() == []


@pytest.mark.slow
@one_task("text")
def test_points_become_fewer_the_longer_a_run_goes(store, settings, monkeypatch, task):
    """A simulated ten hours: the clock is ours."""
    run = store.runs.add(tiny_spec(task), "title")
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    recorder = Recorder(run, store, settings)
    losses = np.random.default_rng(0).normal(2, 0.1, 360_000)
    for step, loss in enumerate(losses, 1):
        clock[0] += 0.1
        recorder.step(step, step / 1000, {"loss": float(loss)}, 0.001)
    recorder.flush()
    stored = [p for p in store.events.points(run) if p.name == "loss"]
    assert 5_000 < len(stored) < 15_000
    assert min(p.low for p in stored) == pytest.approx(losses.min())
    assert stored[10].seconds - stored[9].seconds < 0.3


@pytest.mark.slow
@one_task("reviews")
def test_nothing_of_a_store_is_needed_but_its_folder(store, engine, home, task):
    """A second store over the same home, as another process would open it, sees a run at once."""
    run = start_run(store, engine, task, epochs=1)
    until(lambda: Store(home).runs.get(run).state == FINISHED)
