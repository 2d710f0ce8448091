"""The zone Watch: the curves of one run, and what is live under them.

It reads only the store. For an active run, it is a fragment that ticks, and draws the status line and the notice with it, which
stand elsewhere on the page; an ended run does not tick.
"""

import time
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.run.cells import other_cell_trains
from pages.parts.run.charts import metric_chart
from pages.parts.run.coach import before, coach_line
from pages.parts.run.embedding_map import embedding_map
from pages.parts.run.gradient import gradient_panel
from pages.parts.run.landmarks import is_measuring, landmarks
from pages.parts.run.notice import Sentences, notice
from pages.parts.run.status import announcement, status_line
from pages.parts.run.units import UNITS, Units, in_own_unit, output_of
from pages.parts.shell import services, session
from pages.parts.shell.announcer import announce
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import epoch_number, plain
from pages.parts.shell.fragments import fragment
from pages.parts.shell.tab_title import tab_title
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import log_tail
from rnn_core.runs.store.kinds import Note
from rnn_core.runs.store.rows import FAILED, PAUSE, PAUSED, QUEUED, RUNNING, STARTING, STOP, Point, Run
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import task_of

_SOON_TICK, _TICK = 0.1, 1.0  # seconds; the first where the state is about to change
_WAIT_TICK = 2.0  # until other methods have been measured beside an ended run
_CLASS_SOON_TICK, _CLASS_WAIT_TICK = 0.5, 5.0  # in class mode; the second for a run that waits
_FRESH_SECONDS = 3.0  # a run queued more recently than this may start at any moment
_MAX_NOTES = 2
WATCH, GRADIENT, EMBEDDING, CODE = "watch", "gradient", "embedding", "code"
_TABS = {WATCH: "Curves", GRADIENT: "Gradient", EMBEDDING: "Embedding", CODE: "Code"}
_HELP = (
    "Training is measured while the network learns, with dropout; validation after each epoch, without. So early validation may look "
    "better. Compare runs by validation, and keep the test for the end."
)


@dataclass(frozen=True)
class Frame:
    """Where the page shows what is live outside the zone, and what it says there beside the run's own message."""

    status: DeltaGenerator
    notice: DeltaGenerator
    errors: Sentences = ()
    warnings: Sentences = ()
    hints: Sentences = ()

    def show_notice(self, run: Run | None) -> None:
        with self.notice, st.container(key="notices"):
            notice(run, self.errors, self.warnings, self.hints)


def tabs(task: str, has_embedding: bool) -> str:
    """Draw the choice of what the zone shows; returns a name in `_TABS`."""
    tab = session.WATCH_TAB(task)
    st.segmented_control(
        "Show", [name for name in _TABS if has_embedding or name != EMBEDDING], format_func=_TABS.get, default=WATCH, required=True, key=tab.name, label_visibility="collapsed",
        width="content", persist_state="session",
    )  # fmt: skip
    return tab.get()


def heading(run: Run) -> None:
    """Draw the title of the run; a tick does not redraw it."""
    with st.container(key="watch_title"):
        st.markdown(f"**{plain(run.title)}**", help=_HELP)


