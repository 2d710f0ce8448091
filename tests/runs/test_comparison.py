"""Runs beside each other: what differs, names, bands of seeds, and whether a difference is luck."""

import numpy as np
import pytest

from rnn_core.runs.comparison import (
    Repeated,
    band_of,
    best_value,
    by_setting,
    curve_of,
    differences,
    names,
    verdict,
)
from rnn_core.runs.store.rows import Point
from rnn_core.spec.metrics import METRICS
from tests.conftest import each_task, tiny_spec

LOSS, ACCURACY = METRICS["loss"], METRICS["accuracy"]


def points(*values: float, seconds: float = 1.0) -> list[Point]:
    return [Point("loss", 10 * i, float(i), seconds * i, v, v - 0.1, v + 0.1) for i, v in enumerate(values, 1)]


@each_task()
def test_only_what_differs_is_listed_by_its_label(task):
    specs = [tiny_spec(task), tiny_spec(task, cell="lstm"), tiny_spec(task, learning_rate=0.01, seed=3)]
    assert [(d.label, d.values) for d in differences(specs)] == [
        ("Cell", ("GRU", "LSTM", "GRU")), ("Learning rate", ("0.004", "0.004", "0.01")), ("Seed", ("1", "1", "3")),
    ]  # fmt: skip
    assert differences(specs[:1]) == differences([specs[0], specs[0]]) == differences([]) == []


def test_layers_are_listed_one_by_one_where_they_differ():
    one, two = tiny_spec(units=8), tiny_spec(layers=[{"units": 8}, {"units": 16, "dropout": 0.5}], dense=[{"units": 4}])
    assert {d.label: d.values for d in differences([one, two])} == {
        "Units": ("8", "8 + 16"), "Dropout": ("0", "0 + 0.5"), "Layers": ("1", "2"), "Dense units": ("–", "4"),
        "Dense activation": ("–", "ReLU"), "Dense dropout": ("–", "0"),
    }  # fmt: skip


def test_data_is_named_as_in_its_list():
    specs = [tiny_spec(), tiny_spec(source="another")]
    assert differences(specs, {"tiny": "Tiny", "another": "Another"}.get)[0].of(1) == "Data Another"


def test_names_tell_what_differs():
    base = tiny_spec()
    assert names([base, base.changed(cell="lstm"), base.changed(cell="rnn")]) == ["GRU 16", "LSTM 16", "SimpleRNN 16"]
    assert names([base, base.changed(learning_rate=0.01)]) == ["Learning rate 0.004", "Learning rate 0.01"]
    assert names([base, base.changed(cell="lstm", dropout=0.5)]) == ["GRU 16 · Dropout 0", "LSTM 16 · Dropout 0.5"]
    assert names([base]) == ["GRU 16"] and names([]) == []
    assert names([base, base], changed=[1]) == ["GRU 16", "GRU 16 · changed"]
    many = base.changed(dropout=0.1, batch_size=8, clip_norm=2.0)
    rest = base.changed(dropout=0.1, batch_size=8, clip_norm=3.0)
    assert len(set(names([base, many, rest]))) == 3  # what tells the last two apart has no place in their names


def test_runs_that_differ_in_the_seed_alone_are_one_setting():
    one, other = tiny_spec(), tiny_spec(cell="lstm")
    assert by_setting([one, other, one.changed(seed=2), other.changed(seed=9), one]) == [[0, 2, 4], [1, 3]]
    assert by_setting([one, None, one, None]) == [[0, 2], [1], [3]]  # a run that was changed while it trained has no equal
    assert by_setting([]) == []


def test_a_curve_counts_what_was_read():
    curve = curve_of(points(3.0, 2.0), items=16)
    assert curve.items.tolist() == [160.0, 320.0] and curve.seconds.tolist() == [1.0, 2.0]
    assert best_value(curve, LOSS) == pytest.approx(1.9) and best_value(curve, ACCURACY) == pytest.approx(3.1)
    empty = curve_of([], None)
    assert len(empty.value) == 0 and best_value(empty, LOSS) is None


