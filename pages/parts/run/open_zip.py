"""On the page Runs: open the zip of a run from another machine."""

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from pages.parts.tasks.view import view_of
from rnn_core.data import uploads
from rnn_core.errors import UserError
from rnn_core.export.opening import open_run


def open_zip() -> None:
    """Draw the field for the file, and afterwards the link to the run."""
    version = session.OPEN_ZIP_VERSION.get()
    with st.popover("Open a run", icon=":material/folder_open:", key=session.OPEN_ZIP_MENU(version).name):
        st.file_uploader(
            "A run's zip", type="zip", key=session.OPEN_ZIP(version).name, on_change=_on_upload, args=(version,),
            max_upload_size=services.settings().upload_mb, width=360,
            help="From another computer: Share, Everything. The run appears with its curves, and can be tried and continued.",
        )  # fmt: skip
        st.caption("The run is yours then. Its Keras model is not opened, because such a file may contain code.")
    opened = session.OPENED.get()
    if opened and services.store().runs.has(opened):
        run = services.store().runs.get(opened)
        with st.container(horizontal=True, vertical_alignment="center", key="opened"):
            st.markdown(f":material/check: Opened {plain(run.title)}.", width="content")
            view_of(run.task).page.link("Show the run", icon=":material/arrow_forward:", run=run.id)


def _on_upload(version: int) -> None:
    file = session.OPEN_ZIP(version).get()
    if file is None:
        return
    session.OPENED.set(None)
    try:
        uploads.check_size(file.size, services.settings())
        session.OPENED.set(open_run(file, services.store(), services.settings(), services.owner(), services.settings().upload_mb))
    except UserError as error:
        session.RUNS_ERRORS.set(error.sentences)
    session.OPEN_ZIP_VERSION.set(version + 1)  # the file leaves the server's memory, and the menu closes
    services.disk_mb.clear()
