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
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert settings.Settings(slots=1).threads_per_run == 8
    assert settings.Settings(slots=4).threads_per_run == 2
    assert settings.Settings(slots=16).threads_per_run == 1
    assert settings.Settings(slots=4, threads=3).threads_per_run == 3
