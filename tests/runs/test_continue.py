"""What the command line says where a run is continued; that every task is, test_cli.py and test_life.py show."""

from rnn_core import cli
from rnn_core.knob import TASKS
from rnn_core.runs.engine import log_tail
from rnn_core.runs.records import FINISHED
from rnn_core.runs.submit import OTHER_DATA, submit
from rnn_core.spec import RunSpec
from tests.conftest import tiny_spec
from tests.runs.looks import until


def trained(store, engine, spec: RunSpec) -> str:
    run = submit(spec, store, engine.settings)
    engine.wake()
    until(lambda: not store.get(run).active)
    assert store.get(run).state == FINISHED, log_tail(store, run)
    return run


def test_other_data_is_refused_in_words_where_its_task_keeps_to_one(store, engine, in_this_process, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("It was the best of times.")
    for task in sorted(set(TASKS) - set(OTHER_DATA)):
        run = trained(store, engine, tiny_spec(task, epochs=1))
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
