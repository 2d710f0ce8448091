"""What the teacher sees: everybody's curve, live, who trains and who waits, and buttons to end that."""

import pandas as pd
import streamlit as st

from pages.parts.classroom.small_multiples import Cell, small_multiples
from pages.parts.run.run_list import COLUMNS, NOBODY, badge, rows
from pages.parts.shell import services, session
from pages.parts.shell.formatting import duration, in_table, plain
from pages.parts.tasks.view import view_of
from rnn_core.runs.store import overview
from rnn_core.runs.store.overview import RunCurves
from rnn_core.runs.store.people import Person
from rnn_core.runs.store.rows import PAUSED, QUEUED, STOP, Run
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import task_names, task_of

_TICK = 2.0  # seconds
_ENDED = 200  # runs of the list of what has ended
_BARE = (  # what a projector does not need
    "<style>.st-key-navigation, [data-testid=stHeader] { display: none !important; } "
    ".stMainBlockContainer { padding: 0.5rem 1rem !important; }</style>"
)


def _metric(task: str) -> Metric:
    return METRICS[task_of(task).metrics[-1]]


def _tasks() -> list[str]:
    """Of which there are runs, that of the newest run first; not those that this server does not have any more."""
    return [task for task in overview.tasks(services.store()) if task in task_names()]


def classroom() -> None:
    tasks = _tasks()
    task, names, large = _controls(tasks)
    with st.container():  # keeps its place when it is empty
        if large:
            st.html(_BARE)
        if not tasks:
            st.info(
                "Nobody has trained anything yet. As soon as somebody presses Train, their curve moves here.",
                icon=":material/groups:",
            )
    st.fragment(_live, run_every=_TICK)(tuple(tasks), task, names, large)


