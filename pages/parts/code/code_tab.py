"""The tab Code beside Watch: the Keras script of the settings as they stand, to copy and to download."""

from functools import partial

import streamlit as st

from pages.parts.code.script_box import script_box
from pages.parts.run.changes import changes
from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from pages.parts.spec_form import source_picker
from rnn_core.errors import UserError
from rnn_core.export.notebook import notebook
from rnn_core.export.script import Script, compose, content_of, data_of
from rnn_core.run_spec import RunSpec
from rnn_core.spec.training import TrainingSpec
from rnn_core.tasks.script import ScriptData
from rnn_core.tasks.task import task_of


def follow(spec: RunSpec) -> None:
    """Keep the settings as they were before their last change; call it at every run of the page, on whatever tab."""
    now = session.CODE_NOW(spec.task)
    if now.get() != spec:
        session.CODE_BEFORE(spec.task).set(now.get())
        now.set(spec)


def script_of(spec: RunSpec) -> Script | None:
    """Draw the buttons that download the script and its data; returns the script, or None where the data is not here."""
    try:
        script = _script(spec)
    except UserError as error:
        st.info(plain(f"The script needs the data, whose sizes are in it. {error}"), icon=":material/info:")
        return None
    _downloads(spec, script)
    return script


def show_script(spec: RunSpec, script: Script | None, is_valid: bool, differs: bool) -> None:
    """Draw the script. `is_valid`: it is that of the controls, not the last valid one; `differs`: the run on show has other settings."""
    if script is None:
        return
    before = session.CODE_BEFORE(spec.task).get()
    labels = partial(source_picker.label, spec.task, own=services.store().uploads.labels(services.owner(), spec.task))
    differing = changes(before, spec, labels, "before") if before else []
    whose = "Keras script of your settings" if is_valid else "Some settings are not valid: Keras script of the last valid ones"
    run = "; the run on show has other settings." if differs else "."
    script_box(spec.task, script, _script_or_none(before), ", ".join(differing), whose + run)


def _downloads(spec: RunSpec, script: Script) -> None:
    icon = ":material/download:"
    st.download_button(
        ".py", script.source, f"{script.name}.py", "text/x-python", icon=icon, on_click="ignore", help="The script as a file."
    )
    st.download_button(
        ".ipynb", notebook(script), f"{script.name}.ipynb", "application/x-ipynb+json", icon=icon, on_click="ignore",
        help="The script as a Jupyter notebook, one cell for each section.",
    )  # fmt: skip
    source = task_of(spec.task).sources(services.settings()).get(spec.data.source)
    is_here = source is None or source.read is not None
    st.download_button(
        "Data", partial(_content, spec.to_json()), script.file, "application/octet-stream", icon=icon, on_click="ignore", disabled=not is_here,
        help=f"{plain(script.file)}: what the script reads. Put it into the same folder." if is_here else "The data is not on this computer yet: download it in Set up, under Data.",
    )  # fmt: skip


def _content(spec: str) -> bytes:
    return content_of(RunSpec.from_json(spec), services.settings())


def _script(spec: RunSpec) -> Script:
    decisive = RunSpec(spec.task, spec.data, training=TrainingSpec(batch_size=spec.training.batch_size))
    return compose(spec, _data(decisive.to_json()))


def _script_or_none(spec: RunSpec | None) -> Script | None:
    """The script before the last change; None where its data is not here any more."""
    try:
        return _script(spec) if spec else None
    except UserError:
        return None


@st.cache_data(max_entries=64, ttl="10m", show_spinner="Reading the data …")
def _data(spec: str) -> ScriptData:
    """What the script says about its data; cached by all that decides it, so other options read no data."""
    return data_of(RunSpec.from_json(spec), services.settings())
