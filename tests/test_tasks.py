"""One contract over all tasks, a made-up one among them: what works for one task works for every task."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.cli.main import main
from rnn_core.errors import UserError
from rnn_core.export.formats import FORMATS, export
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs import checkpoints
from rnn_core.runs.engine.local import log_tail
from rnn_core.runs.store.rows import FAILED, FINISHED, PAUSED
from rnn_core.runs.submit import continue_run, resume
from rnn_core.spec.model_io import Tokens
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import COUNTING, tiny_spec
from tests.runs.helpers import SHORT, answers, pid_of, some_input, start_run, training, until

ROOT = Path(__file__).parents[1]
TASKS = [*task_names(), "counting"]
each = pytest.mark.parametrize("task", TASKS)


@pytest.fixture(autouse=True)
def with_the_made_up_task(monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)


def test_a_setting_adds_tasks_behind_our_own():
    assert task_names() == tuple(TASKS)
    with pytest.raises(UserError, match="Task must be one of text, digits, reviews, series, memory, counting; it is 'colours'"):
        task_of("colours")


@pytest.mark.parametrize(
    ("listed", "sentence"),
    [
        ("counting", "RNN_TASKS must be a list such as counting=my_tasks.counting"),
        ("a=no.such.module", "The task a cannot be used (ModuleNotFoundError: No module named 'no')"),
        ("a=json", "The task a cannot be used (AttributeError"),
        ("a=tests.tasks.no_task", "The task a cannot be used (ZeroDivisionError"),
        ("a=tests.tasks.other_task", "the TASK of tests.tasks.other_task must be a Task, and it is a str"),
        ("text=tests.tasks.counting", "RNN_TASKS lists text, which is the name of a bundled task"),
        ("ones=tests.tasks.counting", "RNN_TASKS calls a task ones; its module tests.tasks.counting calls it counting"),
    ],
)
def test_a_setting_that_names_no_task_is_a_sentence(monkeypatch, listed, sentence):
    monkeypatch.setenv("RNN_TASKS", listed)
    with pytest.raises(UserError) as error:
        [task_of(name) for name in task_names()]
    assert sentence in str(error.value)


def test_the_command_line_says_what_is_wrong_with_a_task(monkeypatch, capsys):
    monkeypatch.setenv("RNN_TASKS", "a=no.such.module")
    assert main(["data"]) == 2
    assert "The task a cannot be used" in capsys.readouterr().err


@each
def test_what_a_task_says_before_there_is_data_is_true_of_its_data(task, data_dir, settings, tmp_path):
    task_object, spec = task_of(task), tiny_spec(task)
    dataset = task_object.dataset(spec, tmp_path, settings, False)
    model_io = dataset.model_io
    assert type(model_io.input) is task_object.input and model_io.per_timestep == task_object.per_timestep
    assert model_io.output.metrics == task_object.metrics and model_io.output.guessing_loss > 0
    assert task_object.model_io(spec, tmp_path) == model_io  # from what the dataset left in the run's folder
    inputs, targets = next(dataset.training(0))
    assert len(inputs) == len(targets) == dataset.batch and inputs.ndim == (2 if task_object.input is Tokens else 3)
    checked = task_object.check_data(spec, settings)
    assert (checked.work.batch, checked.work.steps) == (dataset.batch, dataset.steps) and checked.work.model_io == model_io


@each
def test_every_preset_is_possible_and_every_link_and_file_leads_back(task, settings):
    for name in task_of(task).presets:
        spec = spec_of(task, name, source=sources.default(task, settings))
        assert RunSpec.from_short(spec.to_short()) == spec == RunSpec.from_json(spec.to_json())
        assert spec.flat().keys() == options_of(task).keys()


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_a_run_lives(task, store, engine):
    """Trained, paused, killed, continued at another learning rate, tried, exported: and Keras answers the same."""
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    store.lifecycle.pause(run)
    until(lambda: store.runs.get(run).state == PAUSED)
    resume(run, store, engine.settings)
    engine.wake()
    step = store.runs.get(run).step
    until(lambda: store.runs.get(run).step > step and (pid := pid_of(store, run)) and os.kill(pid, signal.SIGKILL) is None)
    until(lambda: store.runs.get(run).state == FAILED)
    assert store.runs.get(run).message
    continue_run(run, store, engine.settings, more=1, learning_rate=0.002)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    read = store.runs.get(run)
    assert (read.state, read.epoch) == (FINISHED, SHORT["epochs"] + 1), log_tail(store, run)
    names = {f"{part}_{name}" for part in ("train", "val") for name in task_of(task).metrics}
    assert read.metrics.keys() == names | {"best_epoch"} and 1 <= read.metrics["best_epoch"] <= read.epoch
    dataset = task_of(task).dataset(store.runs.spec(run), store.runs.folder(run), engine.settings, True)
    assert read.was_tested == (next(dataset.test(), None) is not None)
    assert len(answers(store, run))
    for form in FORMATS:
        if form == "txt" and not task_of(task).sample:
            with pytest.raises(UserError, match="no samples"):
                export(store, run, form, engine.settings)
        else:
            assert export(store, run, form, engine.settings)
    _keras_answers_the_same(store, run, export(store, run, "keras", engine.settings))


def _keras_answers_the_same(store, run: str, model: bytes) -> None:
    import keras

    path = store.runs.folder(run) / "model.keras"
    path.write_bytes(model)
    model_io, network = checkpoints.model_io(store.runs.spec(run), store.runs.folder(run)), checkpoints.network(store, run)
    given = some_input(model_io)
    ours = network.run(given)[0] if model_io.per_timestep else network.classify(given)
    np.testing.assert_allclose(keras.models.load_model(path).predict(given, verbose=0), ours, atol=1e-5)


@each
def test_the_command_line_knows_its_data(task, capsys):
    assert main(["data"]) == 0
    assert task in {line.split()[0] for line in capsys.readouterr().out.splitlines()}


def test_the_command_line_trains_a_made_up_task_in_processes_that_know_it(data_dir):
    done = subprocess.run(
        [sys.executable, "-m", "rnn_core", "train", "--task", "counting", "--timesteps", "5", "--units", "8", "--epochs", "1"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, env={**os.environ, "RNN_TASKS": COUNTING},
    )  # fmt: skip
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["state"], last["epochs"]) == (FINISHED, 1), done.stderr
    assert {"train_accuracy", "val_accuracy", "test_accuracy"} <= last.keys()


def test_tasks_are_told_to_a_process_that_only_gets_the_settings(monkeypatch):
    from rnn_core.tasks.task import add_tasks

    listed = settings_of.Settings.from_json(settings_of.load().to_json()).tasks
    monkeypatch.delenv("RNN_TASKS")
    assert "counting" not in task_names()
    monkeypatch.setenv("RNN_TASKS", "")  # so that what follows is undone
    add_tasks(listed)
    assert task_of("counting").name == "counting"


def test_importing_all_tasks_takes_numpy_and_the_standard_library():
    """A worker pays 130 MB for pandas and scikit-learn."""
    script = """
