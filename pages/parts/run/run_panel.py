"""The panel of one run while it trains and after: state, numbers, loss curve, samples.

It reads nothing but the store. While the run is active it is a fragment that ticks; afterwards it does not tick at all.
"""

import math
import time

import streamlit as st

from pages.parts.run.charts import UNITS, accuracy_chart, loss_chart
from pages.parts.run.run_list import badge
from pages.parts.shell import services, session
from pages.parts.shell.formatting import duration, plain
from pages.parts.spec_form.source_picker import telling
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import log_tail
from rnn_core.runs.store.rows import ENDED, FAILED, PAUSE, PAUSED, QUEUED, RUNNING, STARTING, STOP, Change, Run, Sample
from rnn_core.tasks.task import task_of

_SOON_TICK, _TICK = 0.1, 1.0  # seconds: quick where something is about to happen
_CLASS_SOON_TICK, _CLASS_WAIT_TICK = 0.5, 5.0  # among thirty, less so; while a run waits far from its turn, seldom
_FRESH_SECONDS = 3.0  # a run that was queued so recently may get its slot at any moment


def heading(run: Run) -> None:
    """Above the panel and not in it, so that no tick draws it again."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("The run", anchor="run")
        if task_of(run.task).per_timestep:
            st.space("stretch")
            st.segmented_control(
                "Loss in", list(UNITS), default="nats", required=True, key=session.LOSS_UNIT.name, label_visibility="collapsed", width="content",
                help="Nats: natural logarithm, as Keras computes it. Bits: logarithm to base 2; 1 nat is 1.44 bits.",
            )  # fmt: skip


def live_panel(run: Run) -> None:
    """Draw the panel; it follows the run by itself and reruns the page when the run's stage changes."""
    session.PANEL_IN_PAGE.set(True)  # drawn with the whole page now; ticks draw it alone
    st.fragment(_panel, run_every=_tick(run) if run.active else None)(run.id, _stage(run))


def _tick(run: Run) -> float:
    in_class = services.settings().class_mode
    if run.state == STARTING or run.requested in (PAUSE, STOP) or (run.state == RUNNING and run.step == 0) or _soon(run):
        return _CLASS_SOON_TICK if in_class else _SOON_TICK
    waits = run.state == PAUSED or (run.state == QUEUED and not _is_near(run))
    return _CLASS_WAIT_TICK if in_class and waits else _TICK


def _soon(run: Run) -> bool:
    return not services.settings().class_mode and run.state == QUEUED and time.time() - run.created < _FRESH_SECONDS


def _is_near(run: Run) -> bool:
    """Whether its turn is one of the next."""
    return run.id in [run_id for run_id, _ in services.waiting()[: services.engine().rules.slots]]


def _stage(run: Run) -> tuple:
    """When this changes, buttons outside the panel or its tick must change too."""
    return run.state, run.step > 0, run.requested in (PAUSE, STOP), run.state == QUEUED and (_soon(run) or _is_near(run))


@telling
def _panel(run_id: str, stage: tuple) -> None:
    store = services.store()
    try:
        run = store.get(run_id)
    except UserError:  # deleted between two ticks: the page says so
        st.rerun()
    in_page = session.PANEL_IN_PAGE.pop()
    if _stage(run) != stage and not in_page:  # the page has just been drawn: let it finish, the next tick sees it
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="run_state"):
        badge(run)
        st.markdown(f"**{plain(run.title)}**", width="content")
        if run.active and run.learning_rate:
            st.caption(f"learning rate {run.learning_rate:.3g}", width="content")
    with st.container():  # keeps its place when it is empty, so that what follows never stands there twice
        _notice(run)
    if run.active and run.step == 0:
        return
    changes = [change for change in store.changes(run_id) if change.message and change.epoch and change.state not in ENDED]
    (_text_curves if task_of(run.task).per_timestep else _class_curves)(run, changes)
    with st.container():
        _history(changes)
    if task_of(run.task).generates:
        _samples(run)
    if run.state == FAILED and run.leaves_it_to_the_log:
        with st.expander("The last lines of its log"):
            st.code(log_tail(store, run.id) or "The log is empty.", language=None, wrap_lines=True)


def _notice(run: Run) -> None:
    """What there is to say about it besides numbers: what it waits for, or how it ended."""
    if run.state == QUEUED:
        _say_place(run)
    elif run.state == PAUSED and run.step == 0:
        st.info("Paused before it began. Resume puts it back into the queue.", icon=":material/pause:")
    elif run.active and run.step == 0:
        st.info(
            "Starting: a training process reads the data and builds the network. Right after the server began, this takes some seconds.",
            icon=":material/hourglass_top:",
        )
    if run.state == FAILED:
        st.error(plain(run.message), icon=":material/error:")
    elif run.message and not (run.active and run.step == 0):
        st.info(plain(run.message), icon=":material/info:")


