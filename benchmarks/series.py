"""What networks predict of series, beside simple forecasts: errors in the test, three seeds each; and sines that run free, by cell.

python -m benchmarks.series
"""

from collections.abc import Iterator

import numpy as np

from benchmarks import row
from rnn_core import settings as settings_of
from rnn_core.nn.network import Network
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.series import baseline, forecast, sources
from rnn_core.tasks.series.dataset import SeriesDataset
from rnn_core.training.protocol import Command

SEEDS = (1, 2, 3)
PERIODS = 10  # of a sine that runs free; the last two are measured
PRESETS = (("quick", "weather"), ("thorough", "weather"), ("prices", "indices"))
WIDTHS = (22, 22, 10, 10, 8)


class _Silent:
    """A listener that keeps the test's outputs."""

    outputs: np.ndarray | None = None

    def step(self, *_) -> None: ...
    def epoch(self, *_) -> None: ...
    def snapshot(self, *_) -> None: ...
    def command(self) -> Command:
        return Command()

    def test_result(self, step, epoch, values, outputs) -> None:
        self.outputs = outputs


def trained(spec: RunSpec) -> tuple[SeriesDataset, Network, np.ndarray]:
    """The data, the network of the best epoch, and its outputs in the test."""
    from rnn_core.training.loop import Training

    dataset, listener = SeriesDataset(spec, sources.load(spec.data.source, settings_of.load())), _Silent()
    training = Training(spec, dataset)
    training.run(listener)
    return dataset, Network(spec.model, training.best.weights), listener.outputs


def errors(preset: str, source: str) -> Iterator[tuple]:
    seeds = []
    for seed in SEEDS:
        spec = spec_of("series", preset, source=source, seed=seed)
        dataset, _, outputs = trained(spec)
        seeds.append(baseline.results(dataset, outputs))
    unit = dataset.model_io.output.quantity
    worst = max(seeds, key=lambda results: results["network_mae"])
    middle = sorted(seeds, key=lambda results: results["network_mae"])[len(seeds) // 2]
    yield preset, "network, median seed", *_numbers(middle, "network", unit)
    yield "", "network, worst seed", *_numbers(worst, "network", unit)
    for name in ("linear", "seasonal", "last"):
        if f"{name}_mae" in middle:
            yield "", baseline.NAMES[name].lower(), *_numbers(middle, name, unit)
    yield "", f"lag of the network: {middle['lag']:g}", "", "", ""


def _numbers(results: dict[str, float], name: str, unit: str) -> tuple[str, str, str]:
    return f"{results[f'{name}_mae']:.4g} {unit}"[:10], f"{results[f'{name}_rmse']:.4g}", f"{results[f'{name}_mase']:.3f}"


def sines() -> Iterator[tuple]:
    """Amplitude and phase of the last two of ten periods that a network wrote by itself, relative to the true sine of period 25."""
    for cell in ("rnn", "lstm", "gru"):
        for seed in SEEDS:
            spec = spec_of("series", "sine-lstm", seed=seed).changed(cell=cell)
            dataset, network, _ = trained(spec)
            series, period = dataset.prepared[0], 25
            start, steps = series.edges[1], PERIODS * period
            written = forecast.free_running(
                network, dataset.scaling, "", spec.data.window, series.values[None, :start], series.dates[None, :start],
                series.dates[None, start : start + steps],
            )[0][-2 * period :]  # fmt: skip
            t = np.arange(start + steps - 2 * period, start + steps)
            waves = np.stack([np.sin(2 * np.pi * t / period), np.cos(2 * np.pi * t / period)], 1)
            (sine, cosine), *_ = np.linalg.lstsq(waves, written, rcond=None)
            late = -np.arctan2(cosine, sine) / (2 * np.pi) * period
            yield cell, f"seed {seed}", f"{np.hypot(sine, cosine):.2f}", f"{late:+.1f} steps", ""


def main() -> None:
    row("preset", "forecast", "mean abs.", "rms", "MASE", widths=WIDTHS)
    for preset, source in PRESETS:
        for line in errors(preset, source):
            row(*line, widths=WIDTHS)
    print()
    row("noisy sine, running free", "", "amplitude", "late", "", widths=WIDTHS)
    for line in sines():
        row(*line, widths=WIDTHS)


if __name__ == "__main__":
    main()
