"""The choice of data, which all tasks share: the list of sources, the offer to download, and the cost of training."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.errors import show_errors
from pages.parts.shell.formatting import duration
from pages.parts.spec_form.controls import refit_preset
from rnn_core.data import download, uploads
from rnn_core.data.source import Source
from rnn_core.errors import UserError
from rnn_core.estimate import Estimate, Work, estimate, memory_error, scale_here
from rnn_core.run_spec import RunSpec, options_of
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
    if st.button("Download it", icon=":material/download:"):
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


def warn_few_steps(spec: RunSpec, steps: int) -> None:
    """Warn where a run has too few steps to learn anything."""
    total = steps * spec.training.epochs
    if total < 25:
        st.warning(
            f"Only {total:,} step{'s' if total > 1 else ''} in all, too few to learn much. "
            "Choose a smaller batch size or more epochs.",
            icon=":material/hourglass_bottom:",
        )


def show_cost(spec: RunSpec, work: Work) -> tuple[Estimate, bool]:
    """Draw the cost of training, with a warning or error where it is too high; returns whether the run fits into memory."""
    cost = estimate(spec.model, work, scale_here(services.store().runs.speeds(spec.task)))
    seconds = cost.epoch_seconds * spec.training.epochs
    condition = " when nobody else trains" if services.settings().class_mode else ""
    st.caption(
        f"**{cost.parameters:,}** parameters · **{duration(cost.epoch_seconds)}** per epoch, **{duration(seconds)}** in all, "
        f"estimated for this machine{condition} · about {cost.memory_mb / 1000:.1f} GB of memory"
    )
    too_large = memory_error(cost.memory_mb, services.settings())
    if too_large:
        st.error(too_large, icon=":material/memory:")
    _warn_time_limit(seconds, cost.epoch_seconds)
    return cost, too_large is None


def _warn_time_limit(seconds: float, epoch_seconds: float) -> None:
    """Warn where a run would be stopped before its end."""
    limit = services.settings().max_seconds
    if 0 < limit < seconds:
        st.warning(
            f"A run is stopped after {duration(limit)} here: this run after about {limit / epoch_seconds:.1f} epochs. "
            f"Choose fewer epochs or a smaller network.",
            icon=":material/timer:",
        )
