"""What choosing data has in common on all pages: the list, the offer to download, and the price of training."""

from collections.abc import Mapping
from functools import wraps

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import duration, plain
from pages.parts.spec_form.controls import refit
from rnn_core.data import download, uploads
from rnn_core.data.source import Source
from rnn_core.errors import UserError
from rnn_core.estimate import Estimate, Work, estimate, memory_error, scale_here
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of


def choice(task: str, on_change=None) -> Source | None:
    """The list of data, with what this person uploaded. Offers a download where one is needed. Returns the source chosen."""
    found = task_of(task).sources(services.settings())
    option = options_of(task)["source"]
    chosen = session.SPEC(task, "source")
    if (upload := session.NEW_UPLOAD(task).pop()) is not None:
        chosen.set(upload)
        refit(task)

    def changed():
        refit(task)
        if on_change:
            on_change()

    labels = services.store().uploads.labels(services.me(), task)
    own = [name for name in labels if uploads.is_here(name, services.settings())]
    names = list(dict.fromkeys([*found, chosen.get(), *own]))

    st.selectbox(
        option.label, names, key=chosen.name, help=option.help, persist_state="session",
        format_func=lambda name: label(task, name, labels), on_change=changed,
    )  # fmt: skip
    source = found.get(chosen.get())
    if source and source.read is None:
        _offer_download(source)
    return source


def label(task: str, name: str, own: Mapping[str, str]) -> str:
    """What the list of data calls it; `own` holds this person's labels of uploads."""
    found = sources.label(task, name, services.settings(), own)
    return uploads.unique_label(name, found) if uploads.is_upload(name) else found


def _offer_download(source: Source) -> None:
    st.info(f"{source.label}: not on this computer yet ({source.megabytes:.1f} MB).")
    if st.button("Download it", icon=":material/download:"):
        bar = st.progress(0.0, "Downloading …")
        try:
            download.fetch_all(source.remotes, services.settings(), lambda done, total: bar.progress(done / total, "Downloading …"))
        except UserError as error:
            bar.empty()
            for sentence in error.sentences:
                st.error(plain(sentence))
        else:
            st.rerun()


def taken(task: str, name: str, label: str) -> None:
    """Choose an upload that was just kept: when the list is drawn next, since a drawn one cannot be changed."""
    services.store().uploads.add(services.me(), task, name, label)
    session.NEW_UPLOAD(task).set(name)


def few_steps(spec: RunSpec, steps: int) -> None:
    """Warn where a run is too short to learn anything."""
    total = steps * spec.training.epochs
    if total < 25:
        st.warning(
            f"Only {total:,} step{'s' if total > 1 else ''} in all: hardly anything can be learnt in so few. "
            "Choose a smaller batch size or more epochs.",
            icon=":material/hourglass_bottom:",
        )


def price(spec: RunSpec, work: Work) -> tuple[Estimate, bool]:
    """Say what training will cost, and refuse what does not fit into memory; returns whether it does."""
    cost = estimate(spec.model, work, scale_here(services.store().runs.speeds(spec.task)))
    seconds = cost.epoch_seconds * spec.training.epochs
    alone = " when nobody else trains" if services.settings().class_mode else ""
    st.caption(
        f"**{cost.parameters:,}** parameters · **{duration(cost.epoch_seconds)}** an epoch, **{duration(seconds)}** in all, "
        f"estimated for this machine{alone} · about {cost.memory_mb / 1000:.1f} GB of memory"
    )
    too_large = memory_error(cost.memory_mb, services.settings())
    if too_large:
        st.error(too_large, icon=":material/memory:")
    _within_limit(seconds, cost.epoch_seconds)
    return cost, too_large is None


def _within_limit(seconds: float, epoch_seconds: float) -> None:
    """Warn where a run would be stopped before its end."""
    most = services.settings().max_seconds
    if 0 < most < seconds:
        st.warning(
            f"A run is stopped after {duration(most)} here, with what it has learnt by then: this one after about "
            f"{most / epoch_seconds:.1f} epochs. Choose fewer epochs or a smaller network.",
            icon=":material/timer:",
        )


def telling(draw):
    """The function that draws a part of a page; of a `UserError` it shows the sentences in that part's place."""

    @wraps(draw)
    def drawn(*given) -> None:
        try:
            draw(*given)
        except UserError as error:
            show_errors(error)

    return drawn


def show_errors(error: UserError) -> None:
    for sentence in error.sentences:
        st.error(plain(sentence), icon=":material/block:")
