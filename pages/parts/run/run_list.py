"""Tables of runs, the badge of a state, and the label of a run in a list."""

from datetime import datetime

import streamlit as st

from pages.parts.run.status import state_of
from pages.parts.run.units import metric_text
from pages.parts.shell.formatting import epoch_number, spreadsheet_safe
from pages.parts.tasks.view import view_of
from rnn_core.runs.store.rows import Run
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_names, task_of

STATES = {  # icon and colour of the badge
    "queued": (":material/hourglass_empty:", "gray"), "starting": (":material/hourglass_top:", "blue"),
    "running": (":material/play_arrow:", "green"), "paused": (":material/pause:", "orange"),
    "stopped": (":material/stop:", "orange"), "finished": (":material/check:", "green"), "failed": (":material/error:", "red"),
}  # fmt: skip


NO_OWNER = "Command line"  # the owner shown for runs that no page started
COLUMN_CONFIG = {  # of every table of runs
    "Open": st.column_config.LinkColumn("Open", display_text="Open", width="small"),
    "Validation loss": st.column_config.TextColumn(help="Lower is better. Compare only runs on the same data."),
    "Result": st.column_config.TextColumn(
        help="Accuracy, or how far predictions are from the true values: on the test set, where a run has ended with its test; else on the validation set."
    ),
    "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
}


def columns_of(runs: list[Run]) -> dict[str, list]:
    """The columns of every table of runs, one value per run."""
    return {
        "Open": [view_of(run.task).page.address(run.id) if run.task in task_names() else None for run in runs],
        "Run": [spreadsheet_safe(run.title) for run in runs],
        "State": [run.state for run in runs],
        "Epochs": [f"{epoch_number(run.epoch)} of {run.epochs}" for run in runs],
        "Validation loss": [METRICS["loss"].text(run.metrics.get("val_loss")) for run in runs],
        "Result": [_result(run) for run in runs],
        "Started": [datetime.fromtimestamp(run.created) for run in runs],
    }


def _result(run: Run) -> str:
    """The main metric of a run; empty for a task whose only metric is the loss."""
    name = task_of(run.task).metrics[-1] if run.task in task_names() else "loss"
    tested, validated = run.results.get(f"test_{name}"), run.metrics.get(f"val_{name}")
    if name == "loss" or tested is validated is None:
        return ""
    if tested is None:
        return f"{metric_text(run, METRICS[name], validated)} (validation)"
    return metric_text(run, METRICS[name], tested) + (
        f" (test at epoch {run.outdated_test:g})" if run.outdated_test is not None else ""
    )


def badge(run: Run) -> None:
    """Draw the state of a run."""
    icon, color = STATES[run.state]
    st.badge(state_of(run), icon=icon, color=color)


def choice_label(run: Run) -> str:
    """The label of a run in a list to choose from.

    The browser sends the label back: it must be unique and never change, so it holds no state and no loss. What tells apart runs with
    equal titles comes first: a long label is cut at its end.
    """
    if run.owner is None:
        return run.title
    return f"{datetime.fromtimestamp(run.created):%d %b %H:%M:%S} · {run.title} · {run.id[:4]}"
