"""The teacher's view: every student's curve, who trains and who waits, and buttons to stop runs."""

import pandas as pd
import streamlit as st

from pages.parts.classroom.small_multiples import SmallChart, small_multiples
from pages.parts.run.run_list import COLUMN_CONFIG, NO_OWNER, badge, columns_of
from pages.parts.shell import services, session
from pages.parts.shell.formatting import duration, epoch_number, plain, spreadsheet_safe
from pages.parts.tasks.view import view_of
from rnn_core.runs.store import overview
from rnn_core.runs.store.overview import RunCurves
from rnn_core.runs.store.people import Person
from rnn_core.runs.store.rows import PAUSED, QUEUED, STOP, Run
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import task_names, task_of

_TICK = 2.0  # seconds
_MAX_ENDED = 200  # runs in the table of ended runs
_PROJECTOR_CSS = (  # hides the navigation
    "<style>.st-key-navigation, [data-testid=stHeader] { display: none !important; } "
    ".stMainBlockContainer { padding: 0.5rem 1rem !important; }</style>"
)


def _metric(task: str) -> Metric:
    return METRICS[task_of(task).metrics[-1]]


def _tasks() -> list[str]:
    """The tasks that have runs, the one of the newest run first; without tasks that this server no longer has."""
    return [task for task in overview.tasks(services.store()) if task in task_names()]


def classroom() -> None:
    """Draw the page: controls, and charts and queue in a fragment that ticks."""
    tasks = _tasks()
    task, names, large = _controls(tasks)
    with st.container():  # an empty container keeps its place on the page
        if large:
            st.html(_PROJECTOR_CSS)
        if not tasks:
            st.info(
                "Nobody has trained a network yet. Each student's curve appears here after they press Train.",
                icon=":material/groups:",
            )
    st.fragment(_live_charts, run_every=_TICK)(tuple(tasks), task, names, large)


def _controls(tasks: list[str]) -> tuple[str | None, bool, bool]:
    """Draw the controls; returns (task, whether names are shown, whether the page is for a projector)."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        task = None
        if tasks:
            if session.CLASS_TASK.get() not in tasks:  # also where the last run of the task was deleted
                session.CLASS_TASK.set(tasks[0])
            task = st.segmented_control(
                "Task", [task for task in task_names() if task in tasks], format_func=lambda task: view_of(task).page.title, key=session.CLASS_TASK.name,
                required=True, label_visibility="collapsed", width="content",
            )  # fmt: skip
        session.CLASS_NAMES.setdefault(True)
        names = st.toggle(
            "Names",
            True,
            key=session.CLASS_NAMES.name,
            persist_state="session",
            help="Off: Person 1, Person 2, ... in the order in which they signed in, also for their runs.",
        )
        large = st.toggle(
            "Projector",
            key=session.PROJECTOR.name,
            persist_state="session",
            help="Shows only the curves and the queue, larger. Press F11 to fill the screen.",
        )
        if not large:
            st.space("stretch")
            if st.button("Clear the queue", icon=":material/clear_all:"):
                _confirm_clearing()
    return task, names, large


@st.cache_data(ttl=1.5, max_entries=8, show_spinner=False)
def _seats(task: str) -> list[RunCurves]:
    """The newest run of each student; cached for all sessions."""
    return overview.run_curves(services.store(), task, _metric(task).name)


def _live_charts(tasks: tuple[str, ...], task: str | None, names: bool, large: bool) -> None:
    store = services.store()
    if not services.is_teacher() or set(_tasks()) != set(tasks):
        st.rerun()  # another person is signed in, or the first run of a task has started
    people = services.store().people.all()
    waiting = store.queue.waiting(services.engine().rules)
    if task:
        order = {person_id: person.number for person_id, person in people.items()}
        seats = sorted(_seats(task), key=lambda seat: order.get(seat.run.owner, 0))
        places = {run_id: place for place, (run_id, _) in enumerate(waiting, 1)}
        charts = [SmallChart(_name(seat.run, people, names), _caption(seat.run, places.get(seat.run.id)), seat) for seat in seats]
        st.caption(
            f"{_metric(task).caption(f'nats per {task_of(task).item}' if task_of(task).generates else '')} Each student's current or latest run, same scale."
        )
        small_multiples(charts, _metric(task), large)
    active = {run.id: run for run in overview.active(store)}
    queue = [(active[run_id], seconds) for run_id, seconds in waiting if run_id in active]
    if large:
        queued = dict.fromkeys(_name(run, people, names) for run, _ in queue)  # each name once
        places = ", ".join(f"{place}. {plain(name)}" for place, name in enumerate(queued, 1))
        st.subheader(f"Waiting: {places}" if places else "Nobody waits.", anchor=False)
        return
    training = [run for run in active.values() if run.state != QUEUED]
    paused = sum(run.state == PAUSED for run in training)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(f"Training: {len(training) - paused}" + (f", paused: {paused}" if paused else ""), anchor=False)
        if not training:
            st.caption("No run trains now.")
        for run in training:
            _run_row(run, people, names, "")
    with right:
        st.subheader(f"Waiting: {len(queue)}", anchor=False)
        if not queue:
            st.caption("Nobody waits.")
        for place, (run, seconds) in enumerate(queue, 1):
            _run_row(
                run, people, names, f"{place}. ", "after their other run" if seconds is None else f"in about {duration(seconds)}"
            )
    _ended_runs(people, names)


def _name(run: Run, people: dict[str, Person], names: bool) -> str:
    """The name of the run's owner. Runs without an owner come from the command line."""
    person = people.get(run.owner)
    return NO_OWNER if person is None else person.name if names else person.anonymous_name


