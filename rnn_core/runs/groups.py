"""Runs of the same settings as one group: the middle of their curves, and the range in which all of them are."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rnn_core.runs.store.runs import stored_spec
from rnn_core.runs.store.sent import Sent
from rnn_core.runs.store.store import Store
from rnn_core.spec.metrics import Metric

MIN_RUNS = 2  # of a group that is compared
# Runs that were started after the settings were sent, and whose learning rate was left as it is; the newest first.
_RUNS = (
    "SELECT id, owner, spec FROM runs WHERE created >= ? AND task = ? AND owner IS NOT NULL AND requested_learning_rate IS NULL "
    "ORDER BY number DESC"
)
_CURVES = (
    "SELECT r.id, p.epoch, p.value FROM json_each(?) ids JOIN runs r ON r.id = ids.value JOIN points p ON p.run = r.number AND p.name = ? "
    "ORDER BY r.number, p.step"
)
Curve = dict[int, float]  # the value after each epoch


@dataclass(frozen=True)
class BandPoint:
    """What the runs of a group have after an epoch."""

    epoch: int
    low: float
    median: float
    high: float
    runs: int


def curves(store: Store, sent: Sent, metric: Metric) -> tuple[list[Curve], ...]:
    """For each spec that was sent, the validation curves of its runs.

    A person counts once in a group, with the longest run, and so does a seed: two runs with one seed have the same numbers.
    """
    runs = []  # (group, owner, seed, id)
    for run_id, owner, text in store.database.read(_RUNS, (sent.time, sent.task)):
        spec = stored_spec(text)
        same = (group for group, each in enumerate(sent.specs) if spec is not None and each.setting == spec.setting)
        runs += [(group, owner, spec.seed, run_id) for group in same]
    values: dict[str, Curve] = {run_id: {} for *_, run_id in runs}
    for run_id, epoch, value in store.database.read(_CURVES, (json.dumps(list(values)), f"val_{metric.name}")):
        values[run_id][round(epoch)] = value
    groups: tuple[list[Curve], ...] = tuple([] for _ in sent.specs)
    counted = set()
    for group, owner, seed, run_id in sorted(runs, key=lambda run: -len(values[run[-1]])):
        if values[run_id] and not counted & {(group, owner), (group, seed)}:
            counted |= {(group, owner), (group, seed)}
            groups[group].append(values[run_id])
    return groups


def band(group: Sequence[Curve]) -> list[BandPoint]:
    """The lowest, middle and highest value after each epoch that at least half of the runs have reached."""
    points = []
    for epoch in sorted({epoch for curve in group for epoch in curve}):
        values = [curve[epoch] for curve in group if epoch in curve]
        if 2 * len(values) >= len(group):
            points.append(BandPoint(epoch, min(values), statistics.median(values), max(values), len(values)))
    return points


def last_common(*bands: Sequence[BandPoint]) -> tuple[BandPoint, ...] | None:
    """The points of all bands at the last epoch that all of them have."""
    by_epoch = [{point.epoch: point for point in band} for band in bands]
    common = set.intersection(*map(set, by_epoch)) if by_epoch else set()
    return tuple(points[max(common)] for points in by_epoch) if common else None


def apart(one: BandPoint, other: BandPoint) -> bool:
    """Whether every run of one group is better than every run of the other."""
    return one.high < other.low or other.high < one.low
