"""The buttons of a run's life: pause and resume, stop, continue, another learning rate while it trains."""

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import source_picker
from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.nn.run_files import DamagedFile
from rnn_core.run_spec import options_of
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import PAUSE, PAUSED, STOP, Run
from rnn_core.runs.submit import continue_run, resume
from rnn_core.tasks.task import task_of

_FIRST_WIDTH = 200  # pixels: "Continue training" with its icon


def run_buttons(run: Run | None) -> None:
    """Draw the buttons for a run; a second one changes with its state, so that nothing jumps. Problems are shown below them."""
    theirs = services.hands_off(run)
    active = run is not None and run.active and not theirs
    goes_on = run is not None and not run.active and not theirs and _has_checkpoint(run)
    # The first has the width of the longest label, so that Stop stands still: a button that moves under the pointer is missed.
    first, second, third = (st.container(width=width) for width in (_FIRST_WIDTH, "content", "content"))
    with third:
        if active:
            _new_learning_rate(run)
        wanted = _how_to_continue(run) if goes_on else {}
    with first:
        if goes_on:
            if button("Continue training", icon=":material/resume:", width="stretch", help="Continues this run on the same curve."):
                _act(lambda: continue_run(run.id, services.store(), services.settings(), **wanted))
        elif active and run.state == PAUSED:
            if button("Resume", icon=":material/resume:", width="stretch", help="Continues exactly where the run was paused."):
                _act(lambda: resume(run.id, services.store(), services.settings()))
        elif button(
            "Pause", icon=":material/pause:", width="stretch", disabled=not active or run.requested in (PAUSE, STOP),
            help=theirs or "The run can be tried while it is paused; another run may take its place.",
        ):  # fmt: skip
            _act(lambda: services.store().lifecycle.pause(run.id))
    with second:
        if button(
            "Stop", icon=":material/stop:", disabled=not active or run.requested == STOP,
            help=theirs or "The run keeps what it has learnt, and can be continued later.",
        ):  # fmt: skip
            _act(lambda: services.store().lifecycle.stop(run.id))


def _has_checkpoint(run: Run) -> bool:
    """Also a damaged one: Continue training says what is wrong with it."""
    try:
        return checkpoints.position(services.store().runs.folder(run.id)) is not None
    except DamagedFile:
        return True


def _act(action) -> None:
    """Do what a button says, tell the engine, and draw the page again; a problem stays to be read."""
    try:
        action()
    except UserError as error:
        for sentence in error.sentences:
            st.error(plain(sentence), icon=":material/block:")
        return
    services.engine().wake()
    st.rerun()


def _rate_field(label: str, run: Run, key: session.KeyFamily[float]) -> float:
    option = options_of(run.task)["learning_rate"]
    return st.number_input(
        label, option.low, option.high, run.planned_rate, step=run.planned_rate / 2, format="%.6g", key=key(run.id, run.planned_rate).name,
        help=option.help,
    )  # fmt: skip


def _new_learning_rate(run: Run) -> None:
    with st.popover("Learning rate", icon=":material/speed:", help="Change it while it trains."):
        st.caption("Applies from the next step; a cosine schedule still scales it.")
        rate = _rate_field("New learning rate", run, session.NEW_RATE)
        if button("Use it", disabled=rate == run.planned_rate):
            _act(lambda: services.store().lifecycle.set_learning_rate(run.id, rate))


def _how_to_continue(run: Run) -> dict:
    """What `submit.proceed` needs to know; without a look into it, the plan as it was, and a few epochs more for a run at its end."""
    unread = run.epoch < run.epochs
    with st.popover("How to continue", icon=":material/tune:"):
        more = st.number_input(
            "More epochs", 0 if unread else 1, services.settings().max_epochs, 0 if unread else max(1, run.epochs // 2),
            key=session.MORE_EPOCHS(run.id, run.epochs, unread).name,
            help=f"Added to the {run.epochs} epochs of this run. A cosine schedule then starts again.",
        )  # fmt: skip
        rate = _rate_field("Learning rate from there", run, session.NEXT_RATE)
        said = {"more": more, "learning_rate": rate if rate != run.planned_rate else None}
        if run.was_tested:
            said["test_again"] = st.checkbox(
                "Test again at the end", key=session.TEST_AGAIN(run.id, run.epochs).name, help=_TEST_AGAIN
            )
        if task_of(run.task).other_data:
            said["source"] = _other_text(run)
    return said


_TEST_AGAIN = (
    "Off, because the test set is for one use: a network that is continued until its test result is good is no longer tested on "
    "something new. On, the new result replaces the old one."
)


def _other_text(run: Run) -> str | None:
    here = [name for name, source in task_of(run.task).sources(services.settings()).items() if source.read]
    labels = services.store().uploads.labels(services.me(), run.task)
    own = [name for name in labels if uploads.is_here(name, services.settings())]
    names = dict.fromkeys(["", *here, *own])
    names.pop(services.store().runs.spec(run.id).data.source, None)

    def label(name: str) -> str:
        if not name:
            return "The same text"
        return source_picker.label(run.task, name, labels)

    return st.selectbox(
        "Go on with", list(names), format_func=label, key=session.NEXT_SOURCE(run.id, run.epochs).name,
        help="Another text, if the network knows its characters. Those that it never saw are left out, and it says which.",
    ) or None  # fmt: skip
