import ast
import io
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnn_core import settings
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import Worker

CORE = Path(settings.__file__).parent


def test_every_setting_can_be_set_by_its_variable(tmp_path):
    (tmp_path / "x").mkdir()
    values = {"RNN_HOME": str(tmp_path), "RNN_DATA_DIR": str(tmp_path / "x"), "RNN_SLOTS": "2", "RNN_MAX_EPOCHS": "7"}
    loaded = settings.load(values)
    assert (loaded.home, loaded.data_dir, loaded.slots, loaded.max_epochs) == (tmp_path, tmp_path / "x", 2, 7)


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(UserError) as caught:
        settings.load({"RNN_SLOTS": "many", "RNN_MAX_EPOCHS": "0"})
    assert "RNN_SLOTS" in caught.value.sentences[0] and "RNN_MAX_EPOCHS" in caught.value.sentences[1]


def test_cores_are_shared_among_the_slots(monkeypatch):
    monkeypatch.setattr(settings, "cores", lambda: 8)
    assert settings.Settings().threads_per_run == 8  # one person, one run
    assert settings.Settings(slots=4).threads_per_run == 2
    assert settings.Settings(slots=16).threads_per_run == 1
    assert settings.Settings(slots=4, threads=3).threads_per_run == 3


def test_a_class_has_one_slot_a_core_as_far_as_memory_reaches(monkeypatch):
    memory = {"total": 64e9}
    monkeypatch.setattr(settings, "cores", lambda: 8)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(**memory))
    in_class = settings.Settings(class_mode=True)
    assert (in_class.slots_here, in_class.threads_per_run, in_class.workers_here) == (8, 1, 8)
    memory["total"] = 4e9
    assert settings.Settings(class_mode=True).slots_here == 3
    assert settings.Settings(workers=5).workers_here == 5


def test_settings_go_to_another_process_as_they_are_but_for_secrets(tmp_path):
    given = {"RNN_HOME": str(tmp_path), "RNN_DATA_DIR": str(tmp_path), "RNN_CLASS": "1", "RNN_ENGINE": "dask://here:1"}
    sent = settings.load({**given, "RNN_TEACHER_KEY": "ä long key"})
    assert settings.Settings.from_json(sent.to_json()) == settings.load(given) and "\n" not in sent.to_json()
    assert "long key" not in sent.to_json()


def test_processes_that_train_do_not_inherit_secrets(store, monkeypatch):
    monkeypatch.setenv("RNN_TEACHER_KEY", "open sesame")
    monkeypatch.setenv("RNN_THREADS", "1")
    given = {}

    def started(self, *_, env, **__):
        self.stdin = io.BytesIO()
        given.update(env)

    monkeypatch.setattr(subprocess.Popen, "__init__", started)
    monkeypatch.setattr(subprocess.Popen, "__del__", lambda self: None)
    worker = Worker(store, settings.load({"RNN_TEACHER_KEY": "open sesame", "RNN_THREADS": "1"}))
    assert "RNN_THREADS" in given and "RNN_TEACHER_KEY" not in given
    assert b"threads" in worker.stdin.getvalue() and b"sesame" not in worker.stdin.getvalue()


NUMBERS = ["RNN_SLOTS", "RNN_THREADS", "RNN_WORKERS", "RNN_SLICE_SECONDS", "RNN_MAX_UPLOAD_MB", "RNN_CLASS_MAX_UPLOAD_MB",
           "RNN_MAX_EPOCHS", "RNN_MAX_SECONDS", "RNN_MAX_WAITING", "RNN_MAX_DISK_MB"]  # fmt: skip
