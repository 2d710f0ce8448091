"""Values to compare a run with, by name: lines in its charts."""

import json
from dataclasses import asdict

import streamlit as st

from pages.parts.run.units import output_of
from pages.parts.shell import services
from rnn_core.errors import UserError
from rnn_core.lessons import ruler
from rnn_core.runs.store.rows import Run
from rnn_core.spec.metrics import Metric
from rnn_core.tasks.reference import Reference
from rnn_core.tasks.task import task_of


@st.cache_data(max_entries=256, show_spinner=False)
def _losses(data: str, task: str, files: bytes, _run_id: str) -> dict[str, float]:
    """Losses of simple predictions of the data of a spec, which many runs share, with their own files, such as a vocabulary. Raises
    `UserError` where the data is gone."""
    store = services.store()
    return task_of(task).landmarks(store.runs.spec(_run_id), store.runs.folder(_run_id), services.settings())


def own_files(run: Run) -> bytes:
    """What a run keeps of its data, such as a vocabulary: equal for networks that read the same ids."""
    folder = services.store().runs.folder(run.id)
    return b"".join((folder / name).read_bytes() for name in task_of(run.task).run_files if (folder / name).exists())


class _NotMeasuredYet(Exception):
    """Exceptions are not cached: the next tick asks again. The argument is whether there is something to wait for."""


@st.cache_data(max_entries=256, show_spinner=False)
def _references(data: str, task: str, _run_id: str) -> list[Reference]:
    """What other methods reach on the data of a spec, which many runs share. Raises `_NotMeasuredYet`."""
    store, settings = services.store(), services.settings()
    spec = store.runs.spec(_run_id)
    found = ruler.read(spec, settings)
    if found is None:
        raise _NotMeasuredYet(ruler.measure_soon(spec, store.runs.folder(_run_id), settings))
    return found


def references(run: Run) -> list[Reference]:
    """What other methods reach on the data of a run; none until they have been measured, in the background."""
    try:
        return _references(_data_of(run), run.task, run.id)
    except _NotMeasuredYet:
        return []


def is_measuring(run: Run) -> bool:
    """Whether other methods are being measured now."""
    try:
        _references(_data_of(run), run.task, run.id)
        return False
    except _NotMeasuredYet as error:
        return error.args[0]


def _data_of(run: Run) -> str:
    return json.dumps(asdict(services.store().runs.spec(run.id).data))


def losses(run: Run) -> dict[str, float]:
    """Losses of simple predictions by name, as training measures them."""
    task = task_of(run.task)
    if not task.landmarks:
        output = output_of(run)
        return {"guessing": output.guessing_loss} if output else {}
    try:
        return _losses(_data_of(run), run.task, own_files(run), run.id)
    except UserError:
        return {}


def landmarks(run: Run, metric: Metric, factor: float) -> dict[str, float]:
    """Values by name, in the unit in which the chart shows the metric; `factor` is what the run's values are multiplied by."""
    if metric.name != "loss":
        rivals = task_of(run.task).rivals.get(metric.name, {})
        return {label: run.results[name] for label, name in rivals.items() if name in run.results}
    others = {
        reference.label: reference.value for reference in references(run) if reference.metric == "loss" and not reference.published
    }
    return {label: loss * factor for label, loss in {**losses(run), **others}.items()}
