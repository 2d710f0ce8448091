from types import SimpleNamespace

import pytest

from rnn_core import settings
from rnn_core.problem import Problem


def test_every_setting_can_be_set_by_its_variable(tmp_path):
    values = {"RNN_HOME": str(tmp_path), "RNN_DATA_DIR": str(tmp_path / "x"), "RNN_SLOTS": "2", "RNN_MAX_EPOCHS": "7"}
    loaded = settings.load(values)
    assert (loaded.home, loaded.data_dir, loaded.slots, loaded.max_epochs) == (tmp_path, tmp_path / "x", 2, 7)


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(Problem) as caught:
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


def test_settings_go_to_another_process_as_they_are(tmp_path):
    sent = settings.load({"RNN_HOME": str(tmp_path), "RNN_CLASS": "1", "RNN_TEACHER_KEY": "ä key", "RNN_ENGINE": "dask://here:1"})
    assert settings.Settings.from_json(sent.to_json()) == sent and "\n" not in sent.to_json()


@pytest.mark.parametrize("variable, raw, said", [
    ("RNN_CLASS", "yes", "0 or 1"), ("RNN_ENGINE", "spark://x", "dask://host"), ("RNN_SLICE_SECONDS", "0", "from 1 to"),
])  # fmt: skip
def test_a_wrong_setting_says_what_it_may_be(variable, raw, said):
    with pytest.raises(Problem, match=f"{variable} must be .*{said}"):
        settings.load({variable: raw})


@pytest.mark.parametrize("variables, megabytes, decides", [
    ({}, 200, "RNN_MAX_UPLOAD_MB"),
    ({"RNN_CLASS_MAX_UPLOAD_MB": "5"}, 200, "RNN_MAX_UPLOAD_MB"),
    ({"RNN_CLASS": "1"}, 20, "RNN_CLASS_MAX_UPLOAD_MB"),
    ({"RNN_CLASS": "1", "RNN_MAX_UPLOAD_MB": "10"}, 10, "RNN_MAX_UPLOAD_MB"),
])  # fmt: skip
def test_a_class_uploads_smaller_files(variables, megabytes, decides):
    loaded = settings.load(variables)
    assert (loaded.upload_mb, loaded.upload_variable) == (megabytes, decides)
