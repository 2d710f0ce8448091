"""The board: every student's current run in one grid that fills the screen, in one component.

`board.js` draws the tiles, chooses their number per row and their size from the size of the window, and redraws a tile only where its
data has changed. The component sends nothing. Its data: `summary`, `scales` (one sentence per task), `queue` (None, or who waits),
`projected`, and `tiles`, each with `number`, `name`, `href`, `what` (task and network), `state`, `sign`, `progress`, `low`, `high` and `end`
(of the axes), `training` and `validation` (x, y, x, y ... from 0 to 1000, y downwards), `alt` (the curve in words), `entry`, `label` and
`written` (see `BoardEntry`).
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from pages.parts.classroom.names import name_of, shown_name
from pages.parts.run.board_entry import BoardEntry
from pages.parts.run.status import state_of
from pages.parts.shell import services, session
from pages.parts.shell.component import component
from pages.parts.shell.formatting import epoch_number
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store import overview
from rnn_core.runs.store.overview import Seat
from rnn_core.runs.store.people import Person, is_teacher
from rnn_core.runs.store.rows import PAUSED, QUEUED, Run
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import all_tasks, task_of

_CEILING = 1.5  # times the median first loss; a loss that explodes must not flatten the other curves
_FULL = 1000  # width and height of a curve in its own coordinates
_NOBODY = "Nobody has signed in yet. Each student's tile appears here when they enter a nickname."
_BOARD = component(
    "rnn_class_board",
    __file__,
    """<section class="board" aria-label="Board">
<header><b class="summary"></b> <b class="queue"></b>
<span class="legend"><i class="line training"></i> training <i class="line validation"></i> validation</span>
<span class="same"></span> <span class="scales"></span></header>
<p class="empty"></p><ul class="tiles"></ul></section>""",
)


@dataclass(frozen=True)
class Scale:
    """The vertical axis of all curves of a task."""

    metric: Metric
    low: float
    high: float

    def y(self, value: float) -> int:
        share = (self.high - value) / (self.high - self.low)
        return round(_FULL * min(1.0, max(0.0, share)))

    def text(self, value: float) -> str:
        return f"{value:.0%}" if self.metric.is_share else f"{value:.2g}"


@st.cache_data(ttl=1.5, max_entries=2, show_spinner=False)
def _seats() -> list[tuple[Seat, BoardEntry | None]]:
    """Each student's current run, with what stands under its curve; cached for all sessions."""
    seats = overview.seats(services.store(), {task.name: task.metrics[-1] for task in all_tasks()})
    return [(seat, view_of(seat.run.task).board(seat)) for seat in seats]


def draw_board(people: dict[str, Person], waiting: Sequence[str], names: bool, projected: bool) -> None:
    """Draw a tile for each student, in the order in which they signed in. `waiting` has the ids of all queued runs in order."""
    seats = {seat.run.owner: (seat, entry) for seat, entry in _seats()}
    scales = scales_of(seat for seat, _ in seats.values())
    tiles, students = [], [person for person in people.values() if not is_teacher(person, services.settings().teacher_key)]
    for person in people.values():
        if person.id in seats:
            tiles.append(_tile(*seats[person.id], scales, waiting, person.number, shown_name(person, names), projected))
        elif person in students:
            tiles.append({"number": person.number, "name": shown_name(person, names), "what": "no run yet", "sign": "none"})
    for seat, entry in seats.values():
        if seat.run.owner not in people:  # of the command line
            tiles.append(_tile(seat, entry, scales, waiting, 0, name_of(seat.run, people, names), projected))
    data = {
        "summary": _summary([seats[person.id][0].run for person in students if person.id in seats], len(students)),
        "scales": [_in_words(task, scale) for task, scale in scales.items()],
        "queue": _queue(people, waiting, names) if projected else None,
        "projected": projected,
        "empty": "" if tiles else _NOBODY,
        "tiles": tiles,
    }
    _BOARD(key=session.CLASS_BOARD.name, data=data, height="content")


