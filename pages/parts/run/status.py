"""One line about a run: its state, how far it is, how long it takes, its newest results."""

import html

import streamlit as st

from pages.parts.run.units import metric_text
from pages.parts.shell.formatting import duration, epoch_number
from rnn_core.runs.store.rows import PAUSE, STOP, Run
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_of


def status_line(run: Run, newest: float | None) -> None:
    """Draw the line as one element: a tick changes it without moving anything. `newest` is the main metric of the newest steps."""
    parts = [
        f'<b class="state state-{run.state}">{state_of(run)}</b>',
        _bar(run),
        f"<span>epoch {epoch_number(run.epoch)}/{run.epochs}</span>",
        *(f"<span>{html.escape(text)}</span>" for text in (_time(run), *_results(run, newest), _learning_rate(run)) if text),
    ]
    st.html(f'<div class="status">{"".join(parts)}</div>')


def state_of(run: Run) -> str:
    """The state in a word, or the request that is on its way to the run."""
    if run.owner is None:
        return "example"
    return {STOP: "stopping", PAUSE: "pausing"}.get(run.requested, run.state)


def announcement(run: Run) -> str:
    """What a screen reader says: it changes with the state and with each whole epoch, not with every tick."""
    epochs = int(run.epoch)
    return ", ".join(
        [state_of(run), *([f"epoch {epochs} of {run.epochs}"] if epochs else []), *(_results(run, None) if epochs else [])]
    )


def _bar(run: Run) -> str:
    share = min(1.0, run.epoch / run.epochs)
    return (
        f'<span class="bar" role="progressbar" aria-label="Epochs trained" aria-valuemin="0" aria-valuemax="{run.epochs}" '
        f'aria-valuenow="{epoch_number(run.epoch)}"><i style="width:{share:.1%}"></i></span>'
    )


def _time(run: Run) -> str:
    if not run.active:
        return f"{duration(run.seconds)} of training"
    left = run.seconds_left
    return f"{duration(left)} left" if left and run.seconds > 2 else ""  # sooner, the speed is that of building the network


def _learning_rate(run: Run) -> str:
    return f"learning rate {run.learning_rate:.3g}" if run.active and run.learning_rate else ""


def _results(run: Run, newest: float | None) -> list[str]:
    """The newest training, validation and test results of the task's main metric."""
    metric = METRICS[task_of(run.task).metrics[-1]]
    validated, tested = run.metrics.get(f"val_{metric.name}"), run.results.get(f"test_{metric.name}")
    results = [] if newest is None else [f"{metric.short} {metric_text(run, metric, newest)}"]
    if validated is not None:
        results.append(f"validation {metric_text(run, metric, validated)}")
    if tested is not None:
        at = f" (epoch {run.outdated_test:g})" if run.outdated_test is not None else ""
        results.append(f"test {metric_text(run, metric, tested)}{at}")
    return results
