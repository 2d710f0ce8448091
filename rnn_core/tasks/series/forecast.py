"""Forecasts of a trained network, in NumPy: one step ahead, and free-running, where the network reads its own forecasts."""

from dataclasses import dataclass

import numpy as np

from rnn_core.nn.network import Network
from rnn_core.tasks.series.dataset import Prepared, Scaling, SeriesDataset, inputs_of, values_of
from rnn_core.tasks.series.steps import following

BAND = 0.8  # share of the errors that the band around a forecast holds
MOST_ORIGINS = 60  # from which forecasts are made to measure errors by their distance


@dataclass(frozen=True)
class Forecast:
    """What follows a series; `low` and `high` hold the middle 80 % of the errors on the validation part, as far ahead."""

    dates: np.ndarray  # (steps,) datetime64[s]
    values: np.ndarray  # (steps,)
    low: np.ndarray
    high: np.ndarray


def free_running(
    network: Network, scaling: Scaling, name: str, window: int, history: np.ndarray, dates: np.ndarray, ahead: np.ndarray
) -> np.ndarray:
    """Forecasts (n, steps) that follow `history` (n, past, columns), with the dates (n, past) and (n, steps).

    The history has at least `window` timesteps, with differences one more. Columns that are read but not predicted stay at their last
    value.
    """
    scale, past = scaling.series[name], window + scaling.differences
    values, dates = history[:, -past:].astype(np.float64), dates[:, -past:]
    count, steps = ahead.shape
    forecasts = np.empty((count, 0))
    while forecasts.shape[1] < steps:
        inputs = inputs_of(values, dates, scaling, scale)[:, -window:]
        new = values_of(network.classify(inputs), values[:, -1, 0], scaling, scale)
        new_dates = ahead[:, forecasts.shape[1] :][:, : new.shape[1]]
        forecasts = np.concatenate([forecasts, new], axis=1)
        rows = np.repeat(values[:, -1:], new_dates.shape[1], axis=1)
        rows[:, :, 0] = new[:, : new_dates.shape[1]]
        values = np.concatenate([values, rows], axis=1)[:, -past:]
        dates = np.concatenate([dates, new_dates], axis=1)[:, -past:]
    return forecasts[:, :steps]


def errors_by_distance(
    network: Network, dataset: SeriesDataset, series: int, part: int, steps: int, most: int = MOST_ORIGINS
) -> np.ndarray:
    """Errors (origins, steps) of free-running forecasts in a part (1: validation, 2: test), NaN beyond the end of the series; `most` of
    them, evenly spaced."""
    prepared, data = dataset.prepared[series], dataset.spec.data
    edges = (*prepared.edges, len(prepared.dates))
    first, last = max(edges[part - 1], data.window + data.differences), edges[part] - 1
    origins = np.unique(np.linspace(first, max(first, last), most).astype(int))
    origins = origins[origins < len(prepared.dates)]
    past = data.window + data.differences
    back, ahead = np.arange(-past, 0), np.arange(steps)
    at = np.minimum(origins[:, None] + ahead, len(prepared.dates) - 1)
    forecasts = free_running(
        network, dataset.scaling, prepared.name, data.window, prepared.values[origins[:, None] + back],
        prepared.dates[origins[:, None] + back], prepared.dates[at],
    )  # fmt: skip
    wrong = prepared.values[at, 0] - forecasts
    wrong[(origins[:, None] + ahead >= edges[part]) | ~prepared.is_real[at]] = np.nan
    return wrong


def band(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(low, high), each (steps,): what is added to a forecast, so that the middle 80 % of these errors (origins, steps) lie between.

    Few errors are known far ahead: from where there are fewer than five, the last band goes on.
    """
    low, high = np.zeros(errors.shape[1]), np.zeros(errors.shape[1])
    for step, column in enumerate(errors.T):
        known = column[~np.isnan(column)]
        if len(known) >= 5:
            low[step], high[step] = np.quantile(known, ((1 - BAND) / 2, (1 + BAND) / 2))
        elif step:
            low[step], high[step] = low[step - 1], high[step - 1]
    return low, high


def coverage(errors: np.ndarray, low: np.ndarray, high: np.ndarray) -> float | None:
    """The share of errors (origins, steps) within the band; None without any."""
    known = ~np.isnan(errors)
    return float(((errors >= low) & (errors <= high))[known].mean()) if known.any() else None


def beyond_the_end(network: Network, dataset: SeriesDataset, series: int, steps: int) -> Forecast:
    """The forecast that follows the last date of a series."""
    prepared: Prepared = dataset.prepared[series]
    usual = int(np.median(np.diff(prepared.dates.astype("int64"))))
    ahead = following(prepared.dates[-1], prepared.step, steps, usual)
    values = free_running(
        network, dataset.scaling, prepared.name, dataset.spec.data.window, prepared.values[None], prepared.dates[None], ahead[None]
    )[0]
    low, high = band(errors_by_distance(network, dataset, series, 1, steps))
    return Forecast(ahead, values, values + low, values + high)
