"""How good is a result? A ruler: what simple methods and published networks reach on the same data, and where the run stands."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.parts.run.landmarks import is_measuring, losses, references
from pages.parts.run.units import UNITS, Units
from pages.parts.shell.formatting import capitalized
from rnn_core.runs.store.rows import Point, Run
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import task_of

_TITLE = "How good is it?"


@dataclass(frozen=True)
class Mark:
    """A place on the ruler. `value` is in the unit in which training measures the metric."""

    label: str
    value: float
    how: str
    comparable: bool = True  # measured on the part that validates; otherwise published, on other data
    of_run: bool = False


Methods = dict[str, list[Mark]]  # by metric


def standing(run: Run, curves: dict[str, list[Point]], units: Units, methods: Methods) -> str:
    """One sentence: which method the run is better than, and which it is not yet as good as."""
    metric = _main_metric(methods)
    best = _best(curves, metric)
    if best is None:
        return "" if run.epoch >= 1 else "After the first epoch, this line compares the network with simple methods."
    comparable = [mark for mark in methods[metric.name] if mark.comparable]
    number = lambda mark: metric.text(mark.value, units[metric.name][0])  # noqa: E731
    beaten, ahead = (
        [mark for mark in comparable if _is_better(metric, best, mark.value) == is_beaten] for is_beaten in (True, False)
    )
    parts = [f"better than {beaten[-1].label} ({number(beaten[-1])})"] if beaten else []
    if ahead:
        parts.append(f"not yet as good as {ahead[0].label} ({number(ahead[0])})")
    elif len(beaten) > 1 and not is_measuring(run):
        parts.append(f"the best of {len(beaten)} simple methods")
    return f"In validation, {', '.join(parts)}." if parts else ""


def ruler(run: Run, curves: dict[str, list[Point]], units: Units, methods: Methods, narrow: bool = False) -> None:
    """Draw the popover with the whole ruler; `narrow`: the style sheet leaves only its icon."""
    with (
        st.container(key="ruler", width="content"),
        st.popover(_TITLE, icon=":material/straighten:", help=_TITLE if narrow else None, width="content"),
    ):
        for name in task_of(run.task).metrics:
            metric = METRICS[name]
            found = [*methods[name], *_of_run(run, curves, metric)]
            if len(found) > 1:
                st.html(_table(metric, _sorted(metric, found), *units[name], bits=task_of(run.task).generates))
        if is_measuring(run):
            st.caption("More methods are being measured on this data.")


def methods_of(run: Run) -> Methods:
    """What other methods reach in each metric of the task, the worst first."""
    found: Methods = {name: [] for name in task_of(run.task).metrics}
    found["loss"] = [Mark(label, value, "") for label, value in losses(run).items()]
    for other in references(run):
        if other.metric in found:
            found[other.metric].append(Mark(other.label, other.value, other.how, not other.published))
    return {name: _sorted(METRICS[name], marks) for name, marks in found.items()}


def _main_metric(methods: Methods) -> Metric:
    """The task's last metric with something to compare with."""
    return METRICS[
        next((name for name in reversed(methods) if any(mark.comparable for mark in methods[name])), next(iter(methods)))
    ]


def _best(curves: dict[str, list[Point]], metric: Metric) -> float | None:
    """The validation result at the epoch with the lowest validation loss."""
    validated = [point for point in curves["val_loss"] if math.isfinite(point.value)]
    if not validated:
        return None
    step = min(validated, key=lambda point: point.value).step
    return next((point.value for point in curves[f"val_{metric.name}"] if point.step == step), None)


def _of_run(run: Run, curves: dict[str, list[Point]], metric: Metric) -> list[Mark]:
    found, tested = [], run.results.get(f"test_{metric.name}")
    if (best := _best(curves, metric)) is not None:
        found.append(Mark("this run, validation", best, "At the epoch with the lowest validation loss.", of_run=True))
    if tested is not None:
        found.append(Mark("this run, test", tested, "On the test set, once at the end.", of_run=True))
    return found


def _is_better(metric: Metric, one: float, other: float) -> bool:
    return one < other if metric.lower_is_better else one > other


def _sorted(metric: Metric, found: Sequence[Mark]) -> list[Mark]:
    return sorted(found, key=lambda mark: mark.value, reverse=metric.lower_is_better)


def _table(metric: Metric, found: list[Mark], factor: float, unit: str, bits: bool) -> str:
    """The ruler as a table with a dot in each row: a screen reader reads the numbers, eyes compare the places."""
    low, high = min(mark.value for mark in found), max(mark.value for mark in found)
    columns = {f"{name}": UNITS[name] for name in UNITS} if bits else {unit or metric.label: factor}
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in [*columns, *(["perplexity"] if bits else [])])
    rows = []
    for mark in found:
        place = (mark.value - low) / (high - low) if high > low else 0.5
        numbers = [metric.text(mark.value, times) for times in columns.values()] + ([f"{math.exp(mark.value):.2f}"] if bits else [])
        how = f"<small>{html.escape(mark.how)}</small>" if mark.how else ""
        kind = "run" if mark.of_run else "method" if mark.comparable else "published"
        rows.append(
            f'<tr class="{kind}"><th scope="row">{html.escape(capitalized(mark.label))}{how}</th>'
            f'<td class="scale" aria-hidden="true"><i style="--place:{place:.3f}"></i></td>'
            + "".join(f"<td>{number}</td>" for number in numbers) + "</tr>"
        )  # fmt: skip
    title = f"{metric.label}, {metric.better}; measured on the part that validates, unless a row names other data"
    return f'<table class="ruler"><caption>{title}</caption><thead><tr><th></th><th></th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
