"""Who trains and who waits, with buttons to stop runs, and the table of ended runs."""

import pandas as pd
import streamlit as st

from pages.parts.classroom.names import name_of
from pages.parts.run.run_list import COLUMN_CONFIG, badge, columns_of
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import duration, epoch_number, plain, spreadsheet_safe
from pages.parts.tasks.view import view_of
from rnn_core.runs.store import overview
from rnn_core.runs.store.people import Person
from rnn_core.runs.store.rows import PAUSED, QUEUED, STOP, Run

_MAX_ENDED = 200  # runs in the table of ended runs


def draw_queue(people: dict[str, Person], waiting: list[tuple[str, float | None]], names: bool) -> None:
    """Draw the runs that have not ended. `waiting` has (id, seconds until its turn) of queued runs in order."""
    active = {run.id: run for run in overview.active(services.store())}
    queue = [(active[run_id], seconds) for run_id, seconds in waiting if run_id in active]
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


def _run_row(run: Run, people: dict[str, Person], names: bool, place: str, when: str = "") -> None:
    """Draw a run that has not ended: its owner as a link to the run, and Stop."""
    name = plain(name_of(run, people, names))
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
def confirm_clearing() -> None:
    waiting = [run_id for run_id, _ in services.store().queue.waiting(services.engine().rules)]
    if not waiting:
        st.markdown("No run is queued now.")
        return
    runs = (
        "This stops the queued run, which keeps" if len(waiting) == 1 else f"This stops all {len(waiting)} queued runs, which keep"
    )
    st.markdown(f"{runs} their checkpoints. Runs that train now continue.")
    with st.container(horizontal=True):
        stopped = button("Stop all", type="primary", icon=":material/clear_all:", on_click=_stop, args=waiting)
        if button("Keep the queue") or stopped:
            st.rerun()  # closes the dialog


def draw_ended(people: dict[str, Person], names: bool) -> None:
    """Draw the table of ended runs."""
    runs = overview.ended(services.store(), _MAX_ENDED)
    if not runs:
        st.caption("No run has ended yet.")
        return
    table = pd.DataFrame(columns_of(runs))
    table.insert(1, "Who", [spreadsheet_safe(name_of(run, people, names)) for run in runs])
    if not names:  # a title may contain the name of a person's file
        table = table.drop(columns="Run")
    st.dataframe(
        table,
        hide_index=True,
        key=session.CLASS_ENDED.name,
        alt=f"The {len(runs)} newest runs that have ended",
        column_config=COLUMN_CONFIG,
    )