def _caption(run: Run, place: int | None) -> str:
    """State, epoch and the newest value of the metric in one line."""
    if run.state == QUEUED and not run.step:
        return f"waits, place {place}" if place else "waits"
    metric = _metric(run.task)
    newest = run.metrics.get(f"val_{metric.name}")
    value = "" if newest is None else f" · {metric.text(newest)}"
    state = f"waits, {place}." if run.state == QUEUED and place else run.state
    return f"{state} · epoch {epoch_number(run.epoch)}{value}"


def _run_row(run: Run, people: dict[str, Person], names: bool, place: str, when: str = "") -> None:
    """Draw a run that has not ended: its owner as a link to the run, and Stop."""
    name = plain(_name(run, people, names))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"class_row_{run.id}"):
        view_of(run.task).page.link(f"{place}**{name}**", run=run.id, help="Open this run.")
        badge(run)
        st.caption(f"epoch {epoch_number(run.epoch)} of {run.epochs}" + (f", {when}" if when else ""), width="content")
        st.space("stretch")
        st.button(
            "Stop", icon=":material/stop:", key=session.CLASS_STOP(run.id).name, on_click=_stop, args=(run.id,), disabled=run.requested == STOP,
            help=f"Stop this run of {name}. The run keeps its latest checkpoint.",
        )  # fmt: skip


def _stop(*run_ids: str) -> None:
    if not services.is_teacher():  # the key has changed, or another tab has switched user
        return
    for run_id in run_ids:
        services.store().lifecycle.stop(run_id)
    services.engine().wake()


@st.dialog("Clear the queue")
def _confirm_clearing() -> None:
    waiting = [run_id for run_id, _ in services.store().queue.waiting(services.engine().rules)]
    if not waiting:
        st.markdown("No run is queued now.")
        return
    runs = (
        "This stops the queued run, which keeps" if len(waiting) == 1 else f"This stops all {len(waiting)} queued runs, which keep"
    )
    st.markdown(f"{runs} their checkpoints. Runs that train now continue.")
    with st.container(horizontal=True):
        stopped = st.button("Stop all", type="primary", icon=":material/clear_all:", on_click=_stop, args=waiting)
        if st.button("Keep the queue") or stopped:
            st.rerun()  # closes the dialog


def _ended_runs(people: dict[str, Person], names: bool) -> None:
    runs = overview.ended(services.store(), _MAX_ENDED)
    if not runs:
        return
    st.subheader("Ended", anchor=False)
    table = pd.DataFrame(columns_of(runs))
    table.insert(1, "Who", [spreadsheet_safe(_name(run, people, names)) for run in runs])
    if not names:  # a title may contain the name of a person's file
        table = table.drop(columns="Run")
    st.dataframe(
        table,
        hide_index=True,
        key=session.CLASS_ENDED.name,
        alt=f"The {len(runs)} newest runs that have ended",
        column_config=COLUMN_CONFIG,
    )
