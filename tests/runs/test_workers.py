"""Which worker process trains a run: the spare, a new one, or none; and workers that die or lose their run."""

import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from rnn_core import settings as settings_of
from rnn_core.runs import checkpoints
from rnn_core.runs.engine import local as engines
from rnn_core.runs.engine.local import LocalEngine, Worker, log_tail, reap
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.rows import FAILED, FINISHED, QUEUED, STARTING
from rnn_core.runs.submit import continue_run
from rnn_core.training.execution import Execution, use_onednn
from tests.conftest import one_task, tiny_spec
from tests.runs.helpers import LONG, pid_of, start_run, training, until


@pytest.mark.slow
@one_task("text")
def test_a_spare_waits_and_is_used(store, data_dir, task):
    engine = LocalEngine(store, settings_of.load()).start()
    try:
        spare = until(lambda: engine.workers)[0]
        run = start_run(store, engine, task, **LONG)
        until(lambda: training(store, run))
        assert pid_of(store, run) == spare.pid
        store.lifecycle.stop(run)
        until(lambda: not store.runs.get(run).active)
        again = start_run(store, engine, task, epochs=1)
        until(lambda: not store.runs.get(again).active)
        assert [worker.pid for worker in engine.workers] == [spare.pid]  # it waits for the next one
    finally:
        engine.close()
    assert spare.wait(10) == 0


@pytest.mark.slow
@one_task("reviews")
def test_a_run_that_is_given_to_a_dying_spare_gets_another_worker(store, engine, task):
    spare = Worker(store, engine.settings, use_onednn("auto"))
    engine.workers.append(spare)
    os.kill(spare.pid, signal.SIGSTOP)  # it takes the run's id, but never begins
    run = start_run(store, engine, task, epochs=1)
    until(lambda: store.runs.get(run).state == STARTING)
    os.kill(spare.pid, signal.SIGKILL)
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FINISHED


@pytest.mark.slow
def test_an_idle_spare_goes_when_its_server_goes(store, engine):
    spare = Worker(store, engine.settings, use_onednn("auto"))
    spare.stdin.close()
    assert spare.wait(60) == 0


@one_task("digits")
def test_where_no_process_can_be_made_the_run_says_so(store, data_dir, monkeypatch, task, in_this_process):
    def full(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen.__init__", full)
    engine = LocalEngine(store, settings_of.load()).start()  # the one of the fixture may have a worker of another test
    run = start_run(store, engine, task)
    until(lambda: not store.runs.get(run).active)
    engine.close()
    assert store.runs.get(run).state == FAILED and "No training process could be started" in store.runs.get(run).message
    assert engine.workers == []


@one_task("text")
def test_a_worker_that_cannot_start_leaves_its_last_words(store, data_dir, monkeypatch, task):
    monkeypatch.setenv("PYTHONPATH", str(data_dir))
    (data_dir / "tensorflow.py").write_text("raise ImportError('no AVX on this machine')")
    engine = LocalEngine(store, settings_of.load())
    engine.spare_due = float("inf")
    engine.start()
    run = start_run(store, engine, task)
    until(lambda: not store.runs.get(run).active)
    engine.close()
    assert (
        store.runs.get(run).state == FAILED
        and "exit status 1" in store.runs.get(run).message
        and "kept" not in store.runs.get(run).message
    )
    assert "no AVX on this machine" in log_tail(store, run)


@pytest.mark.slow
@one_task("digits")
def test_a_worker_whose_run_was_ended_behind_its_back_lets_go_of_it(store, engine, task):
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    worker = engine.workers[0]
    store.lifecycle.end(run, FAILED, "said somebody else")
    other = start_run(store, engine, task, epochs=1)  # the worker is free for it
    until(lambda: store.runs.get(other).step > 0)
    step = store.runs.get(run).step
    until(lambda: store.runs.get(other).state == FINISHED)
    assert engine.workers == [worker] and (store.runs.get(run).state, store.runs.get(run).step) == (FAILED, step)


@one_task("reviews")
def test_a_worker_that_makes_room_in_this_moment_takes_the_next_run(store, settings, monkeypatch, task):
    runs, claim = [store.runs.add(tiny_spec(task), "title") for _ in range(2)], store.queue.claim
    assert claim(Rules()) == runs[0]
    store.lifecycle.attach(runs[0], os.getpid(), "only")
    given = []
    worker = SimpleNamespace(
        name="only", run=runs[0], last_run=None, pid=os.getpid(), poll=lambda: None, onednn=use_onednn("auto"), write=given.append
    )
    engine = LocalEngine(store, settings)
    engine.workers = [worker]
    monkeypatch.setattr(engine, "_start_worker", lambda onednn: pytest.fail("one worker is allowed"))

    def after_room_was_made(*given) -> str | None:
        monkeypatch.setattr(store.queue, "claim", claim)
        store.lifecycle.requeue(runs[0])
        return claim(*given)

    monkeypatch.setattr(store.queue, "claim", after_room_was_made)
    engine.tick()
    assert worker.run in runs and given[0].startswith(worker.run)


@pytest.mark.slow
def test_a_run_keeps_its_kind_of_worker_after_the_setting_has_changed(store, engine):
    engine.settings = replace(engine.settings, onednn="0")
    run = start_run(store, engine, "text", **LONG)
    until(lambda: training(store, run))
    store.lifecycle.stop(run)
    until(lambda: not store.runs.get(run).active)
    engine.settings = replace(engine.settings, onednn="1")
    other = start_run(store, engine, "text", epochs=1)
    until(lambda: not store.runs.get(other).active)
    continue_run(run, store, engine.settings)
    until(lambda: pid_of(store, run))
    assert psutil.Process(pid_of(store, run)).environ()["TF_ENABLE_ONEDNN_OPTS"] == "0"
    executions = [checkpoints.execution(store.runs.folder(r)) for r in (run, other)]
    assert executions == [Execution(1, True, False), Execution(1, True, True)] and len(engine.workers) == 1


@one_task("text")
def test_a_run_that_got_a_slot_but_never_a_process_queues_up_again(store, monkeypatch, task):
    run = store.runs.add(tiny_spec(task), "title")
    store.queue.claim(Rules())
    reap(store)
    assert store.runs.get(run).state == STARTING
    monkeypatch.setattr(engines, "_ORPHAN_SECONDS", -1.0)
    reap(store)
    assert store.runs.get(run).state == QUEUED and store.queue.claim(Rules()) == run


@one_task("reviews")
def test_a_process_with_a_recycled_number_is_not_taken_for_the_worker(store, task):
    run = store.runs.add(tiny_spec(task), "title")
    store.queue.claim(Rules())
    store.lifecycle.attach(run, os.getpid(), "another name")
    reap(store)
    assert store.runs.get(run).state == FAILED
