"""Runs that last: paused, resumed, continued, in turns, renamed and deleted."""

import os
import time

import pytest

from rnn_core.errors import UserError
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import LocalEngine, log_tail
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.kinds import Change, Note, Sample
from rnn_core.runs.store.rows import FINISHED, PAUSED, QUEUED, RUNNING, STARTING, STOPPED
from rnn_core.runs.submit import continue_run, submit
from rnn_core.settings import Settings, load
from rnn_core.tasks.sampler import Sampling
from rnn_core.tasks.task import task_of
from tests.conftest import each_task, one_task, tiny_spec
from tests.runs.helpers import LONG, SHORT, answers, losses, pid_of, start_run, training, until, writes


@pytest.mark.slow
@one_task("text")
def test_pause_and_resume_change_nothing_but_the_time(store, engine, uninterrupted_losses, task):
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    store.lifecycle.pause(run)
    until(lambda: store.runs.get(run).state == PAUSED)
    step = store.runs.get(run).step
    assert checkpoints.position(store.runs.folder(run))[0] == step
    assert len(answers(store, run)) and [sample.step for sample in store.events.read(run, Sample)][-1:] == [step] * writes(task)
    other = start_run(store, engine, task, epochs=1, seed=2)  # its slot is free
    until(lambda: store.runs.get(other).state == FINISHED)
    assert store.runs.get(run).step == step
    store.lifecycle.resume(run)
    engine.wake()
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == uninterrupted_losses
    steps = [p.step for p in store.events.points(run) if p.name == "loss"]
    assert steps == sorted(set(steps))
    states = [change.state for change in store.events.read(run, Change)]
    assert states == [QUEUED, STARTING, RUNNING, PAUSED, QUEUED, STARTING, RUNNING, FINISHED]


@pytest.mark.slow
@one_task("digits")
def test_a_run_that_comes_back_to_the_same_process_goes_on_without_building_anew(store, engine, task):
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    pid = pid_of(store, run)
    for _ in range(3):
        store.lifecycle.pause(run)
        until(lambda: store.runs.get(run).state == PAUSED)
        step = store.runs.get(run).step
        store.lifecycle.resume(run)
        engine.wake()
        until(lambda step=step: store.runs.get(run).step > step)
        assert pid_of(store, run) == pid
    store.lifecycle.stop(run)
    until(lambda: store.runs.get(run).state == STOPPED)


@one_task("reviews")
def test_waiting_and_paused_runs_can_be_paused_and_stopped(store, engine, task):
    blocker, waiting = start_run(store, engine, task, **LONG), start_run(store, engine, task, **LONG)
    until(lambda: training(store, blocker))
    store.lifecycle.pause(waiting)
    assert store.runs.get(waiting).state == PAUSED
    store.lifecycle.stop(blocker)
    until(lambda: store.runs.get(blocker).state == STOPPED)
    time.sleep(0.5)
    assert store.runs.get(waiting).state == PAUSED  # it does not start by itself
    store.lifecycle.stop(waiting)
    assert (store.runs.get(waiting).state, store.runs.get(waiting).message) == (STOPPED, "Stopped before training started.")


@one_task("text")
def test_a_pause_that_is_taken_back_in_time_does_not_happen(store, task):
    run = store.runs.add(tiny_spec(task), "title")
    store.queue.claim(Rules())
    store.lifecycle.pause(run)
    store.lifecycle.resume(run)
    assert store.lifecycle.requests(run) == (None, None)
    store.lifecycle.pause(run)
    store.lifecycle.stop(run)
    store.lifecycle.resume(run)  # too late: it was stopped since
    assert store.lifecycle.requests(run)[0] == "stop"


@one_task("digits")
def test_a_stop_is_not_forgotten_when_the_process_was_gone_before_it_began(store, task):
    run = store.runs.add(tiny_spec(task), "title")
    store.queue.claim(Rules())
    store.lifecycle.stop(run)
    store.lifecycle.requeue(run)
    assert store.runs.get(run).state == STOPPED


@one_task("reviews")
def test_a_new_learning_rate_acts_while_it_runs_and_is_written_down(store, engine, task):
    run = start_run(store, engine, task, schedule="constant", **LONG)
    until(lambda: training(store, run))
    assert store.runs.get(run).learning_rate == 0.004
    store.lifecycle.set_learning_rate(run, 0.001)
    until(lambda: store.runs.get(run).learning_rate == 0.001)
    note = store.events.read(run, Note)[-1]
    assert note.message == "Learning rate 0.004 → 0.001" and note.epoch > 0
    with pytest.raises(UserError, match="Learning rate must be a number"):
        store.lifecycle.set_learning_rate(run, 1000.0)
    store.lifecycle.stop(run)
    until(lambda: not store.runs.get(run).active)


