"""The unit of each metric of a run, from the output of the run's network."""

import math

import streamlit as st

from pages.parts.shell import services
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.spec.metrics import Metric
from rnn_core.spec.model_io import Output

UNITS = {"nats": 1.0, "bits": 1 / math.log(2)}  # how many of the unit one nat is
Units = dict[str, tuple[float, str]]  # by metric: what values are multiplied by, and their unit then


@st.cache_data(max_entries=256, show_spinner=False)
def _output(run_id: str) -> Output:
    """The output of a run's network. Raises `UserError` where its files are damaged."""
    return checkpoints.model_io(services.store().runs.spec(run_id), services.store().runs.folder(run_id)).output


def output_of(run: Run) -> Output | None:
    """The output of a run's network; None where its files are damaged: the part of the page that tries the network says so."""
    try:
        return _output(run.id)
    except UserError:
        return None


def in_own_unit(run: Run, metric: Metric) -> tuple[float, str]:
    """What a value of the metric is multiplied by to be shown, and its unit then."""
    output = output_of(run)
    return output.in_own_unit(metric.name) if output else (1.0, "")


def metric_text(run: Run, metric: Metric, value: float | None) -> str:
    """A value of the metric with its unit."""
    factor, unit = in_own_unit(run, metric)
    return metric.text(value, factor) + (f" {unit}" if unit and value is not None else "")
