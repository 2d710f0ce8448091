"""A run of every task is continued from the command line, and told what its task does not allow."""

import json

import pytest

from rnn_core import cli
from rnn_core.knob import TASKS
from rnn_core.runs.engine import LocalEngine, log_tail
from rnn_core.runs.records import FINISHED
from rnn_core.runs.submit import OTHER_DATA, submit
from rnn_core.spec import RunSpec
from tests.conftest import tiny_spec
from tests.runs.looks import until

SMALL = {
    "text": {"corpus": "tiny", "embedding": 8, "sequence_length": 16},
    "digits": {"dataset": "digits-8x8", "examples": 200},
    "reviews": {"dataset": "four-sentences", "embedding": 8, "length": 20},
}


def small_spec(task: str, **knobs) -> RunSpec:
    """A spec of any task that trains in about a second."""
    return RunSpec.from_knobs(task, **{**SMALL[task], "units": 8, "batch_size": 8, "epochs": 1, **knobs})


@pytest.fixture(params=TASKS)
def task(request) -> str:
    return request.param


def trained(store, engine, spec: RunSpec) -> str:
    run = submit(spec, store, engine.settings)
    engine.wake()
    until(lambda: not store.get(run).active)
    assert store.get(run).state == FINISHED, log_tail(store, run)
    return run


def test_the_command_line_continues_it(task, store, engine, in_this_process, monkeypatch, capsys, warm_workers):
    run = trained(store, engine, small_spec(task))
    warm_workers.take_back(engine)
    start = LocalEngine.start
    monkeypatch.setattr(LocalEngine, "start", lambda engine: warm_workers.lend(engine) or start(engine))
    monkeypatch.setattr(LocalEngine, "close", lambda engine: warm_workers.take_back(engine))
    assert cli.main(["continue", run, "--more", "1"]) == 0
    out, said = capsys.readouterr()
    last = json.loads(out.splitlines()[-1])
    assert (last["run"], last["state"], last["epochs"]) == (run, FINISHED, 2), said
    assert "finished  epoch 2.00  train_loss" in said


def test_other_data_is_refused_in_words_where_its_task_keeps_to_one(store, engine, in_this_process, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("It was the best of times.")
    for task in sorted(set(TASKS) - set(OTHER_DATA)):
        run = trained(store, engine, small_spec(task))
        assert cli.main(["continue", run, "--more", "1", "--corpus", str(tmp_path / "mine.txt")]) == 2
        said = capsys.readouterr().err
        assert (
            said.startswith(f"A run on {task} can only be continued on the data that it was trained on.") and said.count("\n") == 1
        )
        assert store.get(run).state == FINISHED and not (store.home / "uploads").exists()


def test_each_note_is_a_line(store, engine, data_dir, monkeypatch, capsys):
    (data_dir / "other.txt").write_text("The wizard was the worst of wizards. " * 100)
    run = trained(store, engine, tiny_spec(epochs=1))
    monkeypatch.setattr(cli, "_see_through", lambda *_: 0)
    assert cli.main(["continue", run, "--more", "1", "--corpus", "other"]) == 0
    said = capsys.readouterr().err
    assert said.startswith("The network has never seen 2 of the text's characters") and said.endswith("They are left out.\n")
