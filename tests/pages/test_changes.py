"""How the settings differ from those of a run, in words; and what a chart makes of its values."""

import numpy as np
import pytest

from pages.parts.run.changes import changes
from pages.parts.run.charts import _range, _smoothed, spread_out
from rnn_core.spec.metrics import METRICS
from tests.conftest import tiny_spec


def test_equal_specs_differ_in_nothing():
    assert changes(tiny_spec(), tiny_spec()) == []


def test_changed_options_are_named_with_both_values():
    before = tiny_spec("reviews", masking=True, units=128)
    now = before.changed(masking=False, units=64, optimizer="sgd")
    assert changes(before, now) == ["Masking off (run: on)", "Optimizer SGD (run: Adam)", "Units 64 (run: 128)"]


def test_data_is_named_as_in_its_list():
    before = tiny_spec("reviews", source="imdb")
    now = before.changed(source="four-sentences")
    assert changes(before, now, {"imdb": "IMDB", "four-sentences": "Four sentences"}.get) == ["Data Four sentences (run: IMDB)"]


def test_layers_are_counted_and_named():
    one = tiny_spec(units=8)
    assert changes(one, one.changed(layers=2)) == ["2 layers (run: 1)"]
    two = one.changed(layers=2)
    assert changes(two, two.changed(dropout=0.5)) == ["Dropout of layer 1 0.5 (run: 0)", "Dropout of layer 2 0.5 (run: 0)"]


def test_a_long_list_is_cut():
    before = tiny_spec()
    now = before.changed(units=9, dropout=0.1, epochs=77, seed=5, batch_size=8, optimizer="sgd", clip_norm=3.0)
    assert len(changes(before, now)) == 5 and changes(before, now)[-1] == "and 3 more"


def test_a_smoothed_line_does_not_lag():
    line = np.linspace(5.0, 1.0, 300)
    np.testing.assert_allclose(_smoothed(line), line, atol=1e-9)
    noisy = line + np.random.default_rng(0).normal(0, 0.2, 300)
    assert np.abs(_smoothed(noisy) - line)[20:-20].mean() < 0.4 * np.abs(noisy - line)[20:-20].mean()
    assert len(_smoothed(np.array([]))) == 0 and _smoothed(np.array([3.0])) == [3.0]


@pytest.mark.parametrize(
    ("metric", "values"), [("loss", [4.6, 1.2]), ("loss", [0.69, 1e-4]), ("accuracy", [0.1, 0.99]), ("loss", [2.0])]
)
def test_the_axis_holds_all_values(metric, values):
    low, high = _range(METRICS[metric], np.array([(0.0, value, value, value) for value in values]))
    assert low <= min(values) and max(values) <= high and low < high
    assert metric != "accuracy" or (low >= 0 and high <= 1)


def test_before_the_first_value_there_is_an_axis():
    assert _range(METRICS["loss"], np.zeros((0, 4))) == (0.0, 1.0)


@pytest.mark.parametrize("places", [[1.0, 1.0, 1.0], [0.0, 9.9, 10.0], [5.0], [], [10.0, 10.0, 0.0, 0.1]])
def test_labels_do_not_cover_each_other(places):
    moved = spread_out(places, 0.0, 10.0, 1.0)
    assert len(moved) == len(places) and all(0 <= place <= 10 for place in moved)
    assert all(b - a >= 1 - 1e-9 for a, b in zip(sorted(moved), sorted(moved)[1:], strict=False))
    assert [sorted(places).index(p) for p in places] == [sorted(moved).index(m) for m in moved] or len(set(places)) < len(places)
