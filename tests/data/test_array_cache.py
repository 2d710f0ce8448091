"""The process that converts data. The conversion of MNIST and IMDB is tested with these tasks."""

import os
import subprocess
import sys

import numpy as np
import pytest

from rnn_core.data import array_cache
from rnn_core.errors import UserError
from rnn_core.settings import PROJECT
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.reviews import sources as reviews


def modules(files, name: str) -> array_cache.Arrays:
    return {name: np.array(sorted(sys.modules))}


def refused(files, *sentences: str) -> array_cache.Arrays:
    raise UserError(*sentences)


def dies(files) -> array_cache.Arrays:
    os._exit(9)


def fails(files) -> array_cache.Arrays:
    raise RuntimeError("a fault of ours")


def test_it_imports_no_tensorflow(settings):
    loaded = array_cache.load_or_build("modules", [], modules, settings, "names")["names"].tolist()
    assert {digits.__name__, reviews.__name__} <= set(loaded)  # what makes the arrays there is imported there
    assert not {"tensorflow", "keras", "streamlit"} & set(loaded)


def test_a_problem_arrives_as_it_was_raised(settings):
    message = ("No “good” file: größe \udcff.", "Replace it.")
    with pytest.raises(UserError) as caught:
        array_cache.load_or_build("refused", [], refused, settings, *message)
    assert caught.value.sentences == message
    assert not (settings.home / "flat").exists()


@pytest.mark.parametrize("make, status", [(dies, 9), (fails, 1)])
def test_a_process_that_ends_without_a_word_is_said(settings, make, status):
    with pytest.raises(UserError, match=f"ended with status {status}.*try again"):
        array_cache.load_or_build("x", [], make, settings)


def test_who_asks_stays_small(home):
    script = """
import sys
from rnn_core import settings
from rnn_core.tasks.digits import sources as digits
assert len(digits.load("digits-8x8", settings.load()).train) == 1437
assert "sklearn" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_where_no_process_can_be_started_it_says_so(settings, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"1")

    def refused(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.run", refused)
    with pytest.raises(UserError, match="no process could be started"):
        array_cache.load_or_build("numbers", [tmp_path / "file"], dies, settings)
