"""Several runs beside each other: what differs in their settings, their curves over a common axis, and whether a difference is luck."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from rnn_core.run_spec import RunSpec, options_of
from rnn_core.runs.store.rows import Point
from rnn_core.spec.metrics import Metric
from rnn_core.spec.model import DenseSpec, LayerSpec
from rnn_core.spec.option import Option

MOST_SETTINGS = 5  # on one chart: more lines cannot be told apart
SEEDS = 3  # of a setting, to see how much luck changes
MOST_RUNS = MOST_SETTINGS * SEEDS
AXES = ("epoch", "seconds", "items")
_IN_TITLE = {"cell", "units", "bidirectional", "layers"}  # what `RunSpec.title` says
_MOST_IN_NAME = 2  # settings in the name of a line, besides the network's title
_AS_FAR = 0.9  # of the epochs of the run that has trained longest: a run with fewer is still behind
RARE = 0.1 + 1e-9  # a split that equal networks show no more often than this is hardly luck


# Settings


@dataclass(frozen=True)
class Difference:
    """A setting in which runs differ, with the value of each run in words."""

    name: str  # of the option
    label: str
    values: tuple[str, ...]

    def of(self, place: int) -> str:
        return f"{self.label} {self.values[place]}"


def by_setting(specs: Sequence[RunSpec | None]) -> list[list[int]]:
    """The places of the specs, those that differ in the seed alone together, in the order in which settings appear.

    None is a run that was changed while it trained, which has no equal.
    """
    settings = [spec.setting if spec else place for place, spec in enumerate(specs)]
    return [
        [i for i, other in enumerate(settings) if other == setting]
        for place, setting in enumerate(settings)
        if setting not in settings[:place]
    ]


def differences(specs: Sequence[RunSpec], source_label: Callable[[str], str] = str) -> list[Difference]:
    """The settings in which specs of one task differ, in the order of the page. Sources are named by `source_label`."""
    described = [_settings(spec, source_label) for spec in specs]
    return [
        Difference(name, label, values)
        for name, label in (described[0] if described else {})
        if len(set(values := tuple(each[name, label] for each in described))) > 1
    ]


def _settings(spec: RunSpec, source_label: Callable[[str], str]) -> dict[tuple[str, str], str]:
    """Every setting in words, by (name, label)."""
    layer_names, flat, settings = {f.name for f in fields(LayerSpec)}, spec.flat(), {}
    for name, option in options_of(spec.task).items():
        if name == "source":
            settings[name, option.label] = source_label(flat[name])
        elif name in layer_names:
            settings[name, option.label] = _of_layers(option, [getattr(layer, name) for layer in spec.model.layers])
        else:
            settings[name, option.label] = option.in_words(flat[name])
    settings["layers", "Layers"] = str(len(spec.model.layers))
    for f in fields(DenseSpec):
        option = f.metadata["option"]
        settings["dense", option.label] = _of_layers(option, [getattr(layer, f.name) for layer in spec.model.dense])
    return settings


def _of_layers(option: Option, values: list) -> str:
    """The value of all layers, or that of each; a dash without layers."""
    texts = [option.in_words(value) for value in values] or ["–"]
    return texts[0] if len(set(texts)) == 1 else " + ".join(texts)


def names(specs: Sequence[RunSpec], source_label: Callable[[str], str] = str, changed: Collection[int] = ()) -> list[str]:
    """A short name for each of several settings that says what tells it from the others: `LSTM 64`, or `Learning rate 0.01`.

    `changed` are the places of runs that were changed while they trained.
    """
    titles = [spec.title for spec in specs]
    same_title = len(set(titles)) == 1
    others = [d for d in differences(specs, source_label) if d.name not in _IN_TITLE | {"seed"}][:_MOST_IN_NAME]
    short = []
    for place, title in enumerate(titles):
        parts = [] if same_title and others else [title]
        name = " · ".join([*parts, *(each.of(place) for each in others), *(["changed"] if place in changed else [])])
        same = sum(earlier == name or earlier.startswith(f"{name} (") for earlier in short)
        short.append(f"{name} ({same + 1})" if same else name)
    return short


# Curves


@dataclass(frozen=True)
class Curve:
    """A metric of one run, each array (points,)."""

    epoch: np.ndarray
    seconds: np.ndarray  # of training
    items: np.ndarray  # characters, images or reviews that training had read
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def curve_of(points: Sequence[Point], items: int | None) -> Curve:
    """The curve of a run's points; `items` is how many a full step reads."""
    rows = np.array([(p.epoch, p.seconds, p.step * float(items or 0), p.value, p.low, p.high) for p in points]).reshape(-1, 6)
    return Curve(*rows.T)


