"""What naive forecasts and a linear autoregression reach on the part that validates, as training measures errors."""

from pathlib import Path

import numpy as np

from rnn_core.settings import Settings
from rnn_core.tasks.reference import Reference
from rnn_core.tasks.series import baseline, sources
from rnn_core.tasks.series.dataset import SeriesDataset
from rnn_core.tasks.task import Parts

_METHODS = {
    "last": ("the last value", "The last value of the window, for all that follows."),
    "seasonal": ("the seasonal naive forecast", "The newest known value of the same place in the period."),
    "linear": ("a linear autoregression", "Ridge regression on what the network reads."),
}


def of_run(spec: Parts, folder: Path, settings: Settings) -> list[Reference]:
    """Mean absolute errors in standard deviations of the targets. Raises `UserError` where the data is gone or unsuitable."""
    dataset = SeriesDataset(spec, sources.load(spec.data.source, settings, folder))
    ends = dataset.held_out
    if not len(ends):
        return []
    periods = [baseline.period(dataset, i) for i in range(len(dataset.prepared))]
    forecasts = {"last": baseline.last_value(dataset, ends)}
    if any(periods):
        forecasts["seasonal"] = baseline.seasonal_naive(dataset, ends, periods)
    forecasts["linear"] = baseline.fitted_linear(dataset)(ends)
    scales = [dataset.scaling.series[series.name].target_deviation for series in dataset.prepared]
    deviations = np.array(scales)[dataset.of_series(ends)][:, None]
    true = dataset.true_values(ends)
    return [
        Reference(_METHODS[name][0], "error", float((np.abs(forecast - true) / deviations).mean()), _METHODS[name][1])
        for name, forecast in forecasts.items()
    ]
