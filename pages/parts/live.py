"""The panel of one run while it trains and after: state, numbers, loss curve, samples.

It reads nothing but the store. While the run is active it is a fragment that ticks; afterwards it does not tick at all.
"""

import math

import streamlit as st

from pages.parts import lab
from pages.parts.charts import UNITS, accuracy_chart, loss_chart
from pages.parts.runs import badge
from pages.parts.words import duration, plain
from rnn_core.runs.engine import log_tail
from rnn_core.runs.records import FAILED, QUEUED, RUNNING, STARTING, Run, Sample
from rnn_core.spec import ITEMS

_SOON_TICK, _TRAINING_TICK = 0.1, 1.0  # seconds: quick where something is about to happen, else once a second


def live_panel(run: Run) -> None:
    """Draw the panel; it follows the run by itself and reruns the page when the run's stage changes."""
    soon = run.state in (QUEUED, STARTING) or run.step == 0 or run.stop_wanted is not None
    tick = (_SOON_TICK if soon else _TRAINING_TICK) if run.active else None
    st.session_state["panel_in_page"] = True  # drawn with the whole page now; ticks draw it alone
    st.fragment(_panel, run_every=tick)(run.id, _stage(run))


def _stage(run: Run) -> tuple:
    """When this changes, buttons outside the panel or its tick must change too."""
    return run.state, run.step > 0, run.stop_wanted is not None


def _panel(run_id: str, stage: tuple) -> None:
    store = lab.store()
    run = store.get(run_id)
    in_page = st.session_state.pop("panel_in_page", False)
    if _stage(run) != stage and not in_page:  # the page has just been drawn: let it finish, the next tick sees it
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="run_state"):
        badge(run)
        st.markdown(f"**{plain(run.title)}**", width="content")
        if run.task == "text":
            st.space("stretch")
            st.segmented_control(
                "Loss in", list(UNITS), default="nats", required=True, key="loss_unit", label_visibility="collapsed", width="content",
                help="Nats: natural logarithm, as Keras computes it. Bits: logarithm to base 2; 1 nat is 1.44 bits.",
            )  # fmt: skip
    if run.state == QUEUED:
        _say_place(run)
        return
    if run.state == STARTING or (run.state == RUNNING and run.step == 0):
        st.info(
            "Starting: a training process reads the data and builds the network. Right after the server began, this takes some seconds.",
            icon=":material/hourglass_top:",
        )
        return
    if run.state == FAILED:
        st.error(plain(run.message), icon=":material/error:")
    elif run.message:
        st.info(plain(run.message), icon=":material/info:")
    (_text_curves if run.task == "text" else _class_curves)(run)
    if run.task == "text":
        _samples(run)
    if run.state == FAILED:
        with st.expander("The last lines of its log"):
            st.code(log_tail(store, run.id) or "The log is empty.", language=None, wrap_lines=True)


def _say_place(run: Run) -> None:
    place = lab.store().place(run.id)
    running = next((r for r in lab.store().runs(most=50) if r.state in (STARTING, RUNNING)), None)
    before = f"{place} waiting run{'s' if place != 1 else ''} before it" if place else "It is next"
    now = f" Now training: {plain(running.title)}." if running else ""
    left = f" About {duration(running.seconds_left)} left there." if running and running.seconds_left else ""
    st.info(f"In the queue. {before}.{now}{left}", icon=":material/hourglass_empty:")


def _text_curves(run: Run) -> None:
    store, unit = lab.store(), st.session_state["loss_unit"]
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
        loss_chart(training, validation, f"{unit} a character", store.spec(run.id).training.epochs, factor)


def _class_curves(run: Run) -> None:
    """Loss and accuracy side by side, for tasks that tell classes apart."""
    store = lab.store()
    curves = {name: store.curve(run.id, name) for name in ("loss", "val_loss", "accuracy", "val_accuracy")}
    newest = curves["accuracy"][-1].value if curves["accuracy"] else None
    with st.grid(5, min_column_width=130, gap="small"):
        _metric_epoch(run)
        st.metric("Training accuracy", _share(newest), help=_NEWEST)
        st.metric("Validation accuracy", _share(run.val_accuracy), help="On examples set aside, which are never trained on.")
        if "test_accuracy" in run.results:
            st.metric(
                "Test accuracy",
                _share(run.results["test_accuracy"]),
                help="On the test set, which is used once, at the end of a run.",
            )
        else:
            _metric_speed(run)
        _metric_time(run)
    epochs = store.spec(run.id).training.epochs
    if len(curves["loss"]) > 1:
        with st.grid(2, min_column_width=300):
            with st.container():
                loss_chart(curves["loss"], curves["val_loss"], f"nats (guessing: {_GUESSING[run.task]:.2f})", epochs)
            with st.container():
                accuracy_chart(curves["accuracy"], curves["val_accuracy"], epochs)


_GUESSING = {"digits": math.log(10), "reviews": math.log(2)}  # nats
_NEWEST = "Mean of the newest steps."


def _number(value: float | None, factor: float) -> str:
    return "–" if value is None else f"{value * factor:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _metric_epoch(run: Run) -> None:
    st.metric("Epoch", f"{run.epoch:.1f} of {lab.store().spec(run.id).training.epochs}")


def _metric_speed(run: Run) -> None:
    label = f"{ITEMS[run.task].capitalize()} a second"
    st.metric(label, f"{run.rate * run.items:,.0f}" if run.rate and run.items else "–")


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
    samples = lab.store().samples(run.id)
    if not samples:
        return
    steps = [sample.step for sample in samples]
    key, newest = f"sample_step_{run.id}", f"newest_sample_{run.id}"
    shown = st.session_state.get(key)
    if shown not in steps or shown == st.session_state.get(newest):  # stay with the newest, unless the person went back
        st.session_state[key] = steps[-1]
    st.session_state[newest] = steps[-1]
    st.markdown("**What it writes**", help="After every epoch the network writes from the same start with the same random numbers.")
    if len(samples) > 1:
        epochs = {sample.step: _when(sample) for sample in samples}
        st.select_slider(
            "Sample", steps, key=key, format_func=lambda step: epochs.get(step, ""), label_visibility="collapsed",
            help="Go back from prose to gibberish.",
        )  # fmt: skip
    text = next(sample.text for sample in samples if sample.step == st.session_state[key])
    st.code(text, language=None, wrap_lines=True, height=210)