def scales_of(seats: Iterable[Seat]) -> dict[str, Scale]:
    """One scale for all curves of a task: shares from 0 to 1, other metrics over all values, without the peaks of a loss that explodes."""
    values: dict[str, list[float]] = {}
    first: dict[str, list[float]] = {}
    for seat in seats:
        curve = [value for _, value in (*seat.training, *seat.validation)]
        values.setdefault(seat.run.task, []).extend(curve)
        first.setdefault(seat.run.task, []).extend(curve[:1])
    scales = {}
    for task, found in values.items():
        metric = METRICS[task_of(task).metrics[-1]]
        low, high = (0.0, 1.0) if metric.is_share or not found else (min(found), max(found))
        if not metric.is_share and found:
            high = min(high, _CEILING * statistics.median(first[task]))
        scales[task] = Scale(metric, low, high if high > low else low + 1.0)
    return scales


def _in_words(task: str, scale: Scale) -> str:
    unit = unit_of(task, scale.metric)
    values = f"{scale.text(scale.low)} to {scale.text(scale.high)}"
    return f"{view_of(task).page.title}: {scale.metric.short} {values}{f' {unit}' if unit else ''}"


def unit_of(task: str, metric: Metric) -> str:
    """The unit in which a metric is stored, which is the same for all runs of a task; "" where it has none."""
    if metric.name == "error":
        return "standard deviations"
    return f"nats per {task_of(task).item}" if task_of(task).generates and metric.name == "loss" else ""


def _summary(runs: Sequence[Run], students: int) -> str:
    states = Counter("on slot" if run.on_slot else run.state for run in runs)
    words = {"on slot": ("trains", "train"), QUEUED: ("waits", "wait"), PAUSED: ("is paused", "are paused")}
    parts = [
        f"{states[state]} {one if states[state] == 1 else several}" for state, (one, several) in words.items() if states[state]
    ]
    return f"{students} student{'' if students == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")


def _queue(people: dict[str, Person], waiting: Sequence[str], names: bool) -> str:
    runs = {run.id: run for run in overview.active(services.store())}
    queued = dict.fromkeys(name_of(runs[run_id], people, names) for run_id in waiting if run_id in runs)  # each name once
    return "Waiting: " + ", ".join(f"{place}. {name}" for place, name in enumerate(queued, 1)) if queued else "Nobody waits."


def _tile(
    seat: Seat, entry: BoardEntry | None, scales: dict[str, Scale], waiting: Sequence[str], number: int, name: str, projected: bool
) -> dict[str, Any]:
    run, scale, page = seat.run, scales[seat.run.task], view_of(seat.run.task).page
    return {
        "number": number,
        "name": name,
        "href": "" if projected else page.address(run.id),  # the browser shows the address, whose id lets others see the run
        "what": f"{page.title} · {_network(seat.spec)}",
        "state": _state(run, waiting),
        "sign": run.state,
        "progress": f"epoch {epoch_number(run.epoch)}/{run.epochs}",
        "low": scale.text(scale.low),
        "high": scale.text(scale.high),
        "end": run.epochs,
        "training": _points(seat.training, run, scale),
        "validation": _points(seat.validation, run, scale),
        "alt": _curve_in_words(seat, scale),
        "entry": entry.text if entry else "",
        "label": entry.label if entry else "no result yet",
        "written": bool(entry and entry.written),
    }


def _points(curve: Sequence[tuple[float, float]], run: Run, scale: Scale) -> list[int]:
    epochs = max(run.epochs, run.epoch, 1e-9)
    return [number for epoch, value in curve for number in (round(_FULL * epoch / epochs), scale.y(value))]


def _curve_in_words(seat: Seat, scale: Scale) -> str:
    if not seat.training:
        return ""
    first, last = (scale.metric.text(value) for _, value in (seat.training[0], seat.training[-1]))
    validated = f", validation {scale.metric.text(seat.validation[-1][1])}" if seat.validation else ""
    return f"{scale.metric.label}: training from {first} to {last}{validated}"


def _state(run: Run, waiting: Sequence[str]) -> str:
    """The state in a word or two; of a run that waits, its place in the queue."""
    if run.state != QUEUED or run.requested:
        return state_of(run)
    return f"waits, {waiting.index(run.id) + 1}." if run.id in waiting else "waits"


@lru_cache(maxsize=1024)
def _network(spec: str) -> str:
    """The network in a few words: not the title of the run, which its owner may have chosen."""
    try:
        return RunSpec.from_json(spec).title
    except UserError:
        return "damaged settings"
