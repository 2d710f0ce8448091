"""The table of a comparison: only the settings and results that differ, a column for each line."""

import html
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.parts.compare.lines import Line, curve, facts, incomparable, source_label
from pages.parts.compare.style import sample
from pages.parts.run.status import state_of
from pages.parts.run.units import metric_text
from pages.parts.shell import services
from pages.parts.shell.formatting import epoch_number
from rnn_core.errors import listed
from rnn_core.runs.comparison import best_value, differences
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import Run
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_of

_MISSING = "–"


@dataclass(frozen=True)
class _Row:
    label: str
    texts: tuple[str, ...]
    best: int | None = None  # place of the best value


def table(lines: Sequence[Line]) -> None:
    """Draw the table, or say that nothing differs."""
    settings, results = _settings(lines), _results(lines)
    head = "".join(f'<th scope="col">{sample(line.place, line.name)}</th>' for line in lines)
    body = "".join(_group(title, rows, len(lines)) for title, rows in (("Settings", settings), ("Results", results)) if rows)
    st.html(
        f'<div class="differences" tabindex="0" role="region" aria-label="What differs"><table><thead><tr><td></td>{head}</tr></thead>'
        f"{body}</table></div>"
    )
    if len(lines) > 1:
        st.caption("All other settings are equal." if settings else "All settings are equal.")


def _group(title: str, rows: list[_Row], columns: int) -> str:
    cells = "".join(
        f'<tr><th scope="row">{html.escape(row.label)}</th>'
        + "".join(
            f"<td>{html.escape(text)}{' <b>best</b>' if place == row.best else ''}</td>" for place, text in enumerate(row.texts)
        )
        + "</tr>"
        for row in rows
    )
    return f'<tbody><tr><th scope="rowgroup" colspan="{columns + 1}">{title}</th></tr>{cells}</tbody>'


def _settings(lines: Sequence[Line]) -> list[_Row]:
    specs = [line.spec for line in lines]
    rows = [_Row(d.label, d.values) for d in differences(specs, source_label(lines[0].run.task)) if d.name != "seed"]
    seeds = tuple(", ".join(map(str, line.seeds)) for line in lines)
    if _differ(seeds) or any(len(line.runs) > 1 for line in lines):
        rows.append(_Row("Seed", seeds))
    changes = tuple(_changes(line) for line in lines)
    return [*rows, _Row("Changed while it trained", changes)] if any(each != _MISSING for each in changes) else rows


def _changes(line: Line) -> str:
    """What happened to the plan of a run after its start; runs of several seeds are equal, and unchanged."""
    notes = services.store().events.read(line.run.id, Note) if len(line.runs) == 1 else []
    return "; ".join(f"epoch {epoch_number(note.epoch)}: {note.message.rstrip('.')}" for note in notes if note.epoch) or _MISSING


def _results(lines: Sequence[Line]) -> list[_Row]:
    """State, best validation, test, size and speed. Of several seeds the mean, with the lowest and the highest."""
    rows = [_Row("State", tuple(_states(line) for line in lines))]
    marks = not incomparable(lines)
    for metric in (METRICS[name] for name in task_of(lines[0].run.task).metrics):
        for label, of in (
            ("Best validation", lambda run, metric=metric: best_value(curve(run, metric.name, training=False), metric)),
            ("Test", lambda run, metric=metric: run.results.get(f"test_{metric.name}")),
        ):
            values = [_values(line, of) for line in lines]
            texts = tuple(
                _range(each, lambda v, line=line, m=metric: metric_text(line.run, m, v))
                for line, each in zip(lines, values, strict=True)
            )
            means = [sum(each) / len(each) for each in values if each]
            best = (min if metric.lower_is_better else max)(means, default=None)
            place = next((i for i, each in enumerate(values) if each and sum(each) / len(each) == best), None)
            alone = place is not None and len(means) > 1 and texts.count(texts[place]) == 1  # not where another looks the same
            rows.append(_Row(f"{label} {metric.short}", texts, place if marks and alone else None))
    items = task_of(lines[0].run.task).items
    rows += [
        _Row("Parameters", tuple(f"{known[0]:,}" if (known := facts(line.run)) else _MISSING for line in lines)),
        _Row("Training", tuple(_range(_values(line, lambda run: run.seconds or None), lambda v: f"{v:,.1f} s") for line in lines)),
        _Row(f"{items.capitalize()}/s", tuple(_range(_values(line, _speed), lambda v: f"{v:,.0f}") for line in lines)),
    ]
    alive = any(run.active for line in lines for run in line.runs)
    return [row for row in rows if len(lines) == 1 or _differ(row.texts) or (alive and row.label == "State")]


def _values(line: Line, of: Callable[[Run], float | None]) -> list[float]:
    return [value for run in line.runs if (value := of(run)) is not None]


def _speed(run: Run) -> float | None:
    return run.items * run.steps_per_second if run.items and run.steps_per_second else None


def _range(values: list[float], text: Callable[[float], str]) -> str:
    """The mean, and where there are several values the lowest and the highest."""
    if not values:
        return _MISSING
    mean = text(sum(values) / len(values))
    return mean if len(values) == 1 else f"{mean} ({text(min(values))} to {text(max(values))})"


def _states(line: Line) -> str:
    """Such as `running, epoch 3/10`; of several runs, `2 finished, 1 queued`."""
    if len(line.runs) > 1:
        return listed(f"{count} {state}" for state, count in Counter(map(state_of, line.runs)).items())
    progress = f", epoch {epoch_number(line.run.epoch)}/{line.run.epochs}" if line.run.active and line.run.epoch else ""
    return f"{state_of(line.run)}{progress}"


def _differ(texts: Sequence[str]) -> bool:
    return len(set(texts)) > 1
