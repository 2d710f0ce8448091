"""A run as a zip: it opens on a second home, and its network is used there without this project."""

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.cells import CELLS
from rnn_core.cli.main import main
from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.export import model, readme
from rnn_core.export.bundle import LIBRARIES, README, RUN
from rnn_core.export.formats import FORMATS, export, file_name
from rnn_core.export.opening import open_run
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.kinds import GradientByTimestep, Note
from rnn_core.runs.store.rows import PAUSED, Point
from rnn_core.runs.store.store import MODEL, WEIGHTS, Store
from rnn_core.runs.submit import continue_run
from rnn_core.tasks.sampler import Sampling
from rnn_core.tasks.task import task_names, task_of
from tests.conftest import TINY, each_task, slow_but, tiny_spec
from tests.runs.helpers import SHORT, answers, losses, start_run, training, until

TASKS = [*task_names(), "counting"]


@pytest.fixture
def second(tmp_path, settings):
    """The settings of another machine, with an empty home."""
    return replace(settings, home=tmp_path / "second", data_dir=None)


@pytest.mark.parametrize("task", TASKS)
def test_a_zip_opens_on_a_second_home_as_the_same_run(task, store, run_of, settings, second):
    run = run_of(task)
    if store.runs.get(run).owner is not None:
        store.runs.set_remark(run, "Two lines\nabout it")
    raw = export(store, run, "zip", settings)
    other = Store.of(second)
    opened = open_run(io.BytesIO(raw), other, second, "somebody")
    before, after = store.runs.get(run), other.runs.get(opened)
    assert after.title == before.title.removeprefix("Example: ") and (after.owner, after.remark) == ("somebody", before.remark)
    same = ("state", "step", "steps", "epoch", "seconds", "items", "metrics", "results")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert other.runs.spec(opened) == store.runs.spec(run)
    assert other.events.points(opened) == store.events.points(run) and other.events.measured(opened) == store.events.measured(run)
    assert [note.message for note in other.events.read(opened, Note)] == ["Opened from a zip"]
    assert np.array_equal(answers(other, opened), answers(store, run))
    assert not (other.runs.folder(opened) / MODEL).exists()  # never taken from a file of somebody else
    with zipfile.ZipFile(io.BytesIO(export(other, opened, "zip", second))) as again, zipfile.ZipFile(io.BytesIO(raw)) as first:
        assert again.namelist() == first.namelist()
        members = set(first.namelist()) - {README, MODEL, RUN}
        assert {name: again.read(name) for name in members} == {name: first.read(name) for name in members}


def test_a_zip_of_a_very_long_run_opens(store, run_of, settings, second):
    """1,000 epochs of three layers, each with two states over 100 timesteps, and a night of points."""
    run = run_of("series")
    values = [round(1.0 / (i + 1), 5) for i in range(100)]
    state = CELLS[store.runs.spec(run).model.layers[0].cell].states[0]
    curves = [{"layer": 0, "state": state, "back": list(range(100)), "relative": values}] * 6
    store.events.record(
        run,
        [Point("loss", step, step / 100, float(step), 1.0, 0.5, 1.5) for step in range(1, 120_000)],
        [GradientByTimestep(step, step / 1.0, curves, 16) for step in range(1, 1001)],
    )
    other = Store.of(second)
    opened = open_run(io.BytesIO(export(store, run, "zip", settings)), other, second, "somebody")
    assert len(other.events.measured(opened)) == len(store.events.measured(run)) >= 1000
    assert len(other.events.points(opened)) >= 119_999


def test_the_readme_says_where_a_large_file_of_the_data_folder_is(settings, data_dir):
    spec, settings = tiny_spec("text"), replace(settings, data_dir=data_dir)
    assert "in RNN_DATA_DIR" in readme.origin(spec, settings)
    content = SimpleNamespace(spec=spec, settings=settings, task=task_of("text"))
    assert "it was too large" in readme._how_to_get_it(content, has_data=False)


@pytest.mark.parametrize("task", TASKS)
def test_everything_that_is_needed_is_in_the_zip_and_in_its_readme(task, zip_of):
    with zipfile.ZipFile(zip_of(task)) as archive:
        names, readme = archive.namelist(), archive.read(README).decode()
        assert RunSpec.from_json(archive.read("settings.json").decode()).task == task
        requirements = archive.read("requirements.txt").decode().splitlines()
    assert {"use.py", MODEL, WEIGHTS, "curves.csv", RUN, *task_of(task).run_files} <= set(names)
    assert all(name in readme for name in names if name != README)
    trains = [name for name in names if name.startswith("train/") and name.endswith(".py")]
    assert trains or task == "reviews"  # the example is trained on IMDB, which is not here
    assert [line.split(">=")[0] for line in requirements] == list(LIBRARIES)
    data = [name for name in names if name.startswith("data/")]
    assert data or "https://" in readme or "RNN Lab comes with it" in readme


@pytest.mark.parametrize("task", TASKS)
def test_the_script_is_short_and_needs_public_libraries_alone(task):
    source = task_of(task).elsewhere.script.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 40
    imported = {alias.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) <= set(LIBRARIES)


