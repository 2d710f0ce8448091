"""The Keras model of a run: written by its worker, or by one process at a time."""

import threading
import time

import pytest

from rnn_core.errors import UserError
from rnn_core.export import model
from rnn_core.export.model import ModelQueue
from rnn_core.runs import checkpoints
from rnn_core.runs.engine import worker
from rnn_core.runs.store.rows import FINISHED, PAUSED, STOPPED
from rnn_core.runs.store.store import LOG, MODEL, WEIGHTS
from tests.conftest import one_task, tiny_spec
from tests.runs.helpers import LONG, start_run, training, until


@one_task("digits")
def test_the_worker_writes_the_model_when_a_run_pauses_stops_and_ends(store, engine, task):
    run = start_run(store, engine, task, **LONG)
    until(lambda: training(store, run))
    assert not model.is_ready(store, run) and model.trains(store.runs.get(run))
    store.lifecycle.pause(run)
    until(lambda: store.runs.get(run).state == PAUSED)
    until(lambda: model.is_ready(store, run))
    assert not model.trains(store.runs.get(run))
    store.lifecycle.resume(run)
    engine.wake()
    until(lambda: not model.is_ready(store, run))  # there are newer weights
    store.lifecycle.stop(run)
    until(lambda: store.runs.get(run).state == STOPPED)
    until(lambda: model.is_ready(store, run))
    ended = start_run(store, engine, task, epochs=1)
    until(lambda: store.runs.get(ended).state == FINISHED)
    until(lambda: model.is_ready(store, ended))
    assert "Traceback" not in (store.runs.folder(ended) / LOG).read_text()


def test_a_disk_that_is_full_costs_the_model_and_not_the_run(store, capsys):
    run = store.runs.add(tiny_spec(), "title")
    worker._write_model(store.runs.spec(run), store.runs.folder(run))  # there are no weights
    assert "FileNotFoundError" in capsys.readouterr().err
    assert not (store.runs.folder(run) / MODEL).exists()


@pytest.fixture
def runs(store) -> list[str]:
    """Five ended runs with weights and no model."""
    made = [store.runs.add(tiny_spec(seed=i), f"Run {i}") for i in range(5)]
    for run in made:
        checkpoints.save(store.runs.folder(run), {})
        store.lifecycle.end(run, FINISHED)
    return made


def test_thirty_people_wait_for_one_process_at_a_time_and_once_for_each_run(store, runs):
    at_work, most, written = 0, 0, []
    go = threading.Event()

    def write(store, run, weights, out):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        go.wait(10)
        time.sleep(0.02)
        written.append(run)
        at_work -= 1

    queue = ModelQueue(store, write)
    for _ in range(6):
        for run in runs:
            queue.request(run)
    until(lambda: at_work == 1)
    assert [queue.place(run) for run in runs] == [0, 1, 2, 3, 4]
    go.set()
    until(lambda: queue.place(runs[-1]) is None)
    assert (most, written) == (1, runs)
    queue.request(runs[0])  # the queue has not ended for good
    until(lambda: len(written) == 6)


def test_an_error_is_a_sentence_and_the_next_model_is_written(store, runs):
    def write(store, run, weights, out):
        if run == runs[0]:
            raise UserError("Keras could not save the model: no space.")
        if run == runs[1]:
            raise ZeroDivisionError

    queue = ModelQueue(store, write)
    for run in runs[:3]:
        queue.request(run)
    until(lambda: queue.place(runs[2]) is None)
    assert queue.errors(runs[0]) == ("Keras could not save the model: no space.",)
    assert "could not be written (ZeroDivisionError)" in queue.errors(runs[1])[0]
    assert queue.errors(runs[2]) == ()
    queue.request(runs[0])
    until(lambda: queue.place(runs[0]) is None and queue.errors(runs[0]))


def test_a_model_that_is_there_is_not_written_again(store, runs):
    folder = store.runs.folder(runs[0])
    (folder / MODEL).write_bytes(b"model")
    import os

    when = (folder / WEIGHTS).stat().st_mtime_ns
    os.utime(folder / MODEL, ns=(when, when))
    queue = ModelQueue(store, lambda *_: pytest.fail("there is a model"))
    queue.request(runs[0])
    until(lambda: queue.place(runs[0]) is None)
    assert queue.errors(runs[0]) == () and model.saved(store, runs[0]).model == b"model"


@pytest.mark.slow
def test_a_process_of_its_own_writes_the_model_of_an_older_run(store, engine):
    run = start_run(store, engine, "digits", epochs=1)
    until(lambda: model.is_ready(store, run))
    (store.runs.folder(run) / MODEL).unlink()
    queue = ModelQueue(store)
    queue.request(run)
    until(lambda: queue.place(run) is None)
    assert queue.errors(run) == () and model.is_ready(store, run)
