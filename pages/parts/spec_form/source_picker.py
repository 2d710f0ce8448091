"""The choice of data, which all tasks share: the list of sources and the offer to download."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import show_errors
from pages.parts.spec_form.controls import refit_preset
from rnn_core.data import download, uploads
from rnn_core.data.source import Source
from rnn_core.errors import UserError
from rnn_core.run_spec import options_of
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of


def source_select(task: str, on_change=None) -> Source | None:
    """Draw the list of sources and this person's uploads, and the offer to download the chosen one where it is missing.

    Returns the chosen source, or None for an upload.
    """
    available = task_of(task).sources(services.settings())
    option = options_of(task)["source"]
    chosen = session.SPEC(task, "source")
    if (upload := session.NEW_UPLOAD(task).pop()) is not None:
        chosen.set(upload)
        refit_preset(task)

    def changed():
        refit_preset(task)
        if on_change:
            on_change()

    labels = services.store().uploads.labels(services.owner(), task)
    own = [name for name in labels if uploads.is_here(name, services.settings())]
    names = list(dict.fromkeys([*available, chosen.get(), *own]))

    st.selectbox(
        option.label, names, key=chosen.name, help=option.help, persist_state="session",
        format_func=lambda name: label(task, name, labels), on_change=changed,
    )  # fmt: skip
    source = available.get(chosen.get())
    if source and source.read is None:
        _offer_download(source)
    return source


def label(task: str, name: str, own: Mapping[str, str]) -> str:
    """The label of a source in the list; `own` holds the labels of this person's uploads."""
    text = sources.label(task, name, services.settings(), own)
    return uploads.unique_label(name, text) if uploads.is_upload(name) else text


def _offer_download(source: Source) -> None:
    st.info(f"{source.label}: not on this computer yet ({source.megabytes:.1f} MB).")
    if button("Download it", icon=":material/download:"):
        bar = st.progress(0.0, "Downloading …")
        try:
            download.fetch_all(source.remotes, services.settings(), lambda done, total: bar.progress(done / total, "Downloading …"))
        except UserError as error:
            bar.empty()
            show_errors(error)
        else:
            st.rerun()


def add_upload(task: str, name: str, label: str) -> None:
    """Add an upload to this person's list, and select it when the list is drawn next: a drawn one cannot be changed."""
    services.store().uploads.add(services.owner(), task, name, label)
    session.NEW_UPLOAD(task).set(name)
