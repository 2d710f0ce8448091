"""Windows, targets and scaling; and that nothing from the future is in them."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.nn.run_files import DamagedFile, weight_shapes
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.series import baseline, dataset, forecast, sources
from rnn_core.tasks.series.dataset import SCALING, SeriesDataset
from rnn_core.tasks.series.table import SeriesTable
from rnn_core.tasks.task import task_of


def series_spec(**options) -> RunSpec:
    return RunSpec.from_options("series", **{"source": "sine", "units": 8, "window": 10, "batch_size": 16, **options})


def table_of(values: np.ndarray, days: np.ndarray | None = None) -> SeriesTable:
    values = np.asarray(values, float).reshape(len(values), -1)
    days = np.arange(len(values)) if days is None else days
    return SeriesTable(np.datetime64("2020-01-01", "s") + days * np.timedelta64(1, "D"), tuple("abcdef"[: values.shape[1]]), values)


def noise(count: int, columns: int = 1) -> np.ndarray:
    return np.random.default_rng(5).normal(10, 3, (count, columns)).cumsum(0)


def random_network(made: SeriesDataset) -> Network:
    random = np.random.default_rng(0)
    shapes = weight_shapes(made.spec.model, made.model_io)
    return Network(made.spec.model, {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()})


def everything_read(made: SeriesDataset, part: str) -> np.ndarray:
    batches = made.training(0) if part == "training" else getattr(made, part)()
    return np.concatenate([np.ravel(array) for batch in batches for array in batch])


@pytest.mark.parametrize(
    "options", [{}, {"differences": True}, {"horizon": 5}, {"horizon": 3, "differences": True, "calendar": True}, {"inputs": "all"}]
)
def test_a_change_in_the_future_changes_nothing_before_it(options):
    """Marks in validation and test: no training window, target or scale knows them; those in the test are unknown to validation."""
    values = noise(400, 2)
    spec = series_spec(**options)
    plain = SeriesDataset(spec, table_of(values))
    train_end, validation_end = plain.prepared[0].edges
    for first, parts in ((train_end, ("training",)), (validation_end, ("training", "validation"))):
        marked = values.copy()
        marked[first:] = 1e6 + np.arange(400 - first)[:, None] ** 2
        other = SeriesDataset(spec, table_of(marked))
        assert other.scaling == plain.scaling
        for part in parts:
            np.testing.assert_array_equal(everything_read(other, part), everything_read(plain, part))
        assert not np.array_equal(everything_read(other, "test"), everything_read(plain, "test"))


def test_a_gap_at_the_end_of_the_training_part_is_filled_from_the_past():
    values = noise(300)[:, 0]
    edge = SeriesDataset(series_spec(), table_of(values)).prepared[0].edges[0]
    values[edge - 3 : edge + 3] = np.nan
    changed = values.copy()
    changed[edge + 3 :] += 1000
    first, second = (SeriesDataset(series_spec(), table_of(v)) for v in (values, changed))
    np.testing.assert_array_equal(everything_read(first, "training"), everything_read(second, "training"))
    assert (first.prepared[0].values[edge - 3 : edge + 3, 0] == values[edge - 4]).all()


def test_windows_and_targets_are_the_values_themselves():
    values = np.arange(200.0) + 0.5 * np.sin(np.arange(200))
    made = SeriesDataset(series_spec(horizon=3), table_of(values))
    scale = made.scaling.series[""]
    train = values[: made.prepared[0].edges[0]]
    assert scale.mean == pytest.approx((train.mean(),)) and scale.deviation == pytest.approx((train.std(),))
    for ends in (made.train, made.held_out, made.tested):
        windows, targets = made.windows(ends), made.targets(ends)
        for row, end in enumerate(ends):
            np.testing.assert_allclose(windows[row, :, 0], (values[end - 9 : end + 1] - train.mean()) / train.std(), rtol=1e-5)
            np.testing.assert_allclose(targets[row], (values[end + 1 : end + 4] - train.mean()) / train.std(), rtol=1e-5)
        np.testing.assert_allclose(made.forecasts(made.targets(ends), ends), made.true_values(ends), rtol=1e-5)
    used = np.concatenate([ends[:, None] + np.arange(1, 4) for ends in (made.train,)])
    assert (
        used.max() < made.prepared[0].edges[0] <= (made.held_out + 1).min()
        and (made.held_out + 3).max() < made.prepared[0].edges[1]
    )


def test_differences_predict_changes_since_the_last_value():
    values = noise(300)[:, 0]
    made = SeriesDataset(series_spec(horizon=2, differences=True), table_of(values))
    scale, ends = made.scaling.series[""], made.tested
    np.testing.assert_allclose(
        made.targets(ends) * scale.target_deviation + scale.target_mean,
        np.stack([values[ends + k] - values[ends] for k in (1, 2)], 1), atol=1e-4,
    )  # fmt: skip
    np.testing.assert_allclose(made.forecasts(made.targets(ends), ends), made.true_values(ends), rtol=1e-5)
    expected = (np.diff(values)[ends[0] - 10 : ends[0]] - scale.mean[0]) / scale.deviation[0]
    np.testing.assert_allclose(made.windows(ends)[0, :, 0], expected, atol=1e-5)


def test_filled_values_are_read_but_never_predicted():
    values = noise(300)[:, 0]
    values[[50, 51, 120, 230, 260]] = np.nan
    made = SeriesDataset(series_spec(horizon=2), table_of(values))
    for ends in (made.train, made.held_out, made.tested):
        assert made.prepared[0].is_real[ends[:, None] + [1, 2]].all()
    assert np.isfinite(made.inputs).all()


def test_missing_dates_become_gaps_and_unequal_ones_do_not():
    made = SeriesDataset(series_spec(), table_of(noise(250), np.delete(np.arange(260), np.arange(100, 110))))
    assert len(made.values) == 260 and (~made.prepared[0].is_real).sum() == 10
    unequal = SeriesDataset(series_spec(), table_of(noise(250), np.cumsum(np.random.default_rng(0).integers(1, 30, 250))))
    assert len(unequal.values) == 250 and unequal.prepared[0].step.name == "row"


def test_several_series_train_one_network_each_scaled_by_itself():
    first, second = noise(200)[:, 0], 1000 * noise(260)[:, 0]
    dates = np.datetime64("2020-01-01", "s") + np.concatenate([np.arange(200), np.arange(260), np.arange(12)]) * np.timedelta64(
        1, "D"
    )
    table = SeriesTable(
        dates,
        ("price",),
        np.concatenate([first, second, np.ones(12)])[:, None],
        ("A", "B", "short"),
        np.repeat([0, 1, 2], [200, 260, 12]),
    )
    made = SeriesDataset(series_spec(), table)
    assert [series.name for series in made.prepared] == ["A", "B"] and made.left_out == ["short"]
    assert made.model_io.output.quantity == "standard deviations"
    for ends in (made.train, made.held_out, made.tested):
        of = made.of_series(ends)
        assert set(of) == {0, 1} and ((ends - 9 >= made.starts[of]) & (ends + 1 < made.starts[of + 1])).all()
        np.testing.assert_allclose(made.forecasts(made.targets(ends), ends), made.true_values(ends), rtol=1e-4)
    one = SeriesDataset(series_spec(series="B"), table)
    assert one.model_io.output.quantity == "price" and len(one.values) == 260
    results = baseline.results(made, made.targets(made.tested))
    assert results["network_mase"] < 1e-4 and results["last_mase"] == pytest.approx(1)


def test_the_calendar_knows_the_season_and_the_hour(settings):
    daily = SeriesDataset(series_spec(calendar=True, source="weather"), sources.load("weather", settings))
    assert daily.model_io.input.features == 3
    at = np.datetime64("2020-07-01T06:00", "s")
    year_sine, year_cosine, day_sine, day_cosine = dataset.calendar(np.array([at]), 4)[0]
    assert abs(year_sine) < 0.05 and year_cosine < -0.99 and day_sine == pytest.approx(1) and abs(day_cosine) < 1e-9


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        (noise(20), {}, "There are 20 timesteps; a window of 10 and a horizon of 1 need at least"),
        (np.ones(200), {}, "the same value, 1, in the whole training part"),
        (np.arange(200.0), {"differences": True}, "changes by the same amount at every step"),
        (np.where(np.arange(200) % 2, np.arange(200.0), np.nan), {"horizon": 5}, "too many gaps"),
        (noise(200), {"column": "z"}, "no column called 'z'"),
        (noise(200), {"series": "z"}, None),  # there is one series: its name does not matter
    ],
)
def test_what_cannot_be_learnt_is_a_sentence(values, options, sentence):
    if sentence is None:
        SeriesDataset(series_spec(**options), table_of(values))
        return
    with pytest.raises(UserError, match=sentence):
        SeriesDataset(series_spec(**options), table_of(values))


def test_a_run_keeps_its_scaling_when_its_data_has_changed(tmp_path, settings):
    spec, task = series_spec(), task_of("series")
    first = task.dataset(spec, tmp_path, settings, False)
    assert dataset.read(tmp_path) == first.scaling and task.model_io(spec, tmp_path) == first.model_io
    longer = SeriesDataset(
        spec, table_of(noise(500)), first.scaling if first.scaling.columns == ("a",) else replace(first.scaling, columns=("a",))
    )
    assert longer.scaling.series == first.scaling.series
    (tmp_path / SCALING).write_text("{}")
    with pytest.raises(DamagedFile):
        task.model_io(spec, tmp_path)


# --- The forecasts beside the network's


def test_errors_are_those_of_the_definition():
    values = noise(300)[:, 0]
    made = SeriesDataset(series_spec(horizon=2), table_of(values))
    ends = made.tested
    results = baseline.results(made, np.zeros((len(ends), 2), np.float32))
    true = np.stack([values[ends + 1], values[ends + 2]], 1)
    mean = values[: made.prepared[0].edges[0]].mean()
    last = np.abs(true - values[ends][:, None])
    assert results["last_mae"] == pytest.approx(last.mean()) and results["last_mase"] == pytest.approx(1)
    assert results["network_mae"] == pytest.approx(np.abs(true - mean).mean(), rel=1e-5)
    assert results["network_rmse"] == pytest.approx(np.sqrt(np.square(true - mean).mean()), rel=1e-5)
    assert results["network_mase"] == pytest.approx(np.abs(true - mean).mean() / last.mean(), rel=1e-5)


def test_the_seasonal_naive_forecast_repeats_the_newest_known_period():
    values = np.tile([1.0, 2, 3, 4, 5, 6, 7], 60) + 0.001 * np.random.default_rng(1).normal(size=420)
    made = SeriesDataset(series_spec(horizon=10), table_of(values))
    assert baseline.period(made, 0) == 7
    forecasts = baseline.seasonal_naive(made, made.tested, [7])
    ends = made.tested
    for k in range(10):
        np.testing.assert_array_equal(forecasts[:, k], values[ends + 1 + k - (7 if k < 7 else 14)])
    assert baseline.results(made, made.targets(ends))["seasonal_mae"] < 0.01
    chosen = SeriesDataset(series_spec(horizon=10, period=3), table_of(values))
    assert baseline.period(chosen, 0) == 3


@pytest.mark.parametrize(("source", "period"), [("weather", 365), ("sine", 25), ("two-periods", 20), ("indices", 5)])
def test_the_period_is_found_by_autocorrelation(source, period, settings):
    made = SeriesDataset(series_spec(source=source), sources.load(source, settings))
    assert abs(baseline.period(made, 0) - period) <= (60 if source == "two-periods" else 0)


def test_the_linear_autoregression_finds_a_linear_rule():
    random, values = np.random.default_rng(2), [1.0, 2.0]
    for _ in range(600):
        values.append(0.6 * values[-1] - 0.5 * values[-2] + random.normal())
    made = SeriesDataset(series_spec(), table_of(np.array(values)))
    results = baseline.results(made, np.zeros((len(made.tested), 1), np.float32))
    assert results["linear_mae"] == pytest.approx(np.sqrt(2 / np.pi), rel=0.15)  # the noise alone
    assert results["linear_mae"] < 0.9 * min(results["last_mae"], results["network_mae"])


def test_a_copy_of_the_last_value_is_late_by_one_step():
    made = SeriesDataset(series_spec(), table_of(noise(300) - 10 * np.arange(300)[:, None]))
    last = baseline.last_value(made, made.tested)
    assert baseline.lag(made, made.tested, last) == 1
    assert baseline.lag(made, made.tested, made.true_values(made.tested)) == 0


# --- Forecasts of a network


@pytest.mark.parametrize("options", [{}, {"differences": True, "horizon": 3}, {"inputs": "all", "calendar": True}])
def test_one_step_of_a_free_forecast_is_the_networks_answer(options):
    made = SeriesDataset(series_spec(**options), table_of(noise(300, 2)))
    network, series, end = random_network(made), made.prepared[0], int(made.tested[4])
    horizon = made.spec.data.horizon
    expected = made.forecasts(network.classify(made.windows(np.array([end]))), np.array([end]))[0]
    ahead = series.dates[end + 1 : end + 1 + horizon]
    got = forecast.free_running(
        network, made.scaling, "", 10, series.values[None, : end + 1], series.dates[None, : end + 1], ahead[None]
    )
    np.testing.assert_allclose(got[0], expected, rtol=1e-6)


def test_a_free_forecast_reads_its_own_forecasts():
    made = SeriesDataset(series_spec(horizon=2), table_of(noise(300)))
    network, series = random_network(made), made.prepared[0]
    history, dates = series.values[:250], series.dates
    got = forecast.free_running(network, made.scaling, "", 10, history[None], dates[None, :250], dates[None, 250:255])[0]
    first, known = got[:2], np.concatenate([history, got[:2, None]])
    again = forecast.free_running(network, made.scaling, "", 10, known[None], dates[None, :252], dates[None, 252:255])[0]
    np.testing.assert_allclose(np.concatenate([first, again]), got, rtol=1e-6)


def test_the_band_holds_the_share_that_it_says():
    errors = np.random.default_rng(0).normal(0, np.arange(1, 6), (4000, 5))
    low, high = forecast.band(errors)
    np.testing.assert_allclose(high, 1.2816 * np.arange(1, 6), rtol=0.1)
    assert forecast.coverage(errors, low, high) == pytest.approx(0.8, abs=0.01)
    errors[3:, 3:] = np.nan  # too few far ahead
    low, high = forecast.band(errors)
    assert low[3] == low[2] == low[4] and high[4] == high[2]


def test_errors_by_distance_are_measured_within_their_part():
    made = SeriesDataset(series_spec(), table_of(noise(300)))
    network, (first, second) = random_network(made), made.prepared[0].edges
    errors = forecast.errors_by_distance(network, made, 0, 1, 20)
    assert errors.shape == (min(60, second - first), 20) and np.isfinite(errors[:, 0]).all() and np.isnan(errors[-1, 1:]).all()


def test_the_forecast_beyond_the_end_has_dates_and_a_band(settings):
    made = SeriesDataset(series_spec(source="indices"), sources.load("indices", settings))
    ahead = forecast.beyond_the_end(random_network(made), made, 0, 6)
    assert np.is_busday(ahead.dates.astype("datetime64[D]")).all() and ahead.dates[0] > made.prepared[0].dates[-1]
    assert (ahead.low <= ahead.high).all() and np.isfinite(ahead.values).all()
