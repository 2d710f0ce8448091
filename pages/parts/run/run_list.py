"""The list of runs, and the choice of one."""

from datetime import datetime

import pandas as pd
import streamlit as st

from pages.parts.shell.formatting import in_table
from pages.parts.tasks.view import view_of
from rnn_core.runs.store.rows import PAUSE, STOP, Run
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_names

STATES = {  # icon and colour of the badge
    "queued": (":material/hourglass_empty:", "gray"), "starting": (":material/hourglass_top:", "blue"),
    "running": (":material/play_arrow:", "green"), "paused": (":material/pause:", "orange"),
    "stopped": (":material/stop:", "orange"), "finished": (":material/check:", "green"), "failed": (":material/error:", "red"),
}  # fmt: skip


NOBODY = "Command line"  # whose the runs are that no page began
COLUMNS = {  # how tables of runs show them
    "Open": st.column_config.LinkColumn("Open", display_text="Open", width="small"),
    "Validation loss": st.column_config.TextColumn(help="Nats; lower is better. Only runs on the same data compare."),
    "Accuracy": st.column_config.TextColumn(help="In the test, or in validation where there was no test yet."),
    "Begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
}


def rows(runs: list[Run]) -> dict[str, list]:
    """The columns that every table of runs has."""
    return {
        "Open": [view_of(run.task).page.address(run.id) if run.task in task_names() else None for run in runs],
        "Run": [in_table(run.title) for run in runs],
        "State": [run.state for run in runs],
        "Epochs": [f"{run.epoch:.1f} of {run.epochs}" for run in runs],
        "Validation loss": [METRICS["loss"].text(run.metrics.get("val_loss")) for run in runs],
        "Accuracy": [_accuracy(run) for run in runs],
        "Begun": [datetime.fromtimestamp(run.created) for run in runs],
    }


def run_table(runs: list[Run]) -> None:
    """Runs with a link to each."""
    if not runs:
        st.caption("None yet. The first one takes half a minute: open a page and press Train.")
        return
    st.dataframe(pd.DataFrame(rows(runs)), hide_index=True, alt=f"The {len(runs)} newest runs", column_config=COLUMNS)


def _accuracy(run: Run) -> str:
    metric, tested, validated = METRICS["accuracy"], run.results.get("test_accuracy"), run.metrics.get("val_accuracy")
    if tested is not None:
        return metric.text(tested) + (f" (test at epoch {run.outdated_test:g})" if run.outdated_test is not None else "")
    return "" if validated is None else f"{metric.text(validated)} (validation)"


def badge(run: Run) -> None:
    icon, color = STATES[run.state]
    st.badge({STOP: "stopping", PAUSE: "pausing"}.get(run.requested, run.state), icon=icon, color=color)


def name(run: Run) -> str:
    """How a run is called in a list to choose from.

    The browser sends this text back, so it must never change and never be another run's: no state, no loss.
    """
    if run.owner is None:
        return run.title
    return f"{run.title} · {datetime.fromtimestamp(run.created):%d %b %H:%M:%S} · {run.id[:4]}"
