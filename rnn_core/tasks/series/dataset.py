"""The series task: a network reads a window of timesteps and predicts the next ones.

Each series is split by time: the first 70 % train, the next 15 % validate, the rest is the test. The targets of an example lie within
one part; its window may reach back into the part before, which is the past by then. Scaling is fitted on the training part alone, and a
gap is filled with the value before it, so nothing from a later part is in an earlier one.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnn_core.data import atomic
from rnn_core.errors import UserError
from rnn_core.nn.run_files import DamagedFile, read_json
from rnn_core.spec.model_io import ModelIO, Values, Vectors
from rnn_core.tasks.examples import BatchesDataset
from rnn_core.tasks.series.options import SeriesData
from rnn_core.tasks.series.steps import DAY, Step, places, step_of
from rnn_core.tasks.series.table import SeriesTable, unit, without_unit, write
from rnn_core.tasks.task import Parts

SCALING = "scaling.json"  # in a run's folder: how its data becomes the network's inputs, and outputs become values
TRAIN_SHARE, VALIDATION_SHARE = 0.7, 0.15
_FEWEST_WINDOWS = 8  # to train on
_AT_ONCE = 1000  # windows in a batch of validation and test
_MOST_FILLED = 0.2  # share of missing timesteps up to which gaps are filled

Batch = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Scale:
    """Of one series: what is subtracted and divided by. Fitted on its training part."""

    mean: tuple[float, ...]  # of each column that the network reads, in the order of `Scaling.columns`
    deviation: tuple[float, ...]
    target_mean: float  # of what the network predicts: values, or changes since the last value of the window
    target_deviation: float


@dataclass(frozen=True)
class Scaling:
    """Everything that turns a table into the inputs of one network, and its outputs into values."""

    columns: tuple[str, ...]  # that the network reads; the first is predicted
    calendar: int  # inputs from the date: 2, or 4 where steps are shorter than a day
    differences: bool
    series: dict[str, Scale]  # by name; "" for a single series

    @property
    def features(self) -> int:
        return len(self.columns) + self.calendar


@dataclass(frozen=True)
class Prepared:
    """One series on a grid of timesteps, without gaps."""

    name: str
    dates: np.ndarray  # (steps,) datetime64[s]
    values: np.ndarray  # (steps, columns) float64, gaps filled with the value before
    is_real: np.ndarray  # (steps,) bool: whether the predicted value was measured
    step: Step

    @property
    def edges(self) -> tuple[int, int]:
        """The first timestep of validation and that of the test."""
        return int(TRAIN_SHARE * len(self.dates)), int((TRAIN_SHARE + VALIDATION_SHARE) * len(self.dates))


def prepare(table: SeriesTable, columns: tuple[int, ...], name: str, rows: slice) -> Prepared:
    """A series from its first complete row on, with gaps filled. Raises `UserError` if too little is there."""
    dates, values = table.dates[rows], table.values[rows][:, columns]
    complete = ~np.isnan(values).any(1)
    if not complete.any():
        raise UserError(
            f"{_called(name)} has no row with a number in every column that is read. Choose another value, or The value alone under Inputs."
        )
    first = int(np.argmax(complete))
    dates, values = dates[first:], values[first:]
    step = step_of(dates)
    place = places(dates, step)
    grid = np.full((place[-1] + 1, values.shape[1]), np.nan)
    grid[place] = values
    known = np.zeros(len(grid), "datetime64[s]")
    known[place] = dates
    at = np.maximum.accumulate(np.where(np.isin(np.arange(len(grid)), place), np.arange(len(grid)), 0))
    unit_seconds = step.seconds or (30 * DAY * step.months)
    dates = known[at] + ((np.arange(len(grid)) - at) * unit_seconds).astype("timedelta64[s]")
    is_real = ~np.isnan(grid[:, 0])
    for column in grid.T:
        newest = np.maximum.accumulate(np.where(np.isnan(column), 0, np.arange(len(column))))
        column[:] = column[newest]
    return Prepared(name, dates, grid, is_real, step)


def _called(name: str) -> str:
    return f"The series {name}" if name else "The data"


def columns_read(table: SeriesTable, data: SeriesData) -> tuple[int, ...]:
    """Indices of the columns that the network reads; the first is predicted."""
    target = table.column(data.column)
    return (target, *(i for i in range(len(table.columns)) if i != target)) if data.inputs == "all" else (target,)


def fit(prepared: list[Prepared], columns: tuple[str, ...], data: SeriesData) -> Scaling:
    """The scaling of the training part of each series."""
    short = any(0 < series.step.seconds < DAY for series in prepared)
    scales = {series.name: _fit_one(series, columns, data) for series in prepared}
    return Scaling(columns, (4 if short else 2) if data.calendar else 0, data.differences, scales)


def _fit_one(series: Prepared, columns: tuple[str, ...], data: SeriesData) -> Scale:
    values = series.values[: series.edges[0]]
    if len(values) and (values[:, 0] == values[0, 0]).all():
        raise UserError(
            f"{columns[0]} has the same value, {values[0, 0]:g}, in the whole training part, so there is nothing to learn. Choose another value."
        )
    target = values[:, 0]
    if data.differences:
        ahead = np.concatenate([target[k:] - target[:-k] for k in range(1, data.horizon + 1) if k < len(target)] or [np.zeros(1)])
        target, values = ahead, np.diff(values, axis=0)
    mean, deviation = values.mean(0), values.std(0)
    deviation = np.where(deviation > 1e-12 * np.abs(values).max(0, initial=0), deviation, 1.0)
    spread = float(target.std())
    if not spread > 0:
        raise UserError(
            f"{columns[0]} changes by the same amount at every step, so there is nothing to learn. Turn Differences off."
        )
    return Scale(tuple(mean.tolist()), tuple(deviation.tolist()), float(target.mean()), spread)


def calendar(dates: np.ndarray, features: int) -> np.ndarray:
    """(..., steps, features): the day of the year and, with 4 features, the time of the day, each as its sine and cosine."""
    days = (dates - dates.astype("datetime64[Y]")).astype("timedelta64[s]").astype(float) / DAY
    angles = [2 * np.pi * days / 365.25, 2 * np.pi * (days % 1)][: features // 2]
    return np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], -1) if angles else np.empty((*dates.shape, 0))


def inputs_of(values: np.ndarray, dates: np.ndarray, scaling: Scaling, scale: Scale) -> np.ndarray:
    """What the network reads of values (..., steps, columns): (..., steps, features) float32. The first step of differences is zero."""
    read = np.diff(values, axis=-2, prepend=values[..., :1, :]) if scaling.differences else values
    scaled = (read - np.array(scale.mean)) / np.array(scale.deviation)
    return np.concatenate([scaled, calendar(dates, scaling.calendar)], -1).astype(np.float32)


def values_of(outputs: np.ndarray, last: np.ndarray, scaling: Scaling, scale: Scale) -> np.ndarray:
    """Outputs (n, horizon) of a network -> values; `last` (n,) is the last value of each window."""
    values = scale.target_mean + scale.target_deviation * outputs.astype(np.float64)
    return values + last[:, None] if scaling.differences else values


def model_io(scaling: Scaling, data: SeriesData) -> ModelIO:
    only = next(iter(scaling.series.values())) if len(scaling.series) == 1 else None
    output = Values(
        data.horizon,
        huber=data.loss == "huber",
        deviation=only.target_deviation if only else 1.0,
        quantity=(unit(scaling.columns[0]) or without_unit(scaling.columns[0])) if only else "standard deviations",
    )
    return ModelIO(Vectors(scaling.features), output, data.window)


class SeriesDataset(BatchesDataset):
    """Windows and what follows them. The examples of all series are one list; `ends` are the last timesteps of windows."""

    def __init__(self, spec: Parts, table: SeriesTable, scaling: Scaling | None = None):
        """`scaling` is that of a run that continues. Raises `UserError` if there is too little data."""
        data: SeriesData = spec.data
        self.spec = spec
        if scaling:
            columns = tuple(table.column(name) for name in scaling.columns)
            chosen = [part for part in table.chosen(data.series) if part[0] in scaling.series]
            if not chosen:
                raise UserError(
                    "None of the series that this network was trained on are in the data any more. Train a new network."
                )
        else:
            columns, chosen = columns_read(table, data), table.chosen(data.series)
        self.prepared = [prepare(table, columns, *part) for part in chosen]
        needed = -(-(data.window + data.differences + data.horizon + _FEWEST_WINDOWS) // TRAIN_SHARE)
        self.left_out = [series.name for series in self.prepared if len(series.dates) < needed]
        if len(self.left_out) == len(self.prepared):
            longest = max(len(series.dates) for series in self.prepared)
            raise UserError(
                f"There are {longest:,} timesteps; a window of {data.window} and a horizon of {data.horizon} need at least {needed:,.0f}. "
                "Choose a shorter window, or use more data."
            )
        self.prepared = [series for series in self.prepared if series.name not in self.left_out]
        self.scaling = scaling or fit(self.prepared, tuple(table.columns[i] for i in columns), data)
        self.model_io = model_io(self.scaling, data)
        self.starts = np.cumsum([0, *(len(series.dates) for series in self.prepared)])  # of each series in the arrays below
        self.values = np.concatenate([series.values[:, 0] for series in self.prepared])
        self.inputs = np.concatenate(
            [inputs_of(series.values, series.dates, self.scaling, self.scaling.series[series.name]) for series in self.prepared]
        )
        self.train, self.held_out, self.tested = (
            np.concatenate([start + self._ends(series, part) for start, series in zip(self.starts, self.prepared, strict=False)])
            for part in range(3)
        )
        if not len(self.train):
            raise UserError(
                f"No window of {data.window} timesteps is followed by {data.horizon} measured values: there are too many gaps. Choose a "
                "shorter window or horizon, or another value."
            )
        self.batch = min(spec.training.batch_size, len(self.train))

    def _ends(self, series: Prepared, part: int) -> np.ndarray:
        """The last timesteps of the windows of a part: training, validation or test."""
        data, edges = self.spec.data, (0, *series.edges, len(series.dates))
        first = max(edges[part], data.window + data.differences if part == 0 else 0)
        ends = np.arange(first - 1, edges[part + 1] - data.horizon)
        ends = ends[ends >= data.window + data.differences - 1]
        real = sliding_window_view(series.is_real, data.horizon).all(1)  # of the targets that begin at each timestep
        return ends[real[ends + 1]]

    @property
    def timesteps(self) -> int:
        return self.spec.data.window

    def of_series(self, ends: np.ndarray) -> np.ndarray:
        """The index in `prepared` of the series of each window."""
        return np.searchsorted(self.starts, ends, "right") - 1

    def windows(self, ends: np.ndarray) -> np.ndarray:
        """(n, window, features)."""
        return sliding_window_view(self.inputs, self.timesteps, axis=0)[ends - self.timesteps + 1].transpose(0, 2, 1)

    def true_values(self, ends: np.ndarray) -> np.ndarray:
        """The values after each window: (n, horizon)."""
        return sliding_window_view(self.values, self.spec.data.horizon)[ends + 1]

    def forecasts(self, outputs: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Outputs (n, horizon) of the network for these windows -> values."""
        values = np.empty(outputs.shape)
        of = self.of_series(ends)
        for i, series in enumerate(self.prepared):
            rows = of == i
            values[rows] = values_of(outputs[rows], self.values[ends[rows]], self.scaling, self.scaling.series[series.name])
        return values

    def targets(self, ends: np.ndarray) -> np.ndarray:
        """What the network learns to output: (n, horizon) float32."""
        scales = [self.scaling.series[series.name] for series in self.prepared]
        mean, deviation = (np.array([getattr(scale, name) for scale in scales]) for name in ("target_mean", "target_deviation"))
        of = self.of_series(ends)
        values = self.true_values(ends) - (self.values[ends][:, None] if self.scaling.differences else 0)
        return ((values - mean[of][:, None]) / deviation[of][:, None]).astype(np.float32)

    def training(self, epoch: int) -> Iterator[Batch]:
        """Batches in a new order each epoch."""
        order = np.random.default_rng([self.spec.seed, epoch]).permutation(self.train)
        for i in range(self.steps):
            yield self._batch(order[i * self.batch :][: self.batch])

    def validation(self) -> Iterator[Batch]:
        yield from self._in_pieces(self.held_out)

    def test(self) -> Iterator[Batch]:
        yield from self._in_pieces(self.tested)

    def _in_pieces(self, ends: np.ndarray) -> Iterator[Batch]:
        for start in range(0, len(ends), _AT_ONCE):
            yield self._batch(ends[start : start + _AT_ONCE])

    def _batch(self, ends: np.ndarray) -> Batch:
        return self.windows(ends), self.targets(ends)


