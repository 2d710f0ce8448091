"""Messages of the command line where a run is continued; test_commands.py and test_lifecycle.py continue every task."""

from types import SimpleNamespace

import pytest

from rnn_core import estimate
from rnn_core.cli import train
from rnn_core.cli.main import main
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.engine.local import log_tail
from rnn_core.runs.scheduler import Rules
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import FINISHED, STOPPED
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import continue_run, submit
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import each_task, tiny_spec
from tests.runs.helpers import until
from tests.runs.old_store import downgrade


def trained(store, engine, spec: RunSpec) -> str:
    run = submit(spec, store, engine.settings)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FINISHED, log_tail(store, run)
    return run


@pytest.mark.slow
def test_other_data_is_refused_in_words_where_its_task_keeps_to_one(store, engine, in_this_process, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("It was the best of times.")
    for task in sorted(name for name in task_names() if not task_of(name).other_data):
        run = trained(store, engine, tiny_spec(task, epochs=1))
        assert main(["continue", run, "--more", "1", "--source", str(tmp_path / "mine.txt")]) == 2
        message = capsys.readouterr().err
        assert (
            message.startswith(f"A run on {task} can only be continued on the data that it was trained on.")
            and message.count("\n") == 1
        )
        assert store.runs.get(run).state == FINISHED and not (store.home / "uploads").exists()


@pytest.mark.slow
def test_each_note_is_a_line(store, engine, data_dir, monkeypatch, capsys):
    (data_dir / "other.txt").write_text("The wizard was the worst of wizards. " * 100)
    run = trained(store, engine, tiny_spec(epochs=1))
    monkeypatch.setattr(train, "train_to_end", lambda *_: 0)
    assert main(["continue", run, "--more", "1", "--source", "other"]) == 0
    message = capsys.readouterr().err
    assert message.startswith("The network has never seen 2 of the text's characters") and message.endswith("They are left out.\n")


def test_a_test_is_for_one_use_unless_it_is_asked_for_again(store, engine, in_this_process):
    run = trained(store, engine, tiny_spec("digits", epochs=1))
    first = store.runs.get(run)
    assert first.results["tested_epoch"] == 1 and first.outdated_test is None
    for again, at, noted in ((False, 1, 0), (True, 3, 1), (True, 4, 2)):
        continue_run(run, store, engine.settings, more=1, test_again=again)
        engine.wake()
        until(lambda: not store.runs.get(run).active)
        read = store.runs.get(run)
        assert read.results["tested_epoch"] == at and read.outdated_test == (None if at == read.epoch else at)
        notes = [note.message for note in store.events.read(run, Note) if note.message.startswith("Tested again")]
        assert notes == ["Tested again: the 2nd time", "Tested again: the 3rd time"][:noted]
        assert (read.results["test_loss"] == first.results["test_loss"]) == (not again)


def test_a_run_that_ended_early_says_so_and_has_its_patience_again(store, engine, in_this_process):
    run = trained(store, engine, tiny_spec("digits", epochs=40, patience=1, learning_rate=0.08, schedule="constant", dropout=0.3))
    first = store.runs.get(run)
    assert first.epoch == first.metrics["best_epoch"] + 1 < 40
    assert first.message.startswith(f"Ended early, after {first.epoch:g} of 40 epochs: validation loss has not fallen for")
    continue_run(run, store, engine.settings)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    assert store.runs.get(run).state == FINISHED and store.runs.get(run).epoch > first.epoch


@each_task("digits")
def test_what_needs_more_memory_than_is_free_is_not_continued(store, engine, in_this_process, monkeypatch, task):
    run = trained(store, engine, tiny_spec(task, epochs=1))
    monkeypatch.setattr(estimate.psutil, "virtual_memory", lambda: SimpleNamespace(available=1e6, total=8e9))
    with pytest.raises(UserError, match=r"needs about \d+\.\d GB of memory, and 0\.0 GB are free now\. Choose a smaller"):
        continue_run(run, store, engine.settings, more=1)
    assert store.runs.get(run).state == FINISHED


def test_a_run_that_was_never_tested_is_tested_at_its_first_end(store):
    run = store.runs.add(tiny_spec("digits", epochs=1), "title")
    store.queue.claim(Rules())
    store.lifecycle.end(run, STOPPED)
    assert not store.runs.get(run).was_tested and store.runs.tests_at_end(run)
    store.lifecycle.continue_run(run, store.runs.spec(run), "said", test_at_end=not store.runs.get(run).was_tested)
    assert store.runs.tests_at_end(run)
    store.runs.set_test_results(run, 2.0, test_accuracy=0.5, test_loss=float("nan"))
    store.runs.add_results(run, counting_accuracy=0.4)
    store.runs.set_test_results(run, 3.0, test_accuracy=0.6)
    assert store.runs.get(run).results == {"test_accuracy": 0.6, "tested_epoch": 3.0, "times_tested": 2}


def test_results_of_an_older_store_are_those_of_the_epoch_at_which_it_finished(store, home):
    run = store.runs.add(tiny_spec("digits", epochs=1), "title")
    store.events.record(run, epoch=2.0)
    store.lifecycle.end(run, FINISHED)
    store.runs.add_results(run, test_accuracy=0.5)
    store.events.record(run, epoch=3.5)
    with store.database.connection() as db:
        downgrade(db, 3)
    read = Store(home).runs.get(run)
    assert (read.results["tested_epoch"], read.outdated_test) == (2.0, 2.0)
