"""Runs on a Dask cluster start, stop, pause and take turns as they do on one machine."""

import pytest

from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import log_tail
from rnn_core.runs.engines import DISTRIBUTED
from rnn_core.runs.store.kinds import Change, Sample
from rnn_core.runs.store.rows import FAILED, FINISHED, PAUSED, QUEUED, RUNNING, STARTING, STOPPED
from rnn_core.runs.submit import continue_run, submit
from tests.conftest import COUNTING, one_task, tiny_spec
from tests.runs.cluster.dask_cluster import BRIEF, ROOT, computer_of, dask_worker, trainers
from tests.runs.helpers import LONG, answers, losses, start_run, training, until, writes

pytestmark = pytest.mark.slow  # the cluster alone takes half a minute to start and to end


remote_run = pytest.importorskip("rnn_core.runs.cluster.remote_run", reason=f"needs {DISTRIBUTED}", exc_type=ImportError)


def test_a_task_of_ones_own_is_trained_by_computers_that_are_only_told_its_module(cluster, server, store, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    run = start_run(store, server(cluster), "counting", epochs=3)
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FINISHED, log_tail(store, run)
    assert len(answers(store, run)) and "test_accuracy" in store.runs.get(run).results


def test_a_task_whose_module_a_computer_lacks_says_so(cluster, server, store, monkeypatch, tmp_path):
    (tmp_path / "only_here.py").write_text(
        (ROOT / "tests" / "tasks" / "counting.py").read_text().replace('"counting"', '"only_here"')
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("RNN_TASKS", "only_here=only_here")
    engine = server(cluster, slots=None)
    run = submit(RunSpec.from_options("only_here"), store, engine.settings)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == FAILED and "The task only_here cannot be used" in read.message


@pytest.mark.parametrize("task", ["digits", "series"])  # other tests here train the other tasks
def test_two_runs_train_at_once_with_the_losses_of_this_machine(cluster, server, store, here, task):
    engine = server(cluster)
    runs = [start_run(store, engine, task, **BRIEF), start_run(store, engine, task, **BRIEF)]
    until(lambda: all(training(store, run) for run in runs))
    assert computer_of(cluster, runs[0]) is not computer_of(cluster, runs[1])
    samples = store.events.read(runs[0], Sample)
    assert store.events.curve(runs[0], "loss") and bool(samples) == writes(task)  # watched while they train
    until(lambda: not any(store.runs.get(run).active for run in runs))
    for run in runs:
        read = store.runs.get(run)
        assert read.state == FINISHED, read.message + log_tail(store, run)
        assert read.epoch == BRIEF["epochs"] and read.step == read.steps and read.learning_rate
        assert losses(store, run) == here and len(here) == (2 if writes(task) else 4) * BRIEF["epochs"]
        assert [change.state for change in store.events.read(run, Change)] == [QUEUED, STARTING, RUNNING, FINISHED]
        assert checkpoints.position(store.runs.folder(run))[0] == read.step and len(answers(store, run))


@one_task("digits")
def test_stop_keeps_what_was_learnt_and_frees_the_slot(cluster, server, store, task):
    engine = server(cluster)
    runs = [start_run(store, engine, task, **LONG) for _ in range(3)]
    until(lambda: all(training(store, run) for run in runs[:2]))
    assert store.runs.get(runs[2]).state == QUEUED
    store.lifecycle.stop(runs[0])
    engine.wake()
    until(lambda: not store.runs.get(runs[0]).active)
    read = store.runs.get(runs[0])
    assert read.state == STOPPED and read.message == ""
    assert checkpoints.position(store.runs.folder(read.id))[0] == read.step > 0 and len(answers(store, read.id))
    until(lambda: training(store, runs[2]))


@one_task("text")
def test_what_does_not_stop_is_killed(cluster, server, store, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    process = trainers(computer_of(cluster, run))[0]
    process.suspend()  # it cannot hear
    store.lifecycle.stop(run)
    until(lambda: not store.runs.get(run).active, seconds=15)
    assert store.runs.get(run).state == STOPPED and "did not stop within 3 s" in store.runs.get(run).message
    assert not process.is_running()


@one_task("reviews")
def test_a_run_on_a_computer_that_does_not_answer_can_be_stopped(cluster, server, store, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    computer = computer_of(cluster, run)
    process = dask_worker(computer)
    process.suspend()
    try:
        store.lifecycle.stop(run)
        until(lambda: not store.runs.get(run).active, seconds=20)
    finally:
        process.resume()
    assert store.runs.get(run).state == STOPPED and "could not be reached" in store.runs.get(run).message
    until(lambda: not list(cluster.folder.rglob(f"runs/{run}")))  # when it is back, it gets the order to end
    runs = [start_run(store, engine, task, **LONG) for _ in range(2)]
    until(lambda: all(training(store, run) for run in runs))


@one_task("digits")
def test_a_process_that_dies_fails_the_run_with_the_reason(cluster, server, store, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    trainers(computer_of(cluster, run))[0].kill()
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FAILED and "ran out of memory" in store.runs.get(run).message
    assert continue_run(run, store, engine.settings) == []  # from its checkpoint
    engine.wake()
    until(lambda: training(store, run))


@one_task("reviews")
def test_pause_resume_and_a_new_learning_rate(cluster, server, store, here, task):
    engine = server(cluster)
    run = start_run(store, engine, task, **BRIEF)
    until(lambda: training(store, run))
    store.lifecycle.pause(run)
    until(lambda: store.runs.get(run).state == PAUSED)
    step = store.runs.get(run).step
    assert checkpoints.position(store.runs.folder(run))[0] == step
    until(lambda: not list(cluster.folder.rglob(f"runs/{run}")))  # it left nothing there
    store.lifecycle.resume(run)
    engine.wake()
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == here
    other = start_run(store, engine, task, schedule="constant", **LONG)
    until(lambda: training(store, other))
    store.lifecycle.set_learning_rate(other, 0.001)
    until(lambda: store.runs.get(other).learning_rate == 0.001)


@one_task("text")
def test_time_is_limited_by_the_servers_setting(cluster, server, store, monkeypatch, task):
    monkeypatch.setenv("RNN_MAX_SECONDS", "1")
    run = start_run(store, server(cluster), task, **LONG)
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert read.state == STOPPED and "RNN_MAX_SECONDS" in read.message and read.seconds > 1
    assert checkpoints.position(store.runs.folder(run))[0] == read.step


@one_task("digits")
def test_turns_are_taken_on_a_cluster_too(cluster, server, store, monkeypatch, task):
    monkeypatch.setenv("RNN_CLASS", "1")
    monkeypatch.setenv("RNN_SLICE_SECONDS", "2")
    engine = server(cluster)
    runs = [submit(tiny_spec(task, **LONG), store, engine.settings, owner=owner) for owner in ("ada", "bob", "cleo")]
    engine.wake()
    until(lambda: all(store.runs.get(run).step for run in runs))
    until(lambda: all(len([c for c in store.events.read(run, Change) if c.state == RUNNING]) > 1 for run in runs))
