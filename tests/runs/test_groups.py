"""Groups of runs of the same settings: who counts, and the bands of their curves."""

from rnn_core.runs.groups import BandPoint, apart, band, curves, last_common
from rnn_core.spec.metrics import METRICS
from tests.conftest import tiny_spec
from tests.made_class import made_run

A, B = tiny_spec(epochs=4), tiny_spec(epochs=4, cell="lstm")
LOSS = METRICS["loss"]


def seeded(spec, seed: int):
    return spec.changed(seed=seed)


def sizes(store) -> list[int]:
    return [len(group) for group in curves(store, store.sent.newest(), LOSS)]


def test_runs_count_where_only_the_seed_differs(store):
    made_run(store, "early", seeded(A, 1))  # before the settings were sent
    store.sent.send(A, B)
    made_run(store, "ada", seeded(A, 1))
    made_run(store, "ben", seeded(A, 2))
    made_run(store, "cleo", seeded(B, 3))
    made_run(store, "dora", seeded(A, 4).changed(units=17))
    assert sizes(store) == [2, 1]


def test_a_person_and_a_seed_count_once_with_the_longest_run(store):
    store.sent.send(A)
    made_run(store, "ada", seeded(A, 1), epochs=4)
    made_run(store, "ada", seeded(A, 2), epochs=1)  # newer and shorter
    made_run(store, "ben", seeded(A, 1), epochs=2)  # the seed of Ada's longest run: the same numbers
    made_run(store, "cleo", seeded(A, 3), epochs=3)
    (group,) = curves(store, store.sent.newest(), LOSS)
    assert [len(curve) for curve in group] == [4, 3]


def test_a_run_whose_learning_rate_was_changed_no_longer_counts(store):
    store.sent.send(A)
    run = made_run(store, "ada", seeded(A, 1))
    assert sizes(store) == [1]
    store.lifecycle.set_learning_rate(run, 0.5)
    assert sizes(store) == [0]


def test_a_run_without_a_validation_does_not_count(store):
    store.sent.send(A)
    store.runs.add(seeded(A, 1), "Title", owner="ada")
    assert sizes(store) == [0]


def test_a_band_has_the_epochs_that_half_of_the_runs_have_reached():
    group = [{1: 3.0, 2: 2.0, 3: 1.0}, {1: 5.0, 2: 4.0}, {1: 4.0}, {1: 9.0}]
    assert band(group) == [BandPoint(1, 3.0, 4.5, 9.0, 4), BandPoint(2, 2.0, 3.0, 4.0, 2)]
    assert band([]) == []


def test_the_last_common_epoch():
    one, other = band([{1: 1.0, 2: 2.0, 3: 3.0}]), band([{1: 4.0, 2: 5.0}])
    assert [(point.epoch, point.median) for point in last_common(one, other)] == [(2, 2.0), (2, 5.0)]
    assert last_common(one, []) is None and last_common() is None


def test_bands_are_apart_only_where_no_run_of_one_reaches_the_other():
    low, touching, high = BandPoint(1, 1.0, 1.5, 2.0, 2), BandPoint(1, 2.0, 2.5, 3.0, 2), BandPoint(1, 2.1, 2.5, 3.0, 2)
    assert apart(low, high) and apart(high, low) and not apart(low, touching) and not apart(low, low)