import sys
from rnn_core.tasks.task import all_tasks
all_tasks()
heavy = {"pandas", "sklearn", "scipy", "PIL", "pyarrow", "altair", "streamlit", "tensorflow", "keras", "pooch", "requests"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_made_up_task_is_short():
    lines = (ROOT / "tests" / "tasks" / "counting.py").read_text().splitlines()
    assert len(lines) < 60


def test_values_are_learnt_with_a_squared_error(tmp_path, settings, monkeypatch):
    """A network may also predict numbers: the sum of what it read, scaled to unit variance."""
    pytest.importorskip("tensorflow")
    from rnn_core.nn.network import Network
    from rnn_core.spec.model_io import ModelIO, Values, Vectors
    from rnn_core.tasks.examples import ArraysDataset
    from rnn_core.training.loop import Training
    from tests.training.test_loop import RecordingListener

    spec = tiny_spec("counting", epochs=8)
    x = np.random.default_rng(3).normal(size=(600, 6, 2)).astype(np.float32)
    y = (x.sum((1, 2)) / np.sqrt(12)).astype(np.float32)
    dataset = ArraysDataset(spec, ModelIO(Vectors(2), Values(1), 6), (x[:500], y[:500]), (x[500:], y[500:]))
    listener = RecordingListener()
    trained = Training(spec, dataset)
    trained.run(listener)
    assert listener.summaries[-1].keys() == {"train_loss", "train_error", "val_loss", "val_error"}
    assert listener.summaries[-1]["val_loss"] < 0.2 * dataset.model_io.output.guessing_loss
    (_, _, values, outputs) = listener.tests[0]
    np.testing.assert_allclose(Network(spec.model, trained.best.weights).classify(x[500:]), outputs, atol=1e-5)
    assert abs(values["test_error"] - np.abs(outputs[:, 0] - y[500:]).mean()) < 1e-5
