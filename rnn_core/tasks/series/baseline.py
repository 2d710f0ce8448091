"""The forecasts beside a network's: the last value, the value one period ago, and a linear autoregression on the same window.

MASE is the mean absolute error divided by that of the last value, on the same windows and horizon: below 1 beats the last value. Hyndman
and Koehler (2006) divide by the error on the training part instead, which a part with larger changes would make look bad.
"""

from collections.abc import Callable

import numpy as np

from rnn_core.tasks.series.dataset import SeriesDataset
from rnn_core.tasks.series.steps import Step

NAMES = {"network": "Network", "linear": "Linear autoregression", "seasonal": "Seasonal naive", "last": "Last value"}
_MOST_WINDOWS = 20_000  # that the linear autoregression is fitted to, evenly spaced
_PENALTY = 1.0  # of the ridge regression, on inputs of unit variance
_MOST_LAG = 10  # timesteps
_CLEAR = 0.3  # autocorrelation from which a period is taken for real


def results(dataset: SeriesDataset, outputs: np.ndarray, stop_wanted: Callable[[], bool] = lambda: False) -> dict[str, float]:
    """Errors in the test by `forecast_measure`, such as `linear_mae`: mean absolute and root mean squared error in the unit of the data,
    and MASE; and by how many timesteps the network is late (`lag`). `outputs` (windows, horizon) are the network's. Returns an empty
    dict if `stop_wanted` becomes true.
    """
    ends = dataset.tested
    if not len(ends) or len(outputs) != len(ends):
        return {}
    forecasts = {"network": dataset.forecasts(outputs, ends), "last": last_value(dataset, ends)}
    if (periods := [period(dataset, i) for i in range(len(dataset.prepared))]) and any(periods):
        forecasts["seasonal"] = seasonal_naive(dataset, ends, periods)
    linear = fitted_linear(dataset, stop_wanted)
    if linear is None or stop_wanted():
        return {}
    forecasts["linear"] = linear(ends)
    values = {}
    for name, forecast in forecasts.items():
        for measure, value in errors(dataset, ends, forecast, forecasts["last"]).items():
            values[f"{name}_{measure}"] = value
    return {**values, "lag": float(lag(dataset, ends, forecasts["network"]))}


def lag(dataset: SeriesDataset, ends: np.ndarray, forecast: np.ndarray) -> int:
    """By how many timesteps forecasts (windows, horizon) of the next value are late: 1 where they are most like the last known value."""
    lags = range(min(_MOST_LAG, dataset.timesteps) + 1)
    return min(lags, key=lambda lag: np.abs(forecast[:, 0] - dataset.values[ends + 1 - lag]).mean())


def errors(dataset: SeriesDataset, ends: np.ndarray, forecast: np.ndarray, last: np.ndarray) -> dict[str, float]:
    """`mae`, `rmse` and `mase` of forecasts (windows, horizon); of several series, MASE is the mean over all windows."""
    wrong, of = forecast - dataset.true_values(ends), dataset.of_series(ends)
    naive = np.abs(last - dataset.true_values(ends))
    shares = [
        (np.mean(of == i), np.abs(wrong[of == i]).mean() / naive[of == i].mean())
        for i in np.unique(of)
        if naive[of == i].mean() > 0  # a value that never changes in the test cannot be beaten
    ]
    mase = sum(share * ratio for share, ratio in shares) / sum(share for share, _ in shares) if shares else float("nan")
    measures = {"mae": float(np.abs(wrong).mean()), "rmse": float(np.sqrt(np.square(wrong).mean())), "mase": float(mase)}
    return {name: value for name, value in measures.items() if np.isfinite(value)}


def last_value(dataset: SeriesDataset, ends: np.ndarray) -> np.ndarray:
    """The last value of each window, for the whole horizon: (windows, horizon)."""
    return np.repeat(dataset.values[ends][:, None], dataset.spec.data.horizon, axis=1)


def seasonal_naive(dataset: SeriesDataset, ends: np.ndarray, periods: list[int]) -> np.ndarray:
    """The newest known value of the same place in the period: (windows, horizon). Without a period, the last value."""
    of = dataset.of_series(ends)
    starts, length = dataset.starts[of], np.array(periods)[of]
    ahead = np.arange(1, dataset.spec.data.horizon + 1)
    safe = np.maximum(length, 1)[:, None]
    at = ends[:, None] + ahead - safe * -(-ahead // safe)
    known = (length[:, None] > 0) & (at >= starts[:, None])
    return dataset.values[np.where(known, at, ends[:, None])]


def period(dataset: SeriesDataset, series: int) -> int:
    """The period of a series in timesteps: as chosen, else by autocorrelation of its training part, else the usual one of its step."""
    prepared = dataset.prepared[series]
    return dataset.spec.data.period or detected_period(prepared.values[: prepared.edges[0], 0], prepared.step)


def detected_period(values: np.ndarray, step: Step) -> int:
    """The lag of the highest autocorrelation after its first fall below zero, without the linear trend; else the shortest usual period.

    A lag within 5 % of a usual period is that period: noise moves the highest point of a year.
    """
    n, usual = len(values), step.periods[0] if step.periods else 0
    if n < 8:
        return usual
    t = np.arange(n)
    rest = values - np.polyval(np.polyfit(t, values, 1), t)
    spectrum = np.fft.rfft(rest, 2 * n)
    correlation = np.fft.irfft(spectrum * spectrum.conj())[: n // 2 + 1]
    below = np.flatnonzero(correlation < 0)
    if not len(below):
        return usual
    best = int(below[0] + np.argmax(correlation[below[0] :]))
    # Only n - lag products are in the sum of a lag.
    if correlation[best] / (n - best) <= _CLEAR * correlation[0] / n or best == n // 2:
        return usual
    return next((period for period in step.periods if abs(best - period) <= 0.05 * period), best)


def fitted_linear(
    dataset: SeriesDataset, stop_wanted: Callable[[], bool] = lambda: False
) -> Callable[[np.ndarray], np.ndarray] | None:
    """A function from the ends of windows to forecasts (windows, horizon) of a ridge regression on the training windows; None if stopped."""
    from sklearn.linear_model import Ridge  # imports SciPy, which training does not need

    ends = dataset.train[:: max(1, len(dataset.train) // _MOST_WINDOWS)]
    if stop_wanted():
        return None
    model = Ridge(alpha=_PENALTY).fit(_flat(dataset, ends), dataset.targets(ends))

    def forecast(ends: np.ndarray) -> np.ndarray:
        return dataset.forecasts(model.predict(_flat(dataset, ends)).reshape(len(ends), -1), ends)

    return forecast


def _flat(dataset: SeriesDataset, ends: np.ndarray) -> np.ndarray:
    return dataset.windows(ends).reshape(len(ends), -1)