def scale(run: Run) -> None:
    """Draw how losses are shown, in the corner of the curves."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content", key="watch_scale"):
        if task_of(run.task).generates:
            st.segmented_control(
                "Loss in", list(UNITS), default="nats", required=True, key=session.LOSS_UNIT.name, label_visibility="collapsed", width="content", persist_state="session",
                help="Nats: natural logarithm, as Keras computes it. Bits: logarithm to base 2; 1 nat is 1.44 bits.",
            )  # fmt: skip
        st.toggle("Log scale", key=session.LOG_SCALE(run.task).name, persist_state="session")


def watch(run: Run, frame: Frame, tab: str = WATCH) -> None:
    """Draw the zone; its ticks rerun the page when the stage of the run changes. The script is drawn elsewhere."""
    session.PANEL_IN_PAGE.set(True)  # the page draws the zone now; ticks draw it alone
    ticks = _tick(run) if run.active else _TICK if _follows(run, tab) else _WAIT_TICK if is_measuring(run) else None
    fragment(_zone, every=ticks)(run.id, _stage(run, tab), frame, tab)


def _follows(run: Run, tab: str) -> bool:
    shows_cells = tab == GRADIENT or (tab == WATCH and view_of(run.task).live_of_cells)
    return shows_cells and other_cell_trains(run)


def _tick(run: Run) -> float:
    in_class = services.settings().class_mode
    if run.state == STARTING or run.requested in (PAUSE, STOP) or (run.state == RUNNING and run.step == 0) or _may_start_soon(run):
        return _CLASS_SOON_TICK if in_class else _SOON_TICK
    waits = run.state == PAUSED or (run.state == QUEUED and not _is_next(run))
    return _CLASS_WAIT_TICK if in_class and waits else _TICK


def _may_start_soon(run: Run) -> bool:
    return not services.settings().class_mode and run.state == QUEUED and time.time() - run.created < _FRESH_SECONDS


def _is_next(run: Run) -> bool:
    """Whether the run starts as soon as a slot is free."""
    return run.id in [run_id for run_id, _ in services.waiting()[: services.engine().rules.slots]]


def _stage(run: Run, tab: str) -> tuple:
    """A value that changes when the buttons outside the zone, or the interval of its ticks, must change."""
    waits = run.state == QUEUED and (_may_start_soon(run) or _is_next(run))
    changes = not run.active and (_follows(run, tab), is_measuring(run))
    return run.state, run.step > 0, run.requested in (PAUSE, STOP), waits, changes


@showing_errors
def _zone(run_id: str, stage: tuple, frame: Frame, tab: str) -> None:
    store = services.store()
    try:
        run = store.runs.get(run_id)
    except UserError:  # deleted between two ticks: the page shows the error
        st.rerun()
    in_page = session.PANEL_IN_PAGE.pop()
    if _stage(run, tab) != stage and not in_page:  # not while the page is being drawn: the next tick reruns it
        st.rerun()
    metrics = [METRICS[name] for name in task_of(run.task).metrics]
    main = store.events.curve(run.id, metrics[-1].name)
    with frame.status:
        status_line(run, main[-1].value if main else None)
        announce(announcement(run))
        with st.container(key="tab_title"):
            tab_title(run)
    frame.show_notice(run)
    if tab == GRADIENT:
        gradient_panel(run)
    if tab == EMBEDDING:
        embedding_map(run)
    if tab != WATCH:
        return
    names = [name for metric in metrics for name in (metric.name, f"val_{metric.name}")]
    curves = {name: main if name == metrics[-1].name else store.events.curve(run.id, name) for name in names}
    notes = [note for note in store.events.read(run_id, Note) if note.epoch]
    units = {metric.name: _factor_and_unit(run, metric) for metric in metrics}
    with st.container(key="curves", gap=None):
        _charts(run, metrics, curves, notes, units)
    coach_line(run, curves, notes, units)
    with st.container(key="under_curves"):
        for note in notes[-_MAX_NOTES:]:
            st.caption(f":material/flag: Epoch {epoch_number(note.epoch)}: {plain(note.message)}")
    if live := view_of(run.task).live:
        live(run)
    if run.state == FAILED and run.refers_to_log:
        with st.expander("Last lines of the log"):
            st.code(log_tail(store, run.id) or "The log is empty.", language=None, wrap_lines=True)


def _charts(run: Run, metrics: list[Metric], curves: dict[str, list[Point]], notes: list[Note], units: Units) -> None:
    """Draw a chart of every metric; before the first values, their axes."""
    for metric in metrics:
        factor, unit = units[metric.name]
        metric_chart(
            metric,
            unit,
            curves[metric.name],
            curves[f"val_{metric.name}"],
            run.epochs,
            notes,
            factor,
            landmarks(run, metric, factor),
            log=session.LOG_SCALE(run.task).get() and not metric.is_share,
            first=metric is metrics[0],
            last=metric is metrics[-1],
            before=before(run, metric.name),
        )


def _factor_and_unit(run: Run, metric: Metric) -> tuple[float, str]:
    """What values are multiplied by, and their unit."""
    task = task_of(run.task)
    if metric.name != "loss":
        return in_own_unit(run, metric)
    if task.generates:
        return UNITS[session.LOSS_UNIT.get()], f"{session.LOSS_UNIT.get()} per {task.item}"
    output = output_of(run)
    return 1.0, output.unit if output else ""
