"""Values to compare a run with, by name: lines in its charts."""

import json
from dataclasses import asdict

import streamlit as st

from pages.parts.run.units import output_of
from pages.parts.shell import services
from rnn_core.errors import UserError
from rnn_core.runs.store.rows import Run
from rnn_core.spec.metrics import Metric
from rnn_core.tasks.task import task_of


@st.cache_data(max_entries=256, show_spinner=False)
def _losses(data: str, task: str, files: bytes, _run_id: str) -> dict[str, float]:
    """Losses of simple predictions of the data of a spec, which many runs share, with their own files, such as a vocabulary. Raises
    `UserError` where the data is gone."""
    store = services.store()
    return task_of(task).landmarks(store.runs.spec(_run_id), store.runs.folder(_run_id), services.settings())


def _own_files(run: Run) -> bytes:
    folder = services.store().runs.folder(run.id)
    return b"".join((folder / name).read_bytes() for name in task_of(run.task).run_files if (folder / name).exists())


def landmarks(run: Run, metric: Metric, factor: float) -> dict[str, float]:
    """Values by name, in the unit in which the chart shows the metric; `factor` is what the run's values are multiplied by."""
    task = task_of(run.task)
    if metric.name != "loss":
        rivals = task.rivals.get(metric.name, {})
        return {label: run.results[name] for label, name in rivals.items() if name in run.results}
    if task.landmarks:
        data = json.dumps(asdict(services.store().runs.spec(run.id).data))
        try:
            losses = _losses(data, run.task, _own_files(run), run.id)
        except UserError:
            losses = {}
    else:
        output = output_of(run)
        losses = {"guessing": output.guessing_loss} if output else {}
    return {label: loss * factor for label, loss in losses.items()}