def past(dataset: SeriesDataset) -> bytes:
    """The last timesteps that the network reads of each series, gaps filled, as a table like the data's own."""
    steps = dataset.spec.data.window + dataset.scaling.differences
    several = any(series.name for series in dataset.prepared)
    tables = [SeriesTable(series.dates[-steps:], dataset.scaling.columns, series.values[-steps:]) for series in dataset.prepared]
    names = tuple(series.name for series in dataset.prepared) if several else ()
    numbers = np.repeat(np.arange(len(tables)), [len(table.dates) for table in tables]) if several else None
    dates, values = (np.concatenate([getattr(table, name) for table in tables]) for name in ("dates", "values"))
    return write(SeriesTable(dates, dataset.scaling.columns, values, names, numbers))


# --- The file of a run


def save(folder: Path, scaling: Scaling) -> None:
    atomic.write(folder / SCALING, json.dumps({"version": 1, **asdict(scaling)}).encode())


def read(folder: Path) -> Scaling:
    """The scaling of a run. Raises `DamagedFile`."""
    try:
        return read_json(folder / SCALING, _from_content)
    except FileNotFoundError:
        raise DamagedFile(folder / SCALING, "it is missing") from None


def _from_content(content: dict) -> Scaling:
    if content["version"] != 1:
        raise ValueError("it was written by a newer version of this program")
    series = {
        name: Scale(tuple(map(float, scale["mean"])), tuple(map(float, scale["deviation"])), float(scale["target_mean"]), float(scale["target_deviation"]))
        for name, scale in content["series"].items()
    }  # fmt: skip
    columns, calendar_inputs = tuple(map(str, content["columns"])), int(content["calendar"])
    numbers = [(*scale.mean, *scale.deviation, scale.target_mean, scale.target_deviation) for scale in series.values()]
    if not numbers or calendar_inputs not in (0, 2, 4) or any(len(row) != 2 * len(columns) + 2 for row in numbers):
        raise ValueError("its content makes no sense")
    if not np.isfinite(numbers).all() or not all(
        scale.target_deviation > 0 and min(scale.deviation) > 0 for scale in series.values()
    ):
        raise ValueError("its numbers are impossible")
    return Scaling(columns, calendar_inputs, bool(content["differences"]), series)
