"""The command line as a person uses it, in separate processes; where it trains again, in this process with a warm worker."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn_core.cli.main import main
from rnn_core.lessons import example
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.rows import FINISHED
from rnn_core.runs.store.store import Store
from rnn_core.tasks.reviews.sources import OWN_REVIEWS
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import TINY, each_task, one_task, tiny_spec

ROOT = Path(__file__).parents[2]
SMALL = ["--units", "16", "--embedding", "8", "--sequence-length", "16", "--batch-size", "8", "--epochs", "2"]


def cli(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "rnn_core", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture
def cli_here(monkeypatch, capsys, warm_workers, in_this_process):
    """`cli_here("train", ...)` returns its standard output, its standard error and its exit status."""
    start = LocalEngine.start
    monkeypatch.setattr(LocalEngine, "start", lambda engine: warm_workers.lend(engine) or start(engine))
    monkeypatch.setattr(LocalEngine, "close", lambda engine: warm_workers.take_back(engine))

    def run(*arguments: str) -> subprocess.CompletedProcess:
        capsys.readouterr()
        status = main(list(arguments))
        return subprocess.CompletedProcess(arguments, status, *capsys.readouterr())

    return run


@each_task("digits", "reviews")
def test_every_task_trains_is_listed_exported_continued_and_trained_again(data_dir, home, tmp_path, monkeypatch, cli_here, task):
    (tmp_path / "spec.json").write_text(tiny_spec(task).to_json())
    done = cli_here("train", "--spec", str(tmp_path / "spec.json"))
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["state"], last["epochs"]) == (FINISHED, 2) and (f"test_{task_of(task).metrics[-1]}" in last) == (task != "text")
    assert "finished  epoch 2.00  train_loss" in done.stderr
    run = last["run"][:6]
    (listed,) = json.loads(cli_here("runs", "--json").stdout)
    assert (listed["run"], listed["task"], listed["val_loss"]) == (last["run"], task, last["val_loss"])

    monkeypatch.chdir(tmp_path)
    for form in ("csv", "json", "npz"):
        out = cli_here("export", run, "--format", form)
        assert out.returncode == 0, out.stderr
        assert (tmp_path / out.stdout.strip()).stat().st_size > 100
    rows = list(csv.DictReader(io.StringIO((tmp_path / f"{last['run']}.csv").read_text())))
    assert [float(r["value"]) for r in rows if r["name"] == "val_loss"][-1] == last["val_loss"]
    again = cli_here("train", "--spec", str(tmp_path / f"{last['run']}.json"))
    assert json.loads(again.stdout.splitlines()[-1])["val_loss"] == last["val_loss"]  # the same seed, the same losses
    more = cli_here("continue", run, "--more", "1", "--learning-rate", "0.001")
    assert more.returncode == 0, more.stderr
    assert json.loads(more.stdout.splitlines()[-1])["epochs"] == 3
    assert "is finished already" in cli_here("stop", run).stderr


@pytest.mark.slow
def test_train_and_sample_in_processes_of_their_own(data_dir, home, tmp_path, monkeypatch, cli_here):
    done = cli("train", "--task", "text", "--source", "tiny", "--cell", "lstm", "--layers", "2", *SMALL)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert set(last) == {"run", "state", "epochs", "seconds", "steps_per_second", "train_loss", "val_loss", "best_epoch"}
    assert (last["state"], last["epochs"]) == (FINISHED, 2) and 0 < last["val_loss"] < 4
    assert "finished  epoch 2.00  train_loss" in done.stderr
    spec = Store(home).runs.spec(last["run"])
    assert [layer.cell for layer in spec.model.layers] == ["lstm", "lstm"]

    run = last["run"][:6]
    wrote = cli("sample", run, "--start-with", "it was ☃", "--length", "80", "--seed", "3")
    assert wrote.returncode == 0 and wrote.stdout.startswith("it was ☃") and len(wrote.stdout) == 8 + 80 + 1
    assert "never saw them: '☃'" in wrote.stderr
    assert cli_here("sample", run, "--start-with", "it was ☃", "--length", "80", "--seed", "3").stdout == wrote.stdout

    listed = json.loads(cli("runs", "--json").stdout)
    assert [(r["run"], r["task"], r["state"], r["error"]) for r in listed] == [(last["run"], "text", FINISHED, None)]
    assert listed[0]["val_loss"] == last["val_loss"]
    assert last["run"] in cli_here("runs").stdout

    monkeypatch.chdir(tmp_path)
    samples = Path(cli_here("export", run, "--format", "txt").stdout.strip()).read_text(encoding="utf-8")
    assert all(sample.text in samples for sample in Store(home).events.read(last["run"], Sample))


@pytest.mark.slow
@one_task("digits")
def test_keras_export_says_what_our_forward_pass_says(store, tmp_path, cli_here, task):
    """Loaded in a separate process without this project."""
    example.install(store)
    ids, pictures = np.array([[3, 2, 5], [9, 4, 2]]), np.random.default_rng(1).random((2, 28, 28)).astype(np.float32)
    x = pictures if task == "digits" else ids
    out = cli_here("export", task_of(task).example, "--format", "keras", "--out", str(tmp_path / "model.keras"))
    assert out.returncode == 0, out.stderr
    np.save(tmp_path / "x.npy", x)
    code = (
        "import keras, json, numpy as np\n"
        "model = keras.models.load_model('model.keras')\n"
        "print(json.dumps(np.asarray(model(np.load('x.npy'))).tolist()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    network = checkpoints.network(store, task_of(task).example)
    ours = network.run(x)[0] if task == "text" else network.classify(x)
    np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]), ours, atol=1e-5)


def test_digits_and_reviews_end_with_their_test_accuracy(data_dir, home, cli_here):
    digits = cli_here("train", "--task", "digits", "--preset", "quick", "--batch-size", "32", "--epochs", "2")
    last = json.loads(digits.stdout.splitlines()[-1])
    assert "data: Small digits (8 × 8)" in digits.stderr and last["state"] == FINISHED
    assert {"train_accuracy", "val_accuracy", "test_accuracy", "test_loss"} <= set(last) and last["test_accuracy"] > 0.4
    reviews = cli_here("train", "--task", "reviews", "--units", "8", "--embedding", "8", "--epochs", "1", "--examples", "500")
    last = json.loads(reviews.stdout.splitlines()[-1])
    assert "data: Little review language" in reviews.stderr
    assert {"test_accuracy", "counting_accuracy", "order_accuracy", "counting_order_accuracy"} <= set(last)
    assert [r["task"] for r in json.loads(cli_here("runs", "--json").stdout)] == ["reviews", "digits"]


def test_own_sentences_come_as_a_csv(tmp_path, home, cli_here):
    rows = [f"this is {'good' if i % 2 else 'bad'} number {i};{'pos' if i % 2 else 'neg'}" for i in range(30)]
    (tmp_path / "mine.csv").write_text("\n".join(["text;label", *rows]))
    done = cli_here(
        "train", "--task", "reviews", "--source", str(tmp_path / "mine.csv"), "--units", "8", "--epochs", "2", "--batch-size", "8"
    )
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["state"] == FINISHED and Store(home).runs.get(last["run"]).title.startswith("mine.csv")
    assert "test_accuracy" in last and (Store(home).runs.folder(last["run"]) / OWN_REVIEWS).exists()


@pytest.mark.slow
def test_a_file_can_be_named_as_corpus_and_stop_ends_a_run(tmp_path, home):
    (tmp_path / "mine.txt").write_text(TINY)
    long = [*SMALL[:-1], "999", "--source", str(tmp_path / "mine.txt")]
    training = subprocess.Popen(
        [sys.executable, "-m", "rnn_core", "train", *long], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in training.stderr:
        if "train_loss" in line:
            break
    run = Store(home).runs.newest()[0]
    assert run.title.startswith("mine.txt")
    stopped = cli("stop", run.id)
    assert stopped.stdout == f"{run.id} stopped\n"
    out, _ = training.communicate(timeout=30)
    assert training.returncode == 1 and json.loads(out.splitlines()[-1])["state"] == "stopped"


@pytest.mark.parametrize("arguments, message", [
    (["train", "--units", "0"], "Units must be"),
    (["train", "--units", "many"], "Units must be a whole number from 1 to 2,048; it is 'many'."),
    (["train", "--bidirectional"], "cannot generate text"),
    (["train", "--source", "nothing"], "no data called"),
    (["train", "--spec", "/nowhere.json"], "/nowhere.json cannot be used: No such file"),
    (["sample", "nothing"], "no run 'nothing'"),
    (["sample", "example", "--temperature", "9"], "Temperature must be"),
    (["data", "get"], "needs the name of the data"),
    (["train", "--task", "reviews", "--preset", "four-sentences", "--source", "imdb"], "has its own data. Leave --preset out"),
    (["train", "--task", "digits", "--preset", "bilstm"], "has no preset 'bilstm'. It has: quick, course"),
    (["train", "--task", "digits", "--source", "mnist"], "MNIST has not been downloaded yet"),
    (["train", "--task", "digits", "--dataset", "mnist"], "MNIST has not been downloaded yet"),
    (["train", "--corpus", "nothing"], "no data called"),
    (["train", "--corpus", "nothing", "--source", "tiny"], "corpus is an earlier name of source"),
    (["train", "--task", "reviews", "--read-out", "none"], "Pooling must be one of last, mean, max"),
    (["train", "--task", "reviews", "--read-out", "max", "--pooling", "mean"], "read_out is an earlier name of pooling"),
    (["train", "--task", "reviews", "--source", "my", "file.csv"], "reads one file, and 2 are named"),
    (["train", "--task", "digits", "--vocabulary", "9"], "The task 'digits' has no option called 'vocabulary'"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_sentence_and_not_a_traceback(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_data_lists_what_is_there(data_dir, capsys):
    assert main(["data"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"tiny +ready", listed) and re.search(r"shakespeare +not here", listed)


def test_every_option_is_a_flag(capsys):
    from rnn_core.run_spec import options_of

    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = capsys.readouterr().out
    for name in [name for task in task_names() for name in options_of(task)] + ["layers", "preset", "spec", "task"]:
        assert f"--{name.replace('_', '-')}" in shown
    assert not any(earlier in shown for earlier in ("--corpus", "--dataset", "--read-out"))


def test_a_spec_file_and_options_go_together(tmp_path, data_dir, cli_here):
    (tmp_path / "s.json").write_text(tiny_spec(epochs=1).to_json())
    done = cli_here("train", "--spec", str(tmp_path / "s.json"), "--cell", "rnn", "--seed", "5")
    assert json.loads(done.stdout.splitlines()[-1])["epochs"] == 1


@pytest.mark.parametrize("task", ["digits", "reviews"])
def test_only_runs_on_text_write(store, capsys, task):
    example.install(store)
    assert main(["sample", task_of(task).example]) == 2
    assert "Only runs on text can write" in capsys.readouterr().err