@dataclass(frozen=True)
class Band:
    """The curves of several seeds as one, each array (points,)."""

    x: np.ndarray
    low: np.ndarray
    mean: np.ndarray
    high: np.ndarray


def band_of(curves: Iterable[Curve], axis: str) -> Band:
    """Lowest, mean and highest of the curves over `axis`: at every point of any of them, between its points on a straight line.

    The band begins where all have a value. Where a run is still behind, the band has the others only; of the runs that have trained for
    (about) as many epochs, the first to end ends the band.
    """
    curves = [curve for curve in curves if len(curve.value)]
    if not curves:
        return Band(*np.empty((4, 0)))
    parts = [(getattr(curve, axis), curve.value) for curve in curves]
    last = max(curve.epoch[-1] for curve in curves)
    start = max(x[0] for x, _ in parts)
    end = min(x[-1] for curve, (x, _) in zip(curves, parts, strict=True) if curve.epoch[-1] >= _AS_FAR * last)
    grid = np.unique(np.concatenate([x for x, _ in parts]))
    grid = grid[(grid >= start) & (grid <= end)]
    values = np.array([np.interp(grid, x, value, left=np.nan, right=np.nan) for x, value in parts])
    covered = ~np.isnan(values).all(0)
    grid, values = grid[covered], values[:, covered]
    return Band(grid, np.nanmin(values, 0), np.nanmean(values, 0), np.nanmax(values, 0))


# Luck


@dataclass(frozen=True)
class Repeated:
    """The best validation values of a setting, one for each seed."""

    name: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)


def best_value(curve: Curve, metric: Metric) -> float | None:
    """The best value of a curve; None where it has none."""
    if not len(curve.value):
        return None
    return float(curve.low.min() if metric.lower_is_better else curve.high.max())


def mean_and_range(values: Sequence[float], text: Callable[[float], str]) -> str:
    """`1.52 (1.51 to 1.53)`, or the value itself where there is one."""
    if len(values) == 1:
        return text(values[0])
    return f"{text(sum(values) / len(values))} ({text(min(values))} to {text(max(values))})"


def chance_of_split(first: int, second: int) -> float:
    """How often, of two groups of so many equally good runs each, every run of one is better than every run of the other."""
    return 2 / math.comb(first + second, first)


def verdict(settings: Sequence[Repeated], metric: Metric, text: Callable[[float], str]) -> str:
    """Whether the difference between the two best settings is larger than that between seeds, in words. `text` formats a value."""
    measured = [setting for setting in settings if setting.values]
    what = f"best validation {metric.short}"
    if not measured:
        return ""
    if len(measured) == 1:
        one = measured[0]
        if len(one.values) == 1:
            return "One run. Add another, or change one thing: both are then on the chart."
        return (
            f"Luck alone: the {what} of {len(one.values)} seeds is {mean_and_range(one.values, text)}. "
            "A difference between two settings must be larger than this."
        )
    best, second = sorted(measured, key=lambda setting: setting.mean if metric.lower_is_better else -setting.mean)[:2]
    if (reached := mean_and_range(best.values, text)) == mean_and_range(second.values, text):
        equal = [setting.name for setting in measured if mean_and_range(setting.values, text) == reached]
        return f"{what.capitalize()}: {reached} for {' and '.join(equal)}: no difference."
    said = f"{what.capitalize()}: {best.name} {mean_and_range(best.values, text)}, next {second.name} {mean_and_range(second.values, text)}"
    if min(len(best.values), len(second.values)) < 2:
        return f"{said}. **May be luck**: another seed changes every result. Three seeds show by how much."
    lower, upper = (best, second) if metric.lower_is_better else (second, best)
    if max(lower.values) >= min(upper.values):
        return f"{said}. **May be luck**: the seeds of both overlap."
    chance = chance_of_split(len(best.values), len(second.values))
    often = f"networks that are equally good would split like this in 1 of {round(1 / chance)} such comparisons"
    if chance > RARE:
        return f"{said}. **May be luck**: every run of {best.name} is better, but with so few seeds {often}."
    return f"{said}. **Larger than luck**: every run of {best.name} is better; {often}."