@one_task("digits")
def test_continue_after_a_stop_goes_on_to_the_same_losses(store, engine, uninterrupted_losses, task):
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    store.lifecycle.stop(run)
    until(lambda: store.runs.get(run).state == STOPPED)
    assert continue_run(run, store, engine.settings) == []
    engine.wake()
    until(lambda: store.runs.get(run).state == FINISHED)
    assert losses(store, run) == uninterrupted_losses


@each_task("reviews")
def test_continue_after_the_end_reads_more_epochs_on_the_same_curve(store, engine, data_dir, task):
    run = start_run(store, engine, task, epochs=2)
    until(lambda: store.runs.get(run).state == FINISHED)
    with pytest.raises(UserError, match="at least 1"):
        continue_run(run, store, engine.settings)
    continue_run(run, store, engine.settings, more=3, learning_rate=0.002)
    until(lambda: store.runs.get(run).state == FINISHED)
    read = store.runs.get(run)
    assert (read.epoch, read.epochs, read.step) == (5, 5, read.steps) and read.message == ""
    assert [p.epoch for p in store.events.curve(run, "val_loss")] == [1, 2, 3, 4, 5]
    assert "Continued at epoch 2.0, until epoch 5, learning rate 0.002" in [note.message for note in store.events.read(run, Note)]


@pytest.mark.slow
@one_task("text")
def test_continue_keeps_the_learning_rate_that_was_set_while_it_ran(store, engine, task):
    run = start_run(store, engine, task, schedule="constant", epochs=900)
    until(lambda: training(store, run))
    store.lifecycle.set_learning_rate(run, 0.001)
    for more in (0, 1):  # on the old plan, and on a new one
        until(lambda: store.runs.get(run).learning_rate == 0.001)
        store.lifecycle.stop(run)
        until(lambda: store.runs.get(run).state == STOPPED)
        step = store.runs.get(run).step
        continue_run(run, store, engine.settings, more=more)
        until(lambda step=step: store.runs.get(run).step > step)
        assert store.runs.get(run).learning_rate == store.runs.get(run).planned_rate == 0.001


def test_continue_on_another_text_says_what_happens_to_strangers(store, engine, data_dir):
    (data_dir / "other.txt").write_text("The wizard was the worst of wizards. " * 100 + "Ü" * 20)
    (data_dir / "greek.txt").write_text("Ἐν ἀρχῇ ἦν ὁ λόγος. " * 100)
    run = start_run(store, engine, epochs=2)
    until(lambda: store.runs.get(run).state == FINISHED)
    with pytest.raises(UserError, match="Train a new network"):
        continue_run(run, store, engine.settings, more=1, source="greek")
    (message,) = continue_run(run, store, engine.settings, more=2, source="other")
    assert "never seen 3 of the text's characters" in message and "z" in message and "left out" in message
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert (read.state, read.epoch) == (FINISHED, 4), log_tail(store, run)
    assert read.title.startswith("other ·") and store.runs.spec(run).data.source == "other"
    notes = store.events.read(run, Note)
    assert any("Continued with other, from epoch 2 on, until epoch 4" in note.message for note in notes)
    assert "z" not in "".join(checkpoints.writer(store, run).write("The ", Sampling(length=300)))


def test_on_other_data_there_is_no_best_epoch_yet(store):
    run = store.runs.add(tiny_spec(epochs=1), "title")
    store.events.record(run, metrics={"val_loss": 2.0, "best_epoch": 1.0})
    for other_data in (False, True):
        store.lifecycle.end(run, "stopped")
        assert "best_epoch" in store.runs.get(run).metrics
        store.lifecycle.continue_run(run, tiny_spec(epochs=2), "said", other_data=other_data)
    assert store.runs.get(run).metrics == {"val_loss": 2.0}


@pytest.mark.slow
def test_continue_on_its_own_text_is_no_change_of_text(store, engine):
    run = start_run(store, engine, epochs=30)
    until(lambda: training(store, run))
    store.lifecycle.stop(run)
    until(lambda: store.runs.get(run).state == STOPPED)
    step = store.runs.get(run).step
    continue_run(run, store, engine.settings, source=store.runs.spec(run).data.source)
    assert store.runs.segment(run)[0] == 0 and store.events.read(run, Note)[-1].message.startswith("Continued at epoch")
    engine.wake()
    until(lambda: store.runs.get(run).step > step)