def use(folder: Path, *arguments: str) -> str:
    """What `use.py` prints in a new process in which this project cannot be imported."""
    alone = "import importlib.util, runpy, sys; assert importlib.util.find_spec('rnn_core') is None; runpy.run_path(sys.argv[0], run_name='__main__')"
    start = f"import sys; sys.argv = ['use.py', *sys.argv[1:]]; {alone}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("RNN_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-I", "-c", start, *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120,
        env={**environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def unpacked(zip_of, tmp_path):
    def unpack(task: str) -> Path:
        zipfile.ZipFile(zip_of(task)).extractall(tmp_path / "elsewhere")
        return tmp_path / "elsewhere"

    return unpack


# What use.py prints for a task's example, and what this program says: numbers by name, or a text.


def _text(store, run: str, folder: Path) -> tuple[str, str]:
    written = "".join(checkpoints.writer(store, run).write("The ", Sampling(top_k=1, length=60)))
    return use(folder, "The ", "60", "0").rstrip("\n"), f"The {written}".rstrip("\n")


def _digits(store, run: str, folder: Path) -> tuple[dict, dict]:
    from rnn_core.tasks.digits.dataset import sequences

    picture = np.loadtxt(folder / "digit.csv", delimiter=",").astype(np.uint8)
    logits = checkpoints.network(store, run).classify(sequences(picture[None], store.runs.spec(run).data, 255))[0]
    ours = np.exp(logits) / np.exp(logits).sum()
    theirs = dict(line.split() for line in use(folder, "digit.csv").splitlines())
    return {name: float(value) for name, value in theirs.items()}, {str(i): float(value) for i, value in enumerate(ours)}


def _reviews(store, run: str, folder: Path) -> tuple[dict, dict]:
    from rnn_core.tasks.reviews.sources import words_of
    from tests.runs.helpers import review_scorer

    review = "It isn't good – not bad, though ... ZWXY!"
    score = float(review_scorer(store, run).scores([words_of(review)])[0])
    first, second, unknown = use(folder, review).splitlines()
    assert unknown == "unknown words: zwxy"
    theirs = dict(line.split() for line in (first, second))
    return {name: float(value) for name, value in theirs.items()}, {"negative": 1 - score, "positive": score}


def _series(store, run: str, folder: Path) -> tuple[dict, dict]:
    spec, settings = store.runs.spec(run), settings_of.load()
    network = checkpoints.network(store, run)
    _, *rows = task_of(spec.task).forecast(spec, store.runs.folder(run), settings, network, spec.data.horizon)
    theirs = [float(line.split()[3]) for line in use(folder).splitlines()]
    return dict(enumerate(theirs)), {i: float(row[1]) for i, row in enumerate(rows)}


def _memory(store, run: str, folder: Path) -> tuple[dict, dict]:
    from rnn_core.tasks.memory.problems import PROBLEMS, vectors

    problem = PROBLEMS[store.runs.spec(run).data.source]
    symbols = np.array(
        [[0] * 30 + [problem.symbols.index(name) + 1 for name in ["c", "x", "y", "y", "x", "x", "x", "y", "x", "y", "x"]]]
    )
    logits = checkpoints.network(store, run).classify(vectors(problem, symbols))[0]
    ours = np.exp(logits) / np.exp(logits).sum()
    theirs = dict(line.split() for line in use(folder, "c x y y x x x y x y x").splitlines())
    return {name: float(value) for name, value in theirs.items()}, dict(zip(problem.answers, map(float, ours), strict=True))


ANSWERS = dict(zip(task_names(), (_text, _digits, _reviews, _series, _memory), strict=True))


@each_task("digits")
def test_in_a_fresh_environment_the_script_answers_as_this_program_does(task, store, unpacked):
    theirs, ours = ANSWERS[task](store, task_of(task).example, unpacked(task))
    if isinstance(ours, str):
        assert theirs == ours
    else:
        assert theirs.keys() == ours.keys()
        assert all(abs(theirs[name] - value) < 2e-4 * max(1, abs(value)) for name, value in ours.items()), (theirs, ours)


@pytest.mark.slow
def test_the_script_of_a_made_up_task_answers_its_inputs(store, run_of, settings, tmp_path):
    run = run_of("counting")
    zipfile.ZipFile(io.BytesIO(export(store, run, "zip", settings))).extractall(tmp_path / "elsewhere")
    inputs = np.random.default_rng(1).integers(0, 2, (3, 8, 1)).astype(np.float32)
    np.save(tmp_path / "elsewhere" / "inputs.npy", inputs)
    shape, *numbers = use(tmp_path / "elsewhere", "inputs.npy").splitlines()
    assert shape == "The network reads arrays of the shape (examples, 8, 1)."
    theirs = np.array(" ".join(numbers).replace("[", " ").replace("]", " ").split(), float).reshape(3, -1)
    np.testing.assert_allclose(theirs, checkpoints.network(store, run).classify(inputs), atol=2e-4)
    assert "(examples, 8, 1)" in use(tmp_path / "elsewhere")  # without inputs


@pytest.mark.parametrize("task", slow_but(("digits",), ("text", "digits", "series")))
def test_an_opened_run_is_continued_to_the_losses_of_one_that_stayed(task, store, engine, second, in_this_process):
    """Also where the data exists on the first machine alone: it travels in the zip."""
    run = start_run(store, engine, task, **SHORT)
    until(lambda: training(store, run))
    store.lifecycle.pause(run)
    until(lambda: store.runs.get(run).state == PAUSED)
    raw = export(store, run, "zip", engine.settings)
    other = Store.of(second)
    opened = open_run(io.BytesIO(raw), other, second)
    assert other.runs.get(opened).state == "stopped"
    continue_run(opened, other, second)
    from rnn_core.runs.engine.worker import train_run

    assert train_run(_claimed(other, opened), other, second)[0] == 0
    store.lifecycle.resume(run)
    engine.wake()
    until(lambda: not store.runs.get(run).active)
    assert losses(other, opened) == losses(store, run)


def _claimed(store: Store, run: str) -> str:
    from rnn_core.runs.scheduler import Rules

    assert store.queue.claim(Rules()) == run
    return run


def test_data_of_the_first_machine_becomes_an_upload_of_its_content(store, engine, second, in_this_process):
    run = start_run(store, engine, "text", epochs=1)  # on `tiny`, which the second machine does not have
    until(lambda: not store.runs.get(run).active)
    other = Store.of(second)
    opened = open_run(io.BytesIO(export(store, run, "zip", engine.settings)), other, second, "ada")
    name = other.runs.spec(opened).data.source
    assert name == uploads.name_of(TINY.encode()) and uploads.is_here(name, second)
    assert other.uploads.labels("ada", "text") == {name: "tiny"}
    assert other.runs.get(opened).title.startswith("tiny")


def test_the_command_line_exports_and_imports(store, run_of, tmp_path, second, monkeypatch, capsys):
    path = tmp_path / "network.zip"
    assert main(["export", run_of("digits"), "--format", "zip", "--out", str(path)]) == 0
    monkeypatch.setenv("RNN_HOME", str(second.home))
    capsys.readouterr()
    assert main(["import", str(path)]) == 0
    opened = capsys.readouterr().out.strip()
    assert Store.of(second).runs.get(opened).title == "MNIST · GRU 64"
    for wrong, sentence in ((tmp_path / "none.zip", "cannot be read: No such file"), (tmp_path, "cannot be read: Is a directory")):
        assert main(["import", str(wrong)]) == 2
        assert sentence in capsys.readouterr().err


def test_every_format_has_a_name_that_any_system_takes(store, run_of):
    run = replace(store.runs.get(run_of("text")), title='a/b\\c: "Ünï" <x> | ?*')
    assert {file_name(run, name) for name in FORMATS} == {f"a-b-c-n-x-exam.{name}" for name in FORMATS}


def test_a_zip_with_a_folder_around_it_opens_and_files_that_are_no_part_of_it_are_ignored(zip_of, second):
    packed = io.BytesIO()
    with zipfile.ZipFile(zip_of("digits")) as archive, zipfile.ZipFile(packed, "w") as around:
        for name in archive.namelist():
            around.writestr(f"my network/{name}", archive.read(name))
        around.writestr("__MACOSX/my network/._run.json", b"\0\5")
        around.writestr("../../outside.txt", b"x")
    other = Store.of(second)
    opened = open_run(packed, other, second)
    assert {path.name for path in other.runs.folder(opened).iterdir()} == {WEIGHTS, "tested.npy"}
    assert not (second.home / "outside.txt").exists() and not (second.home.parent / "outside.txt").exists()


def test_a_full_disk_quota_refuses_in_words_and_leaves_nothing(zip_of, second):
    small = replace(second, max_disk_mb=1)
    other = Store.of(small)
    (other.runs.make_folder("x" * 16) / "file").write_bytes(bytes(2_000_000))
    with pytest.raises(UserError, match="Delete some runs first"):
        open_run(zip_of("digits"), other, small)
    assert other.runs.newest() == []


def test_the_model_file_in_a_zip_is_never_read(zip_of, second, monkeypatch):
    packed = io.BytesIO()
    with zipfile.ZipFile(zip_of("digits")) as archive, zipfile.ZipFile(packed, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, b"os.system" if name == MODEL else archive.read(name))
    other = Store.of(second)
    opened = open_run(packed, other, second)
    assert not model.is_ready(other, opened)


def test_what_a_run_does_not_have_yet_is_said_in_a_sentence(store, settings, in_this_process):
    from tests.conftest import tiny_spec

    run = store.runs.add(tiny_spec("digits"), "New")
    for name, sentence in (
        ("zip", "no weights yet"),
        ("keras", "no weights yet"),
        ("npz", "no weights yet"),
        ("csv", "no curve yet"),
        ("txt", "no samples"),
    ):
        with pytest.raises(UserError, match=sentence):
            export(store, run, name, settings)
    assert json.loads(export(store, run, "json", settings))["task"] == "digits"
