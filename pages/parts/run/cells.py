"""The same run with the other cells: which there are, and a button that starts those that are missing."""

import math

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from rnn_core.cells import CELLS
from rnn_core.runs import variants
from rnn_core.runs.store.rows import RUNNING, Run


@st.cache_data(ttl=2, max_entries=256, show_spinner=False)
def _sibling_ids(run_id: str, owner: str | None) -> list[str]:
    store = services.store()
    spec = store.runs.spec(run_id)
    others = [other for other in variants.cells_of(spec) if other != spec]
    return [run.id for run in variants.equal_runs(others, store, owner) if run]


def siblings(run: Run) -> list[Run]:
    """The runs that differ from this one in their cell alone."""
    store = services.store()
    return [store.runs.get(other) for other in _sibling_ids(run.id, services.listed_owner()) if store.runs.has(other)]


def other_cell_trains(run: Run) -> bool:
    """Whether the same run with another cell trains or waits: a picture of all of them still changes."""
    return any(sibling.active for sibling in siblings(run))


def under_way(run: Run) -> str:
    """Which of the others train or wait, as a sentence with a blank before it; "" where none does."""
    states = [cell_and_state(sibling) for sibling in siblings(run) if sibling.active]
    return f" Also under way: {', '.join(states)}." if states else ""


def cell_and_state(run: Run) -> str:
    """`LSTM (epoch 3 of 12)`, or `GRU (queued)`."""
    state = f"epoch {math.floor(run.epoch)} of {run.epochs}" if run.state == RUNNING else run.state
    return f"{cell_of(run)} ({state})"


def cell_of(run: Run) -> str:
    """Its cell; of layers with several, all of them."""
    return " and ".join(dict.fromkeys(CELLS[layer.cell].label for layer in services.store().runs.spec(run.id).model.layers))


def _has_all_cells(run: Run) -> bool:
    """Whether the settings are those of this run of one's own, and it is here with each cell: the button would start nothing."""
    if run.owner != services.owner():
        return False
    asked = variants.cells_of(session.VALID_SPEC(run.task).get())
    return services.store().runs.spec(run.id) in asked and len(siblings(run)) == len(asked) - 1


def three_cells(run: Run) -> None:
    """Draw the button that trains the settings with each cell, and what the last press could not start."""
    pressed = button(
        f"Train {variants.cell_names()}", icon=":material/play_arrow:", key=session.TRAIN_CELLS(run.task).name,
        help="Trains your settings once with each cell, on the same data and with the same seed. Runs that you already have are used again.",
        disabled=_has_all_cells(run),
    )  # fmt: skip
    if pressed:
        chosen = session.VALID_SPEC(run.task).get()
        specs = sorted(variants.cells_of(chosen), key=lambda spec: spec != chosen)  # the settings on show first
        started = variants.start(specs, services.store(), services.settings(), services.owner())
        services.engine().wake()
        shown = started.runs[0] if started.runs else run.id
        session.TRAIN_CELLS_NOTES(run.task, shown).set(started.note(len(specs)))
        if shown != run.id:
            st.query_params["run"] = shown
        _sibling_ids.clear()
        st.rerun()
    for sentence in session.TRAIN_CELLS_NOTES(run.task, run.id).get():
        st.caption(f":material/block: {plain(sentence)}")