@each_task()
def test_what_cannot_be_continued_says_why(store, engine, settings, task):
    example.install(store)
    with pytest.raises(UserError, match="came with the project"):
        continue_run(task_of(task).example, store, settings, more=1)
    run = store.runs.add(tiny_spec(task), "title")
    with pytest.raises(UserError, match="is queued"):
        continue_run(run, store, settings)
    store.lifecycle.stop(run)
    with pytest.raises(UserError, match="no checkpoint"):
        continue_run(run, store, settings)


# Turns of real runs


@pytest.mark.slow
@one_task("reviews")
@pytest.mark.parametrize(("workers", "slice_seconds", "epochs"), [(1, 3, 60), (2, 1, 30)])  # longer than a slice on any machine
def test_two_people_take_turns_on_one_slot_and_come_to_the_losses_of_one(
    store, engine, monkeypatch, warm_workers, workers, slice_seconds, epochs, task
):
    """With one process each run continues from its checkpoint; with two, each run keeps its process."""
    monkeypatch.setenv("RNN_CLASS", "1")
    monkeypatch.setenv("RNN_SLOTS", "1")
    monkeypatch.setenv("RNN_SLICE_SECONDS", str(slice_seconds))  # with one process, a change of turns loads the network
    monkeypatch.setenv("RNN_WORKERS", str(workers))
    engine.halt()
    engine = LocalEngine(store, load())
    warm_workers.lend(engine)
    engine.start()
    try:
        spec = tiny_spec(task, **{**SHORT, "epochs": epochs})
        runs = [submit(spec, store, engine.settings, owner=owner) for owner in ("anna", "ben")]
        most = 0

        def ended() -> bool:
            nonlocal most
            most = max(most, len(engine.workers))
            return all(store.runs.get(run).state == FINISHED for run in runs)

        until(ended, seconds=300)
        alone = submit(spec, store, engine.settings, owner="carl")
        until(lambda: store.runs.get(alone).state == FINISHED)
    finally:
        warm_workers.take_back(engine)
    for run in runs:
        assert losses(store, run) == losses(store, alone)
        assert [c.state for c in store.events.read(run, Change)].count(RUNNING) > 1  # it made room and came back
    assert most == workers


# Deleting and renaming


@one_task("text")
def test_a_run_can_be_renamed_and_deleted_with_all_that_it_left(store, engine, task):
    run = start_run(store, engine, task, epochs=1)
    with pytest.raises(UserError, match="Stop it first"):
        store.runs.delete(run)
    until(lambda: store.runs.get(run).state == FINISHED)
    store.runs.rename(run, "  My  best\n one ")
    assert store.runs.get(run).title == "My best one"
    with pytest.raises(UserError, match="at least one character"):
        store.runs.rename(run, " \n")
    assert store.runs.bytes_on_disk(run) > 5_000 and store.disk_mb() > store.runs.bytes_on_disk(run) / 1e6
    store.runs.delete(run)
    assert not store.runs.has(run) and not store.runs.folder(run).exists()
    for table in ("points", "events"):
        assert store.database.read(f"SELECT count(*) FROM {table}")[0][0] == 0


def test_folders_without_a_run_are_swept_away_after_an_hour(store):
    old, fresh, kept = (
        store.runs.make_folder("old"),
        store.runs.make_folder("fresh"),
        store.runs.folder(store.runs.add(tiny_spec(), "t")),
    )
    for folder in (old, kept):
        os.utime(folder, (0, 0))
    store.runs.sweep()
    assert (old.exists(), fresh.exists(), kept.exists()) == (False, True, True)


@one_task("digits")
def test_more_disk_than_allowed_refuses_new_runs_in_words(store, data_dir, monkeypatch, task):
    monkeypatch.setenv("RNN_MAX_DISK_MB", "1")
    (store.runs.make_folder(store.runs.add(tiny_spec(task), "t")) / "weights.npz").write_bytes(b"0" * 2_000_000)
    with pytest.raises(UserError, match="Delete some runs first"):
        submit(tiny_spec(task), store, load())


@one_task("reviews")
def test_one_person_may_have_so_many_runs_on_their_way(store, data_dir, monkeypatch, task):
    monkeypatch.setenv("RNN_CLASS", "1")
    loaded: Settings = load()
    runs = [submit(tiny_spec(task, seed=i), store, loaded, owner="anna") for i in range(3)]
    with pytest.raises(UserError, match="You have 3 active runs"):
        submit(tiny_spec(task), store, loaded, owner="anna")
    submit(tiny_spec(task), store, loaded, owner="ben")
    store.lifecycle.stop(runs[0])
    submit(tiny_spec(task, seed=9), store, loaded, owner="anna")
    assert {run.owner for run in store.runs.newest(owner="anna")} == {"anna"}
