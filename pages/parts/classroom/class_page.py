"""The teacher's page: the board, settings for the class with their two bands, who trains and who waits, ended runs."""

import streamlit as st

from pages.parts.classroom.bands import draw_bands
from pages.parts.classroom.board import draw_board
from pages.parts.classroom.projector import projector
from pages.parts.classroom.queue_view import confirm_clearing, draw_ended, draw_queue
from pages.parts.classroom.send import send_form
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.fragments import fragment

_TICK = 2.0  # seconds
BOARD, SEND, QUEUE, ENDED = "board", "send", "queue", "ended"
_VIEWS = {BOARD: "Board", SEND: "Send settings", QUEUE: "Queue", ENDED: "Ended runs"}


def classroom() -> None:
    """Draw the page: controls, and a view in a fragment that ticks."""
    session.CLASS_VIEW.setdefault(BOARD)
    projected = session.PROJECTOR.get()
    with st.container(key="class_controls"):  # an empty container keeps its place on the page
        if projected:
            projector()
        else:
            _controls()
    view, names = session.CLASS_VIEW.get(), session.CLASS_NAMES.get()
    if view == SEND and not projected:
        left, right = st.columns([2, 5], gap="large")
        with left:
            send_form()
        with right:
            fragment(_live, every=_TICK)(view, names, projected)
    else:
        fragment(_live, every=_TICK)(view, names, projected)


def _controls() -> None:
    view = session.CLASS_VIEW
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.segmented_control(
            "View", list(_VIEWS), format_func=_VIEWS.get, key=view.name, required=True, label_visibility="collapsed", width="content", persist_state="session",
        )  # fmt: skip
        session.CLASS_NAMES.setdefault(True)
        st.toggle(
            "Names",
            key=session.CLASS_NAMES.name,
            persist_state="session",
            help="Off: Person 1, Person 2, ... in the order in which they signed in, also for their runs.",
        )
        st.button(
            "Projector", icon=":material/present_to_all:", on_click=_project, disabled=view.get() not in (BOARD, SEND),
            help="Shows nothing but the board, or the chart of the settings that you sent, in large type. Press F11 to fill the screen, Escape to leave.",
        )  # fmt: skip
        st.space("stretch")
        if view.get() == QUEUE and button("Clear the queue", icon=":material/clear_all:"):
            confirm_clearing()


def _project() -> None:
    session.PROJECTOR.set(True)


def _live(view: str, names: bool, projected: bool) -> None:
    store = services.store()
    if not services.is_teacher():
        st.rerun()  # another person is signed in, or the key has changed
    people = store.people.all()
    waiting = store.queue.waiting(services.engine().rules)
    if view == BOARD:
        draw_board(people, [run_id for run_id, _ in waiting], names, projected)
    elif view == SEND:
        draw_bands(projected)
    elif view == QUEUE:
        draw_queue(people, waiting, names)
    else:
        draw_ended(people, names)
