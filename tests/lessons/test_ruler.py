"""What other methods reach: on every task, once, and again only after the data has changed."""

import numpy as np
import pytest

from rnn_core import settings as settings_of
from rnn_core.errors import UserError
from rnn_core.lessons import ruler
from rnn_core.lessons.ruler import measure, measure_soon, read
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.digits import references as of_digits
from rnn_core.tasks.task import task_names, task_of
from rnn_core.tasks.text import references as of_text
from tests.conftest import COUNTING, TINY, shared_datasets, tiny_spec
from tests.runs.helpers import until


def found(task: str, folder, **options):
    return {reference.label: reference for reference in measure(tiny_spec(task, **options), folder, settings_of.load())}


@pytest.mark.parametrize("task", [*task_names(), "counting"])
def test_every_task_has_references_that_its_metrics_and_limits_allow(task, data_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_TASKS", COUNTING)
    if task_of(task).references is None:
        assert read(tiny_spec(task), settings_of.load()) == []  # guessing alone
        return
    references = found(task, tmp_path).values()
    assert references and not any(reference.published for reference in references)  # of bundled and own data nothing is published
    for reference in references:
        assert reference.metric in task_of(task).metrics and np.isfinite(reference.value) and reference.value > 0
        assert not METRICS[reference.metric].is_share or reference.value <= 1
        assert reference.label[0].islower() and reference.how.endswith(".")
    assert read(tiny_spec(task), settings_of.load()) == list(references)


def test_a_5_gram_model_knows_a_text_that_repeats(data_dir, tmp_path):
    model = found("text", tmp_path)["a 5-gram model"]
    assert model.value < 0.3 and "the training part" in model.how


def test_only_so_many_characters_are_counted_and_it_says_so(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(of_text, "_MOST_COUNTED", 1000)
    assert "the last 1,000 characters" in found("text", tmp_path)["a 5-gram model"].how


def test_published_numbers_stand_beside_that_data_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("RNN_DATA_DIR", str(shared_datasets()))
    shakespeare = found("text", tmp_path, source="shakespeare")
    assert shakespeare["nanoGPT, 10.7 M parameters"].value == 1.4697
    assert shakespeare["a 5-gram model"].value == pytest.approx(1.579, abs=0.001)
    other = tmp_path / "other"
    other.mkdir()
    (other / "shakespeare.txt").write_text(TINY, encoding="utf-8")  # another text of this name
    monkeypatch.setenv("RNN_DATA_DIR", str(other))
    assert set(found("text", tmp_path, source="shakespeare")) == {"a 5-gram model"}


def test_the_linear_model_is_the_same_every_time_and_learns_from_what_the_network_learns_from(data_dir, tmp_path, monkeypatch):
    few, again, more = (found("digits", tmp_path, examples=n)["a linear model"].value for n in (50, 50, 1000))
    assert few == again < more
    monkeypatch.setattr(of_digits, "_MOST_LEARNT", 100)
    assert "learnt from 100 pictures" in found("digits", tmp_path, examples=200)["a linear model"].how


def test_series_are_measured_as_training_measures_errors(data_dir, tmp_path):
    """The last value of a sine with 25 steps a period is off by about 0.16, and noise adds its own: about 0.27 of its deviation."""
    naive = found("series", tmp_path)
    assert naive["the last value"].value == pytest.approx(0.266, abs=0.01)
    assert naive["a linear autoregression"].value < naive["the seasonal naive forecast"].value < naive["the last value"].value


def test_other_data_is_measured_again_and_of_gone_data_nothing_is_kept(data_dir, tmp_path):
    spec = tiny_spec("text")
    before = measure(spec, tmp_path, settings_of.load())
    (data_dir / "tiny.txt").write_text(TINY[::-1] + "xyz" * 300, encoding="utf-8")
    assert read(spec, settings_of.load()) is None
    assert measure(spec, tmp_path, settings_of.load()) != before
    (data_dir / "tiny.txt").unlink()
    with pytest.raises(UserError):
        measure(spec, tmp_path, settings_of.load())
    assert read(spec, settings_of.load()) is None


def test_a_damaged_file_is_measured_again(data_dir, tmp_path, settings):
    spec = tiny_spec("series")
    measure(spec, tmp_path, settings)
    for content in ("", "[1]", '[{"label": "x"}]', "{"):
        next((settings.home / "rulers").iterdir()).write_text(content)
        assert read(spec, settings) is None


def test_another_process_measures_once(data_dir, tmp_path, settings, monkeypatch):
    spec, calls = tiny_spec("series"), []
    start = ruler.run_module
    monkeypatch.setattr(ruler, "run_module", lambda *arguments, **options: calls.append(1) or start(*arguments, **options))
    assert measure_soon(spec, tmp_path, settings) and measure_soon(spec, tmp_path, settings)
    until(lambda: read(spec, settings))
    until(lambda: not measure_soon(spec, tmp_path, settings))
    assert calls == [1]
