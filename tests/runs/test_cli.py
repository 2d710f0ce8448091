"""The command line as a person uses it: in processes of its own."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_core.runs.records import FINISHED
from rnn_core.runs.store import Store
from tests.conftest import TINY, tiny_spec

ROOT = Path(__file__).parents[2]
SMALL = ["--units", "16", "--embedding", "8", "--sequence-length", "16", "--batch-size", "8", "--epochs", "2"]


def cli(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "rnn_core", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, env=environ
    )


def test_train_sample_list_export(data_dir, home, tmp_path):
    done = cli("train", "--task", "text", "--corpus", "tiny", "--cell", "lstm", "--layers", "2", *SMALL)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert set(last) == {"run", "state", "epochs", "seconds", "steps_per_second", "train_loss", "val_loss"}
    assert (last["state"], last["epochs"]) == (FINISHED, 2) and 0 < last["val_loss"] < 4
    assert "finished  epoch 2.00  train_loss" in done.stderr
    spec = Store(home).spec(last["run"])
    assert [layer.cell for layer in spec.model.layers] == ["lstm", "lstm"]

    run = last["run"][:6]
    wrote = cli("sample", run, "--start-with", "it was ☃", "--length", "80", "--seed", "3")
    assert wrote.returncode == 0 and wrote.stdout.startswith("it was ☃") and len(wrote.stdout) == 8 + 80 + 1
    assert "never saw them: '☃'" in wrote.stderr
    assert cli("sample", run, "--start-with", "it was ☃", "--length", "80", "--seed", "3").stdout == wrote.stdout

    listed = json.loads(cli("runs", "--json").stdout)
    assert [(r["run"], r["task"], r["state"], r["error"]) for r in listed] == [(last["run"], "text", FINISHED, None)]
    assert listed[0]["val_loss"] == last["val_loss"]
    assert last["run"] in cli("runs").stdout

    for form in ("csv", "json", "txt", "npz"):
        out = cli("export", run, "--format", form, cwd=tmp_path)
        assert out.returncode == 0, out.stderr
        assert (tmp_path / out.stdout.strip()).stat().st_size > 100
    rows = list(csv.DictReader(io.StringIO((tmp_path / f"{last['run']}.csv").read_text())))
    assert [float(r["value"]) for r in rows if r["name"] == "val_loss"][-1] == last["val_loss"]
    again = cli("train", "--spec", str(tmp_path / f"{last['run']}.json"))
    assert json.loads(again.stdout.splitlines()[-1])["val_loss"] == last["val_loss"]  # the same seed, the same losses

    assert "is finished already" in cli("stop", run).stderr


def test_keras_export_of_a_run(store, tmp_path):
    from rnn_core.lessons import example

    example.install(store)
    out = cli("export", example.id_of("text"), "--format", "keras", "--out", str(tmp_path / "m.keras"))
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "m.keras").read_bytes().startswith(b"PK")


def test_a_file_can_be_named_as_corpus_and_stop_ends_a_run(tmp_path, home):
    (tmp_path / "mine.txt").write_text(TINY)
    long = [*SMALL[:-1], "999", "--corpus", str(tmp_path / "mine.txt")]
    training = subprocess.Popen(
        [sys.executable, "-m", "rnn_core", "train", *long], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in training.stderr:
        if "train_loss" in line:
            break
    run = Store(home).runs()[0]
    assert run.title.startswith("mine.txt")
    stopped = cli("stop", run.id)
    assert stopped.stdout == f"{run.id} stopped\n"
    out, _ = training.communicate(timeout=30)
    assert training.returncode == 1 and json.loads(out.splitlines()[-1])["state"] == "stopped"


@pytest.mark.parametrize("arguments, said", [
    (["train", "--units", "0"], "Units must be"),
    (["train", "--units", "many"], "Units must be a whole number from 1 to 2,048; it is 'many'."),
    (["train", "--bidirectional"], "cannot generate text"),
    (["train", "--corpus", "nothing"], "no data called"),
    (["train", "--spec", "/nowhere.json"], "/nowhere.json cannot be used: No such file"),
    (["sample", "nothing"], "no run 'nothing'"),
    (["sample", "example", "--temperature", "9"], "Temperature must be"),
    (["data", "get"], "Say what to get"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_sentence_and_not_a_traceback(arguments, said, capsys):
    from rnn_core.cli import main

    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_data_lists_what_is_there(data_dir, capsys):
    from rnn_core.cli import main

    assert main(["data"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"tiny +ready", listed) and re.search(r"shakespeare +not here", listed)


def test_every_knob_is_an_option(capsys):
    from rnn_core.cli import main
    from rnn_core.knob import TASKS
    from rnn_core.spec import knobs

    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = capsys.readouterr().out
    for name in [name for task in TASKS for name in knobs(task)] + ["layers", "preset", "spec", "task"]:
        assert f"--{name.replace('_', '-')}" in shown


def test_a_spec_file_and_options_go_together(tmp_path, data_dir):
    (tmp_path / "s.json").write_text(tiny_spec(epochs=1).to_json())
    done = cli("train", "--spec", str(tmp_path / "s.json"), "--cell", "rnn", "--seed", "5")
    assert json.loads(done.stdout.splitlines()[-1])["epochs"] == 1
