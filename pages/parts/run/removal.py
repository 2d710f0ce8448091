"""Delete runs, from the page Runs and from the menu of a run."""

import streamlit as st

from pages.parts.shell import services, session
from rnn_core.errors import UserError
from rnn_core.runs.store.rows import Run


def delete(runs: list[Run]) -> tuple[str, ...]:
    """Delete those of the runs that this session may change; returns why some were not, in sentences."""
    errors = []
    for run in runs:
        try:
            if run.owner is None or services.read_only_reason(run):
                continue
            services.store().runs.delete(run.id)
        except UserError as error:  # continued or deleted elsewhere in the meantime
            errors += error.sentences
            continue
        if session.LAST_RUN(run.task).get() == run.id:
            session.LAST_RUN(run.task).set(None)
        if st.query_params.get("run") == run.id:
            del st.query_params["run"]
    services.disk_mb.clear()
    return tuple(errors)


def size_of(megabytes: float) -> str:
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes:,.1f} MB"
