"""The line under the toolbar: what a run waits for or how it ended, why it cannot start, or what to do next.

It has a fixed height: nothing below it moves when a message comes or goes.
"""

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import duration, plain
from rnn_core.runs.store.rows import FAILED, PAUSED, QUEUED, Run

Sentences = tuple[str, ...]


def notice(run: Run | None, errors: Sentences, warnings: Sentences, hints: Sentences) -> None:
    """Draw the messages, the most important first: `errors` and `warnings` of the page, those of the run, and `hints` where the run has none."""
    for sentence in errors:
        st.error(plain(sentence), icon=":material/block:")
    waiting = run is not None and _run_notice(run)
    for sentence in warnings:
        st.warning(plain(sentence), icon=":material/warning:")
    if errors or not waiting:
        for sentence in hints:
            st.caption(sentence)


def _run_notice(run: Run) -> bool:
    """Draw the message of a run; returns whether there is one."""
    if run.state == QUEUED:
        st.info(_place_in_queue(run), icon=":material/hourglass_empty:")
    elif run.state == PAUSED and run.step == 0:
        st.info("Paused before training started. Resume puts the run back into the queue.", icon=":material/pause:")
    elif run.active and run.step == 0:
        st.info(
            "Starting: reading the data and building the network. Soon after the server has started, this takes some seconds.",
            icon=":material/hourglass_top:",
        )
    elif run.state == FAILED:
        st.error(plain(run.message), icon=":material/error:")
    elif run.message:
        st.info(plain(run.message), icon=":material/info:")
    else:
        return False
    return True


def _place_in_queue(run: Run) -> str:
    """The place of a run in the queue, and when it starts."""
    store, in_class = services.store(), services.settings().class_mode
    waiting = services.waiting()
    place = next((i for i, (run_id, _) in enumerate(waiting) if run_id == run.id), None)
    if place is None:  # queued after the queue was read
        return f"In the queue. {services.engine().waiting_reason}"
    before = f"{place} run{'' if place == 1 else 's'} before this one" if place else "this run is next"
    message = f"In the queue: {before}."
    if in_class and (seconds := waiting[place][1]) is not None:
        message += f" Starts in about {duration(seconds)}; runs share this machine in turns."
    elif in_class:
        message = "In the queue. One run of each person trains at a time: this run starts when the other run ends or is paused."
    elif not in_class and (training := store.runs.training_run()):
        left = f", about {duration(training.seconds_left)} left" if (training.seconds_left or 0) >= 1 else ""
        message += f" Now training: {plain(training.title)}{left}."
    return f"{message} {services.engine().waiting_reason} The run stays queued if you leave."
