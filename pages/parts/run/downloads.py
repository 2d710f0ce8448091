"""The downloads of a run. Whatever can fail is checked before: Streamlit says only "Failed to generate file" afterwards."""

from functools import partial

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import plain
from rnn_core.errors import UserError
from rnn_core.export import model
from rnn_core.export.formats import FORMATS, export, file_name
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run

MISSING = "This file is being prepared."
_NEEDING = next(name for name, form in FORMATS.items() if form.needs_model)
_SECONDS = 10  # that writing a model takes, with a start of TensorFlow


@showing_errors
def downloads(run: Run) -> None:
    """Draw a button for each format. A model that is missing is requested."""
    queue = services.models()
    if _why_no_model(run) == MISSING and not queue.errors(run.id):
        queue.request(run.id)
    place = queue.place(run.id)
    no_model = _why_no_model(run)  # asked once: it may change while the buttons are drawn
    st.markdown("**Downloads**")
    whole, *parts = (name for name, form in FORMATS.items() if form.of(run))
    with st.container(key="downloads", gap="xsmall"):
        _download(run, whole, no_model, width="stretch", icon=":material/download:")
        with st.container(key="download_parts"):
            for name in parts:
                _download(run, name, no_model)
        with st.container(key="prepare", horizontal=True, vertical_alignment="center"):
            _about_model(run, no_model, place)


def _download(run: Run, name: str, no_model: str | None, **look) -> None:
    form = FORMATS[name]
    why = _cannot(run.id, name, checkpoints.version(services.store(), run.id), run.step) or (no_model if form.needs_model else None)
    st.download_button(
        f"{form.label} (.{name})",
        partial(export, services.store(), run.id, name, services.settings()),
        file_name(run, name),
        form.mime,
        key=session.DOWNLOAD(run.id, name).name,
        on_click="ignore",
        disabled=why is not None,
        help=plain(why or f"{form.help[:1].upper()}{form.help[1:]}."),
        **look,
    )


def _why_no_model(run: Run) -> str | None:
    """Why there is no Keras model of the run's present weights; None where there is one."""
    if why := _cannot(run.id, _NEEDING, checkpoints.version(services.store(), run.id), run.step):
        return why
    if model.is_ready(services.store(), run.id):
        return None
    return model.TRAINS if model.trains(run) else MISSING


@st.cache_data(max_entries=500, show_spinner=False)
def _cannot(run_id: str, name: str, version: int | None, step: int) -> str | None:
    """Why the run's files or curves do not allow this format; cached for each checkpoint, because reading weights takes time."""
    try:
        FORMATS[name].check(services.store(), services.store().runs.get(run_id))
    except UserError as error:
        return str(error)
    return None


def _about_model(run: Run, why: str | None, place: int | None) -> None:
    """One line about the two formats that need the Keras model; `why` there is none."""
    errors = services.models().errors(run.id)
    if why is None:
        st.caption("Everything has a script that uses the network without this program. The page Runs opens it again.")
    elif place is not None:
        before = f", after {place} other{'s' if place > 1 else ''}" if place else ""
        st.caption(
            f":material/hourglass_top: Preparing the Keras model{before}, which Everything contains: about {_SECONDS * (place + 1)} s."
        )
    elif errors:
        st.caption(f":material/block: {plain(' '.join(errors))}")
        if button("Try again", type="tertiary"):
            services.models().request(run.id)
            st.rerun()
    else:
        st.caption(f":material/info: {plain(why)}")
