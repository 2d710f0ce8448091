"""Values to compare a run with, by name: lines in its charts."""

import streamlit as st

from pages.parts.run.units import output_of
from pages.parts.shell import services
from rnn_core.errors import UserError
from rnn_core.runs.store.rows import Run
from rnn_core.spec.metrics import Metric
from rnn_core.tasks.task import task_of


@st.cache_data(max_entries=64, show_spinner=False)
def _losses(run_id: str) -> dict[str, float]:
    """Losses of simple predictions; none where the data of the run is gone."""
    store = services.store()
    spec = store.runs.spec(run_id)
    try:
        return task_of(spec.task).landmarks(spec, store.runs.folder(run_id), services.settings())
    except UserError:
        return {}


def landmarks(run: Run, metric: Metric, factor: float) -> dict[str, float]:
    """Values by name, in the unit in which the chart shows the metric; `factor` is what the run's values are multiplied by."""
    task = task_of(run.task)
    if metric.name != "loss":
        rivals = task.rivals.get(metric.name, {})
        return {label: run.results[name] for label, name in rivals.items() if name in run.results}
    if task.landmarks:
        losses = _losses(run.id)
    else:
        output = output_of(run)
        losses = {"guessing": output.guessing_loss} if output else {}
    return {label: loss * factor for label, loss in losses.items()}