def test_a_band_holds_all_seeds_at_equal_epochs():
    band = band_of([curve_of(points(3, 2, 1), 1), curve_of(points(5, 3, 2), 1), curve_of(points(4, 1, 3), 1)], "epoch")
    assert band.x.tolist() == [1, 2, 3]
    assert band.low.tolist() == [3, 1, 1] and band.mean.tolist() == [4, 2, 2] and band.high.tolist() == [5, 3, 3]


def test_a_run_that_is_behind_leaves_the_rest_of_the_band_to_the_others():
    band = band_of([curve_of(points(3, 2, 1), 1), curve_of(points(5), 1), curve_of([], 1)], "epoch")
    assert band.x.tolist() == [1, 2, 3] and band.mean.tolist() == [4, 2, 1]
    assert len(band_of([curve_of([], 1)], "epoch").x) == len(band_of([], "seconds").x) == 0


def test_over_seconds_a_band_lies_between_points_where_all_runs_have_values():
    quick, slow = curve_of(points(*[4.0] * 10), 1), curve_of(points(*[2.0] * 10, seconds=2.0), 1)
    band = band_of([quick, slow], "seconds")
    assert (band.x[0], band.x[-1]) == (2.0, 10.0)  # from the slow run's first value to the quick run's last
    assert set(band.mean) == {3.0} and np.all(np.diff(band.x) > 0)


def said(metric, **settings: tuple[float, ...]) -> str:
    return verdict([Repeated(name, values) for name, values in settings.items()], metric, "{:.2f}".format)


def test_one_seed_of_each_proves_nothing():
    assert "**May be luck**: another seed" in said(LOSS, A=(1.5,), B=(1.0,))
    assert said(LOSS, A=(1.5,), B=(1.0,)).startswith("Best validation loss: B 1.00, next A 1.50")


def test_three_seeds_that_do_not_overlap_are_more_than_luck():
    sentence = said(LOSS, A=(1.5, 1.6, 1.7), B=(1.0, 1.1, 1.2))
    assert "B 1.10 (1.00 to 1.20), next A 1.60 (1.50 to 1.70). **Larger than luck**: every run of B is better" in sentence
    assert "1 of 10" in sentence  # 2 of the 20 ways to split six runs into three and three
    assert "every run of A is better" in said(ACCURACY, A=(0.9, 0.8, 0.85), B=(0.1, 0.2, 0.3))


def test_two_seeds_are_too_few_and_overlapping_seeds_may_be_luck():
    assert "**May be luck**: every run of B is better, but with so few seeds" in said(LOSS, A=(1.5, 1.6), B=(1.0, 1.1))
    assert "1 of 3 such" in said(LOSS, A=(1.5, 1.6), B=(1.0, 1.1))
    assert "overlap" in said(LOSS, A=(1.0, 1.2, 1.4), B=(1.1, 1.3, 1.6))
    assert "overlap" in said(LOSS, A=(1.0, 1.1, 1.2), B=(1.2, 1.3, 1.6))


def test_settings_that_reach_the_same_are_called_equal():
    assert said(ACCURACY, A=(0.9991,), B=(0.5,), C=(0.9993,)) == "Best validation accuracy: 1.00 for A and C: no difference."


def test_of_several_settings_the_two_best_are_compared():
    assert "C 1.00, next B 1.20" in said(LOSS, A=(1.5,), B=(1.2,), C=(1.0,))


def test_one_setting_shows_how_much_luck_changes():
    assert said(LOSS, A=(1.5, 1.6, 1.7), B=()).startswith("Luck alone: the best validation loss of 3 seeds is 1.60 (1.50 to 1.70).")
    assert said(LOSS, A=(1.5,)).startswith("One run.") and said(LOSS) == said(LOSS, A=()) == ""