WRONG = [
    *((variable, raw, "a whole number from") for variable in NUMBERS
      for raw in ("many", "-1", "1.5", "1e3", "nan", "inf", "-inf", "1e999", "٣", "²", "1_000", "0x10", "1 000", "9" * 5000, str(10**11), "\ud800")),
    *((variable, raw, "0 or 1") for variable in ["RNN_CLASS", "RNN_WARM_UP"] for raw in ("yes", "true", "on", "2", "-1", "١")),
    *(("RNN_ENGINE", raw, "dask://host") for raw in (
        "spark://x", "dask", "dask://", "dask://host", "dask://:8786", "dask://host:", "dask://host:x", "dask://host:99999", "Local",
        "dask://host:0", "dask://host:1/path", "dask://[::1", "tcp://host:8786", "dask://" + "h" * 100_000)),
    *(("RNN_TEACHER_KEY", raw, said) for raw, said in (("x", "at least 8"), ("sesame!", "at least 8"), ("\udcff" * 9, "UTF-8"))),
    *((variable, raw, "folder") for variable in ("RNN_HOME", "RNN_DATA_DIR")
      for raw in ("~nosuchuser/x", "a\0b", "/" + "x" * 5000, __file__, "\ud800\0")),
    ("RNN_DATA_DIR", "/nonexistent/folder", "a folder that exists"),
]  # fmt: skip


@pytest.mark.parametrize("variable, raw, said", WRONG, ids=lambda value: ascii(value)[:30])
def test_a_wrong_setting_says_what_it_may_be(variable, raw, said):
    with pytest.raises(UserError, match=f"{variable} must be .*{said}") as caught:
        settings.load({variable: raw})
    (sentence,) = caught.value.sentences
    assert len(sentence) < 200
    sentence.encode()  # it can be printed
    assert variable != "RNN_TEACHER_KEY" or raw[:6] not in sentence


def test_every_number_has_its_row_above():
    assert {row["variable"] for row in settings.table() if type(row["default"]) is int} == set(NUMBERS)


@pytest.mark.parametrize(
    "engine", ["local", "dask://host:8786", "dask://10.0.0.1:1", "dask://[::1]:8786", "dask://a.school.example:65535"]
)
def test_an_engine_that_can_be(engine):
    assert settings.load({"RNN_ENGINE": engine}).engine == engine


@pytest.mark.parametrize(
    "name, meant", [("RNN_SLOT", "RNN_SLOTS"), ("RNN_MAX_EPOCH", "RNN_MAX_EPOCHS"), ("RNN_Z" + "Z" * 10**6, "")]
)
def test_a_variable_that_is_no_setting_is_named(name, meant, caplog):
    settings.load({name: "1"})
    (record,) = caplog.records
    assert name[:20] in record.message and len(record.message) < 150 and (f"Did you mean {meant}?" in record.message) == bool(meant)
    settings.load({name: "1"})
    assert len(caplog.records) == 1  # once a process


def test_other_variables_are_nobodys_business(caplog):
    settings.load({"PATH": "x", "RNN_LEASH": "1", "RNN_NEED_BROWSER": "1", "RNN_SLOTS": "1", "PYTHONPATH": "x"})
    assert not caplog.records


@pytest.mark.parametrize("variables, megabytes, decides", [
    ({}, 200, "RNN_MAX_UPLOAD_MB"),
    ({"RNN_CLASS_MAX_UPLOAD_MB": "5"}, 200, "RNN_MAX_UPLOAD_MB"),
    ({"RNN_CLASS": "1"}, 20, "RNN_CLASS_MAX_UPLOAD_MB"),
    ({"RNN_CLASS": "1", "RNN_MAX_UPLOAD_MB": "10"}, 10, "RNN_MAX_UPLOAD_MB"),
])  # fmt: skip
def test_a_class_uploads_smaller_files(variables, megabytes, decides):
    loaded = settings.load(variables)
    assert (loaded.upload_mb, loaded.upload_variable) == (megabytes, decides)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: path.name)
def test_no_process_is_started_with_the_teachers_key(path):
    """That of a worker is looked at above; every other one says which environment it gets."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("subprocess.run", "subprocess.Popen"):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert given.get("env", "").startswith("without_secrets(os.environ)"), f"{path.name}:{node.lineno}"
