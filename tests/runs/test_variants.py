"""Runs like another but for one setting: values to try, other seeds, and nothing trained twice."""

import pytest

from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.errors import UserError
from rnn_core.run_spec import options_of
from rnn_core.runs import variants
from rnn_core.runs.store.rows import FINISHED, STOPPED
from tests.conftest import each_task, one_task, tiny_spec


@each_task()
def test_every_suggested_value_makes_a_spec_that_differs_in_this_option_alone(task):
    spec, refused = tiny_spec(task), []
    for name in variants.changeable(task):
        assert variants.suggestions(spec, name), name
        for text in variants.suggestions(spec, name):
            try:
                changed = variants.changed(spec, name, text)
            except UserError as error:
                refused.append((name, error))
                continue
            assert variants.value_of(changed, name) != variants.value_of(spec, name), (name, text)
            back = {name: variants.value_of(spec, name)}
            assert changed.changed(**back) == spec, (name, text)
    assert {name for name, _ in refused} <= {"bidirectional"}  # which text cannot have, and says so


@each_task()
def test_cells_come_first_and_data_is_no_option(task):
    names = list(variants.changeable(task))
    assert names[:4] == ["cell", "units", "layers", "dropout"] and "source" not in names
    assert not any(options_of(task)[name].of_source for name in names if name != "layers")


def test_typed_values_are_checked():
    spec = tiny_spec()
    assert variants.changed(spec, "learning_rate", " 0.02 ").training.learning_rate == 0.02
    assert len(variants.changed(spec, "layers", "3").model.layers) == 3
    for name, text in (
        ("units", "many"),
        ("units", "0"),
        ("layers", "9"),
        ("layers", "two"),
        ("learning_rate", "nan"),
        ("units", "16"),
    ):
        with pytest.raises(UserError):
            variants.changed(spec, name, text)
    assert variants.checked_values([" 8", "8", "", "9 "]) == ["8", "9"]
    for texts in ([], [" "], ["1" * 50]):
        with pytest.raises(UserError):
            variants.checked_values(texts)


def test_all_cells_differ_in_nothing_else():
    spec = tiny_spec(layers=[{"cell": "lstm", "units": 8}, {"cell": "gru", "units": 4}])
    specs = variants.cells_of(spec)
    assert [{layer.cell for layer in each.model.layers} for each in specs] == [{name} for name in CELLS]
    assert variants.cell_names() == "SimpleRNN, LSTM and GRU"


def test_other_seeds_follow_the_first_and_stay_within_the_limits():
    spec = tiny_spec(seed=5)
    assert [each.seed for each in variants.with_seeds([spec], 3)] == [6, 7]
    assert [each.seed for each in variants.with_seeds([spec, spec.changed(seed=6)], 3)] == [7]
    assert variants.with_seeds([spec, spec.changed(seed=6), spec.changed(seed=9)], 3) == []
    assert [each.seed for each in variants.with_seeds([spec.changed(seed=2**31 - 1)], 3)] == [0, 1]
    assert [each.seed for each in variants.with_seeds([spec, spec], 3)] == [6, 7]  # the same seed twice counts once


def test_a_run_with_the_same_spec_is_not_trained_again(store, settings, data_dir):
    settings, spec = settings_of.load(), tiny_spec()
    first = variants.start([spec, spec.changed(seed=2)], store, settings)
    assert (len(first.runs), first.new, first.refused) == (2, 2, ())
    again = variants.start([spec, spec.changed(seed=2), spec.changed(seed=3)], store, settings)
    assert again.runs[:2] == first.runs and again.new == 1 and again.note(3) == ()
    store.lifecycle.end(first.runs[0], STOPPED)
    assert variants.equal_runs([spec], store, None)[0] is None  # what was stopped has not read all its epochs
    store.lifecycle.end(first.runs[1], FINISHED)
    assert variants.equal_runs([spec.changed(seed=2)], store, None)[0].id == first.runs[1]


def test_a_run_with_another_history_is_no_repetition(store, settings, data_dir):
    spec = tiny_spec()
    (run,) = variants.start([spec], store, settings_of.load()).runs
    store.lifecycle.set_learning_rate(run, 0.1)
    assert variants.equal_runs([spec], store, None)[0] is None


def test_what_the_queue_has_no_place_for_is_said_and_follows_later(store, data_dir, monkeypatch):
    monkeypatch.setenv("RNN_CLASS", "1")
    monkeypatch.setenv("RNN_MAX_WAITING", "1")
    settings, specs = settings_of.load(), [tiny_spec(seed=seed) for seed in (1, 2, 3)]
    ada, ben = store.people.enter("Ada").id, store.people.enter("Ben").id
    started = variants.start(specs, store, settings, ada)
    assert len(started.runs) == started.new == 2
    (note,) = started.note(3)
    assert note.startswith("2 of 3 runs exist now. ") and "You have 2 active runs" in note
    store.lifecycle.end(started.runs[0], FINISHED)
    later = variants.start(specs, store, settings, ada)
    assert later.runs[:2] == started.runs and (later.new, later.refused) == (1, ())
    assert variants.start(specs[:1], store, settings, ben).new == 1  # others' runs are not taken


def test_data_that_is_gone_is_said(store, settings):
    started = variants.start([tiny_spec(source="gone")], store, settings)
    assert (started.runs, started.new) == ((), 0) and started.refused


@one_task("digits")
def test_a_damaged_run_is_not_looked_at(store, settings, task):
    spec = tiny_spec(task)
    (run,) = variants.start([spec], store, settings).runs
    with store.database.change() as db:
        db.execute("UPDATE runs SET spec = '{' WHERE id = ?", (run,))
    assert variants.equal_runs([spec], store, None) == [None]
    assert variants.equal_runs([], store, None) == []