def _controls(tasks: list[str]) -> tuple[str | None, bool, bool]:
    """(task, whether names are shown, whether for a projector)."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        task = None
        if tasks:
            if session.CLASS_TASK.get() not in tasks:  # also where its last run was deleted
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
            help="Off: Person 1, Person 2, ... in the order of coming, also for their runs.",
        )
        large = st.toggle(
            "Projector",
            key=session.PROJECTOR.name,
            persist_state="session",
            help="Larger, and nothing but the curves and who waits. F11 makes the browser fill the screen.",
        )
        if not large:
            st.space("stretch")
            if st.button("Clear the queue", icon=":material/clear_all:"):
                _confirm_clearing()
    return task, names, large


@st.cache_data(ttl=1.5, max_entries=8, show_spinner=False)
def _seats(task: str) -> list[RunCurves]:
    """Read once for all who look at it."""
    return overview.run_curves(services.store(), task, _metric(task).name)


def _live(tasks: tuple[str, ...], task: str | None, names: bool, large: bool) -> None:
    store = services.store()
    if not services.teaches() or set(_tasks()) != set(tasks):
        st.rerun()  # somebody else is here now, or a task was begun that nobody had trained before
    people = services.store().people.all()
    waiting = store.queue.waiting(services.engine().rules)
    if task:
        order = {person_id: person.number for person_id, person in people.items()}
        seats = sorted(_seats(task), key=lambda seat: order.get(seat.run.owner, 0))
        places = {run_id: place for place, (run_id, _) in enumerate(waiting, 1)}
        cells = [Cell(_name(seat.run, people, names), _line(seat.run, places.get(seat.run.id)), seat) for seat in seats]
        st.caption(
            f"{_metric(task).label}: {_metric(task).meaning}; {_metric(task).better}. Everybody's run that trains, or else their newest, over the epochs it has read, all on one scale."
        )
        small_multiples(cells, _metric(task), large)
    active = {run.id: run for run in overview.active(store)}
    queue = [(active[run_id], seconds) for run_id, seconds in waiting if run_id in active]
    if large:
        who = dict.fromkeys(_name(run, people, names) for run, _ in queue)  # once each
        said = ", ".join(f"{place}. {plain(name)}" for place, name in enumerate(who, 1))
        st.subheader(f"Waiting: {said}" if said else "Nobody waits.", anchor=False)
        return
    on = [run for run in active.values() if run.state != QUEUED]
    paused = sum(run.state == PAUSED for run in on)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(f"Training: {len(on) - paused}" + (f", paused: {paused}" if paused else ""), anchor=False)
        if not on:
            st.caption("No run trains now.")
        for run in on:
            _row(run, people, names, "")
    with right:
        st.subheader(f"Waiting: {len(queue)}", anchor=False)
        if not queue:
            st.caption("Nobody waits.")
        for place, (run, seconds) in enumerate(queue, 1):
            _row(run, people, names, f"{place}. ", "after their other run" if seconds is None else f"in about {duration(seconds)}")
    _ended(people, names)


def _name(run: Run, people: dict[str, Person], names: bool) -> str:
    """Whose it is. Runs of nobody come from the command line."""
    person = people.get(run.owner)
    return NOBODY if person is None else person.name if names else person.anonymous_name


def _line(run: Run, place: int | None) -> str:
    """State, epoch and the newest number in one line."""
    if run.state == QUEUED and not run.step:
        return f"waits, place {place}" if place else "waits"
    metric = _metric(run.task)
    newest = run.metrics.get(f"val_{metric.name}")
    value = "" if newest is None else f" · {metric.text(newest)}"
    state = f"waits, {place}." if run.state == QUEUED and place else run.state
    return f"{state} · epoch {run.epoch:.1f}{value}"


def _row(run: Run, people: dict[str, Person], names: bool, place: str, when: str = "") -> None:
    """One run that has not ended: whose, a link to it, and Stop."""
    name = plain(_name(run, people, names))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"class_row_{run.id}"):
        view_of(run.task).page.link(f"{place}**{name}**", run=run.id, help="Open this run.")
        badge(run)
        st.caption(f"epoch {run.epoch:.1f} of {run.epochs}" + (f", {when}" if when else ""), width="content")
        st.space("stretch")
        st.button(
            "Stop", icon=":material/stop:", key=session.CLASS_STOP(run.id).name, on_click=_stop, args=(run.id,), disabled=run.requested == STOP,
            help=f"Stop this run of {name}; it keeps what it has learnt.",
        )  # fmt: skip


def _stop(*run_ids: str) -> None:
    if not services.teaches():  # the key has changed, or another tab has become somebody else
        return
    for run_id in run_ids:
        services.store().lifecycle.stop(run_id)
    services.engine().wake()


@st.dialog("Clear the queue")
def _confirm_clearing() -> None:
    waiting = [run_id for run_id, _ in services.store().queue.waiting(services.engine().rules)]
    if not waiting:
        st.markdown("Nobody waits now.")
        return
    runs = "The run that waits is" if len(waiting) == 1 else f"All {len(waiting)} runs that wait are"
    st.markdown(f"{runs} stopped. What they have learnt so far is kept; what trains now goes on.")
    with st.container(horizontal=True):
        done = st.button("Stop them all", type="primary", icon=":material/clear_all:", on_click=_stop, args=waiting)
        if st.button("Keep the queue") or done:
            st.rerun()  # closes the dialog


def _ended(people: dict[str, Person], names: bool) -> None:
    runs = overview.ended(services.store(), _ENDED)
    if not runs:
        return
    st.subheader("Ended", anchor=False)
    table = pd.DataFrame(rows(runs))
    table.insert(1, "Who", [in_table(_name(run, people, names)) for run in runs])
    if not names:  # the title may be the name of somebody's file
        table = table.drop(columns="Run")
    st.dataframe(
        table,
        hide_index=True,
        key=session.CLASS_ENDED.name,
        alt=f"The {len(runs)} newest runs that have ended",
        column_config=COLUMNS,
    )