def _say_place(run: Run) -> None:
    store, in_class = services.store(), services.settings().class_mode
    waiting = services.waiting()
    place = next((i for i, (run_id, _) in enumerate(waiting) if run_id == run.id), None)
    if place is None:  # it was queued after the queue was read
        st.info(f"In the queue. {services.engine().trouble}", icon=":material/hourglass_empty:")
        return
    said = f"In the queue. {f'{place} of {len(waiting)} waiting runs come before it.' if place else 'It is next.'}"
    if in_class and (seconds := waiting[place][1]) is not None:
        said += f" Its turn comes in about {duration(seconds)}: people take turns, so that everybody's curve moves soon."
    elif in_class:
        said = "In the queue. It begins when its owner's other run has ended, or is stopped or paused: one run of each person trains at a time."
    elif not in_class and (training := store.training()):
        left = f", about {duration(training.seconds_left)} left" if training.seconds_left else ""
        said += f" Now training: {plain(training.title)}{left}."
    st.info(f"{said} {services.engine().trouble}", icon=":material/hourglass_empty:")


def _text_curves(run: Run, changes: list[Change]) -> None:
    store, unit = services.store(), session.LOSS_UNIT.get()
    factor = UNITS[unit]
    training, validation = store.curve(run.id, "loss"), store.curve(run.id, "val_loss")
    with st.grid(5, min_column_width=105, gap="small"):
        _metric_epoch(run)
        st.metric("Training loss", _number(training[-1].value if training else None, factor), help=_NEWEST)
        st.metric(
            "Validation loss", _number(run.val_loss, factor), help="On the last tenth of the text, which is never trained on."
        )
        _metric_speed(run)
        _metric_time(run)
    if len(training) > 1:
        loss_chart(training, validation, f"{unit} a character", run.epochs, changes, factor)


def _class_curves(run: Run, changes: list[Change]) -> None:
    """Loss and accuracy side by side, for tasks that tell classes apart."""
    store = services.store()
    curves = {name: store.curve(run.id, name) for name in ("loss", "val_loss", "accuracy", "val_accuracy")}
    newest = curves["accuracy"][-1].value if curves["accuracy"] else None
    with st.grid(5, min_column_width=130, gap="small"):
        _metric_epoch(run)
        st.metric("Training accuracy", _share(newest), help=_NEWEST)
        st.metric("Validation accuracy", _share(run.val_accuracy), help="On examples set aside, which are never trained on.")
        if "test_accuracy" in run.results:
            st.metric(
                "Test accuracy" if run.outdated_test is None else f"Test accuracy at epoch {run.outdated_test:g}",
                _share(run.results["test_accuracy"]),
                help="On the test set, which is used once, at the end of a run.",
            )
        else:
            _metric_speed(run)
        _metric_time(run)
    if len(curves["loss"]) > 1:
        with st.grid(2, min_column_width=300):
            with st.container():
                guessing = math.log(task_of(run.task).classes)  # nats
                loss_chart(curves["loss"], curves["val_loss"], f"nats (guessing: {guessing:.2f})", run.epochs, changes)
            with st.container():
                accuracy_chart(curves["accuracy"], curves["val_accuracy"], run.epochs, changes)


def _history(changes: list[Change]) -> None:
    """What was done to the run since it began; the charts mark where."""
    for change in changes[-_TOLD:]:
        st.caption(f":material/flag: Epoch {change.epoch:.1f}: {plain(change.message)}")


_TOLD = 5  # changes, the newest
_NEWEST = "Mean of the newest steps."


def _number(value: float | None, factor: float) -> str:
    return "–" if value is None else f"{value * factor:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _metric_epoch(run: Run) -> None:
    st.metric("Epoch", f"{run.epoch:.1f} of {run.epochs}")


def _metric_speed(run: Run) -> None:
    label = f"{task_of(run.task).items.capitalize()} a second"
    st.metric(label, f"{run.steps_per_second * run.items:,.0f}" if run.steps_per_second and run.items else "–")


def _metric_time(run: Run) -> None:
    left = duration(run.seconds if not run.active else run.seconds_left or 0) if run.seconds > 2 or not run.active else "–"
    st.metric("Time left" if run.active else "Time taken", left)


def _when(sample: Sample) -> str:
    """No two samples may be called the same, since the browser sends this back."""
    if not sample.step:
        return "untrained"
    whole = sample.epoch == int(sample.epoch)
    return f"epoch {sample.epoch:.0f}" if whole else f"epoch {sample.epoch:.2f}, step {sample.step:,}"


def _samples(run: Run) -> None:
    samples = services.store().samples(run.id)
    if not samples:
        return
    steps = [sample.step for sample in samples]
    step, newest = session.SAMPLE_STEP(run.id), session.NEWEST_SAMPLE(run.id)
    if step.get() not in steps or step.get() == newest.get():  # stay with the newest, unless the person went back
        step.set(steps[-1])
    newest.set(steps[-1])
    st.markdown("**What it writes**", help="After every epoch the network writes from the same start with the same random numbers.")
    if len(samples) > 1:
        epochs = {sample.step: _when(sample) for sample in samples}
        st.select_slider(
            "Sample", steps, key=step.name, format_func=lambda step: epochs.get(step, ""), label_visibility="collapsed",
            help="Go back from prose to gibberish.",
        )  # fmt: skip
    text = next(sample.text for sample in samples if sample.step == step.get())
    st.code(text, language=None, wrap_lines=True, height=210)
