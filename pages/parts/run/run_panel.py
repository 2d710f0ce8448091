"""The panel of one run: state, metrics, curves and samples.

The panel reads only the store. The panel of an active run is a fragment that ticks; that of an ended run does not tick.
"""

import time

import streamlit as st

from pages.parts.run.charts import UNITS, metric_chart
from pages.parts.run.run_list import badge
from pages.parts.run.units import in_own_unit, output_of
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import duration, plain
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import log_tail
from rnn_core.runs.store.kinds import Event, Note, Sample
from rnn_core.runs.store.rows import FAILED, PAUSE, PAUSED, QUEUED, RUNNING, STARTING, STOP, Run
from rnn_core.spec.metrics import METRICS, Metric
from rnn_core.tasks.task import task_of

_SOON_TICK, _TICK = 0.1, 1.0  # seconds; the first where the state is about to change
_CLASS_SOON_TICK, _CLASS_WAIT_TICK = 0.5, 5.0  # in class mode; the second for a run that waits
_FRESH_SECONDS = 3.0  # a run queued more recently than this may start at any moment


def heading(run: Run) -> None:
    """Draw the heading and the choice of the loss unit, above the panel: a tick does not redraw them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Training", anchor="run")
        if task_of(run.task).generates:
            st.space("stretch")
            st.segmented_control(
                "Loss in", list(UNITS), default="nats", required=True, key=session.LOSS_UNIT.name, label_visibility="collapsed", width="content",
                help="Nats: natural logarithm, as Keras computes it. Bits: logarithm to base 2; 1 nat is 1.44 bits.",
            )  # fmt: skip


def live_panel(run: Run) -> None:
    """Draw the panel; its ticks rerun the page when the stage of the run changes."""
    session.PANEL_IN_PAGE.set(True)  # the page draws the panel now; ticks draw it alone
    st.fragment(_panel, run_every=_tick(run) if run.active else None)(run.id, _stage(run))


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


def _stage(run: Run) -> tuple:
    """A value that changes when the buttons outside the panel, or the interval of its ticks, must change."""
    return run.state, run.step > 0, run.requested in (PAUSE, STOP), run.state == QUEUED and (_may_start_soon(run) or _is_next(run))


@showing_errors
def _panel(run_id: str, stage: tuple) -> None:
    store = services.store()
    try:
        run = store.runs.get(run_id)
    except UserError:  # deleted between two ticks: the page shows the error
        st.rerun()
    in_page = session.PANEL_IN_PAGE.pop()
    if _stage(run) != stage and not in_page:  # not while the page is being drawn: the next tick reruns it
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="run_state"):
        badge(run)
        st.markdown(f"**{plain(run.title)}**", width="content")
        if run.active and run.learning_rate:
            st.caption(f"learning rate {run.learning_rate:.3g}", width="content")
    with st.container():  # an empty container keeps its place, so Streamlit never draws what follows twice
        _notice(run)
    if run.active and run.step == 0:
        return
    notes = [note for note in store.events.read(run_id, Note) if note.epoch]
    _curves(run, notes)
    with st.container():
        _history(notes)
    if task_of(run.task).generates:
        _samples(run)
    if run.state == FAILED and run.refers_to_log:
        with st.expander("Last lines of the log"):
            st.code(log_tail(store, run.id) or "The log is empty.", language=None, wrap_lines=True)


def _notice(run: Run) -> None:
    """Draw the message of a run: what it waits for, or how it ended."""
    if run.state == QUEUED:
        _queue_notice(run)
    elif run.state == PAUSED and run.step == 0:
        st.info("Paused before training started. Resume puts the run back into the queue.", icon=":material/pause:")
    elif run.active and run.step == 0:
        st.info(
            "Starting: a training process reads the data and builds the network. Soon after the server has started, this takes some seconds.",
            icon=":material/hourglass_top:",
        )
    if run.state == FAILED:
        st.error(plain(run.message), icon=":material/error:")
    elif run.message and not (run.active and run.step == 0):
        st.info(plain(run.message), icon=":material/info:")


def _queue_notice(run: Run) -> None:
    """Draw the place of a run in the queue."""
    store, in_class = services.store(), services.settings().class_mode
    waiting = services.waiting()
    place = next((i for i, (run_id, _) in enumerate(waiting) if run_id == run.id), None)
    if place is None:  # queued after the queue was read
        st.info(f"In the queue. {services.engine().waiting_reason}", icon=":material/hourglass_empty:")
        return
    message = f"In the queue. {f'{place} of {len(waiting)} queued runs start before this run.' if place else 'This run is next.'}"
    if in_class and (seconds := waiting[place][1]) is not None:
        message += f" Starts in about {duration(seconds)}; runs share this machine in turns."
    elif in_class:
        message = "In the queue. One run of each person trains at a time: this run starts when the other run ends or is paused."
    elif not in_class and (training := store.runs.training_run()):
        left = f", about {duration(training.seconds_left)} left" if training.seconds_left else ""
        message += f" Now training: {plain(training.title)}{left}."
    st.info(f"{message} {services.engine().waiting_reason}", icon=":material/hourglass_empty:")


def _curves(run: Run, notes: list[Note]) -> None:
    """Draw the newest values of the main metric, and a chart of every metric."""
    store, task = services.store(), task_of(run.task)
    metrics = [METRICS[name] for name in task.metrics]
    main = metrics[-1]
    scales = {metric.name: _factor_and_unit(run, metric) for metric in metrics}
    factor, unit = scales[main.name]
    curves = {name: store.events.curve(run.id, name) for metric in metrics for name in (metric.name, f"val_{metric.name}")}
    newest, label = curves[main.name][-1].value if curves[main.name] else None, main.short
    in_unit = f" {unit}" if main.name != "loss" and unit else ""
    with st.grid(5, min_column_width=105 if len(metrics) == 1 else 130, gap="small"):
        _metric_epoch(run)
        st.metric(f"Training {label}", main.text(newest, factor) + in_unit, help=_NEWEST)
        st.metric(f"Validation {label}", main.text(run.metrics.get(f"val_{main.name}"), factor) + in_unit, help=_VALIDATION)
        if (tested := run.results.get(f"test_{main.name}")) is not None:
            st.metric(
                f"Test {label}" if run.outdated_test is None else f"Test {label} at epoch {run.outdated_test:g}",
                main.text(tested, factor) + in_unit,
                help=_tested_help(run),
            )
        else:
            _metric_speed(run)
        _metric_time(run)
    if len(curves["loss"]) < 2:
        return
    with st.grid(len(metrics), min_column_width=300):
        for metric in metrics:
            with st.container():
                factor, unit = scales[metric.name]
                curve = curves[metric.name], curves[f"val_{metric.name}"]
                metric_chart(metric, unit, *curve, run.epochs, notes, factor)


def _factor_and_unit(run: Run, metric: Metric) -> tuple[float, str]:
    """What values are multiplied by, and their unit; with the loss of pure guessing where the unit of the loss cannot be chosen."""
    task = task_of(run.task)
    if metric.name != "loss":
        return in_own_unit(run, metric)
    if task.generates:
        return UNITS[session.LOSS_UNIT.get()], f"{session.LOSS_UNIT.get()} per {task.item}"
    output = output_of(run)
    return 1.0, f"{output.unit}; guessing: {output.guessing_loss:.2f}" if output else ""


def _history(notes: list[Note]) -> None:
    """Draw the newest notes of a run; the charts mark their epochs."""
    for note in notes[-_MAX_NOTES:]:
        st.caption(f":material/flag: Epoch {note.epoch:.1f}: {plain(note.message)}")


_MAX_NOTES = 5
_NEWEST = "Mean of the newest training steps."
_VALIDATION = "On examples or text set aside: the network is never trained on them."


def _tested_help(run: Run) -> str:
    of = f" The weights are those of epoch {run.results['tested_epoch']:g}." if "tested_epoch" in run.results else ""
    return f"On the test set, which is used once, when training ends.{of}"


def _metric_epoch(run: Run) -> None:
    st.metric("Epoch", f"{run.epoch:.1f} of {run.epochs}")


def _metric_speed(run: Run) -> None:
    label = f"{task_of(run.task).items.capitalize()}/s"
    st.metric(label, f"{run.steps_per_second * run.items:,.0f}" if run.steps_per_second and run.items else "–")


def _metric_time(run: Run) -> None:
    left = duration(run.seconds if not run.active else run.seconds_left or 0) if run.seconds > 2 or not run.active else "–"
    st.metric("Time left" if run.active else "Elapsed", left)


def _sample_label(sample: Event) -> str:
    """The label of a sample on the slider: unique, because the browser sends it back."""
    if not sample.step:
        return "untrained"
    whole = sample.epoch == int(sample.epoch)
    return f"epoch {sample.epoch:.0f}" if whole else f"epoch {sample.epoch:.2f}, step {sample.step:,}"


def _samples(run: Run) -> None:
    samples = services.store().events.positions(run.id, Sample)
    if not samples:
        return
    steps = [sample.step for sample in samples]
    step, newest = session.SAMPLE_STEP(run.id), session.NEWEST_SAMPLE(run.id)
    if step.get() not in steps or step.get() == newest.get():  # follow the newest sample, unless an earlier one was chosen
        step.set(steps[-1])
    newest.set(steps[-1])
    st.markdown("**Samples**", help="After every epoch, the network writes from the same prompt with the same random numbers.")
    if len(samples) > 1:
        epochs = {sample.step: _sample_label(sample) for sample in samples}
        st.select_slider(
            "Sample", steps, key=step.name, format_func=lambda step: epochs.get(step, ""), label_visibility="collapsed",
            help="Drag left for earlier samples.",
        )  # fmt: skip
    if sample := services.store().events.at(run.id, Sample, step.get()):
        st.code(sample.text, language=None, wrap_lines=True, height=210)
