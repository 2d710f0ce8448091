"""The buttons of a run, each in its own slot: a button that does not apply is disabled where it stands."""

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.spec_form import source_picker
from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.nn.run_files import DamagedFile
from rnn_core.run_spec import options_of
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import PAUSE, PAUSED, STOP, Run
from rnn_core.runs.submit import continue_run, resume
from rnn_core.tasks.task import task_of


def run_buttons(run: Run | None) -> None:
    """Draw the buttons of a run, or of none. An error appears in the notice."""
    read_only = services.read_only_reason(run)
    active = run is not None and run.active and not read_only
    paused = active and run.state == PAUSED
    can_continue = run is not None and not run.active and not read_only and _has_checkpoint(run)
    store, settings = services.store(), services.settings()
    if button(
        "Pause", icon=":material/pause:", disabled=not active or paused or run.requested in (PAUSE, STOP),
        help=read_only or "A paused run can be tried; another run may train meanwhile.",
    ):  # fmt: skip
        _act(run, lambda: store.lifecycle.pause(run.id))
    if button(
        "Resume",
        icon=":material/play_pause:",
        disabled=not paused,
        help=read_only or "Continues exactly where the run was paused.",
    ):
        _act(run, lambda: resume(run.id, store, settings))
    if button(
        "Stop", icon=":material/stop:", disabled=not active or run.requested == STOP,
        help=read_only or "The run keeps its latest checkpoint and can be continued later.",
    ):  # fmt: skip
        _act(run, lambda: store.lifecycle.stop(run.id))
    _new_learning_rate(run if active else None)
    slot = st.container(key="continue", width="content")
    options = _continue_options(run if can_continue else None)
    with slot:
        if button(
            "Continue training",
            icon=":material/resume:",
            disabled=not can_continue,
            help=read_only or "Continues an ended run on the same curve.",
        ):
            _act(run, lambda: _continue(run, options))


def _continue(run: Run, options: dict) -> None:
    """Continue training; settings that were those of the run become its new ones, which may have more epochs."""
    store, valid = services.store(), session.VALID_SPEC(run.task)
    same = valid.exists() and valid.get() == store.runs.spec(run.id)
    continue_run(run.id, store, services.settings(), **options)
    if same:
        st.query_params["spec"] = store.runs.spec(run.id).to_short()  # the page sets its controls from its address


def _has_checkpoint(run: Run) -> bool:
    """Whether there is a checkpoint, even a damaged one: Continue training then says what is wrong."""
    try:
        return checkpoints.position(services.store().runs.folder(run.id)) is not None
    except DamagedFile:
        return True


def _act(run: Run, action) -> None:
    """Call `action`, wake the engine and rerun the page; an error stays in the notice until the next press."""
    errors = session.ACTION_ERRORS(run.task, run.id)
    errors.set(())
    try:
        action()
    except UserError as error:
        errors.set(error.sentences)
    else:
        services.engine().wake()
    st.rerun()


def _rate_field(label: str, run: Run, key: session.KeyFamily[float]) -> float:
    option = options_of(run.task)["learning_rate"]
    return st.number_input(
        label, option.low, option.high, run.planned_rate, step=run.planned_rate / 2, format="%.6g", key=key(run.id, run.planned_rate).name,
        help=option.help,
    )  # fmt: skip


def _new_learning_rate(run: Run | None) -> None:
    """Draw the popover in which a run that trains gets another learning rate; None: it is disabled."""
    with st.popover(
        "Learning rate", icon=":material/speed:", disabled=run is None, help="Change the learning rate while the run trains."
    ):
        if run is None:
            return
        now = f" It is {run.learning_rate:.3g} now: the cosine schedule has lowered it." if _is_lowered(run) else ""
        st.caption(f"Applies from the next step; a cosine schedule still scales it.{now}")
        rate = _rate_field("New learning rate", run, session.NEW_RATE)
        if button("Apply", disabled=rate == run.planned_rate):
            _act(run, lambda: services.store().lifecycle.set_learning_rate(run.id, rate))


def _is_lowered(run: Run) -> bool:
    return run.learning_rate is not None and run.learning_rate < 0.99 * run.planned_rate


def _continue_options(run: Run | None) -> dict:
    """Draw the options of Continue training; returns them as arguments of `submit.continue_run`. None: they are disabled."""
    with (
        st.container(key="continue_options", width="content"),
        st.popover(
            "Continue options",
            icon=":material/tune:",
            disabled=run is None,
            help="How an ended run is continued: more epochs, learning rate, data.",
        ),
    ):
        if run is None:
            return {}
        unfinished = run.epoch < run.epochs
        most = services.settings().max_epochs
        more = st.number_input(
            "More epochs", 0 if unfinished else 1, most, 0 if unfinished else min(most, max(1, run.epochs // 2)),
            key=session.MORE_EPOCHS(run.id, run.epochs, unfinished).name,
            help=f"Added to the {run.epochs} epochs of this run. A cosine schedule then begins high again, so the loss may first rise.",
        )  # fmt: skip
        rate = _rate_field("New learning rate", run, session.NEXT_RATE)
        options = {"more": more, "learning_rate": rate if rate != run.planned_rate else None}
        if run.was_tested:
            options["test_again"] = st.checkbox(
                "Test again at the end", key=session.TEST_AGAIN(run.id, run.step).name, help=_TEST_AGAIN
            )
        if task_of(run.task).other_data:
            options["source"] = _other_source(run)
    return options


_TEST_AGAIN = (
    "Off by default: a network that is continued until its test result is good is no longer tested on unseen data. On: the new "
    "result replaces the old one."
)


def _other_source(run: Run) -> str | None:
    """Draw the choice of other data; returns the name of the source, or None for the same data."""
    available = [name for name, source in task_of(run.task).sources(services.settings()).items() if source.read]
    labels = services.store().uploads.labels(services.owner(), run.task)
    own = [name for name in labels if uploads.is_here(name, services.settings())]
    names = dict.fromkeys(["", *available, *own])
    names.pop(services.store().runs.spec(run.id).data.source, None)

    def label(name: str) -> str:
        if not name:
            return "Same data"
        return source_picker.label(run.task, name, labels)

    return st.selectbox(
        "Data", list(names), format_func=label, key=session.NEXT_SOURCE(run.id, run.step).name,
        help="Other data with the same vocabulary. Unknown characters are left out; the page lists them.",
    ) or None  # fmt: skip
