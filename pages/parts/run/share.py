"""The menu Share of a run: links, downloads, name, note, and delete."""

from urllib.parse import SplitResult, urlsplit

import streamlit as st

from pages.parts.run.downloads import downloads
from pages.parts.run.removal import delete, size_of
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import plain
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import Run
from rnn_core.runs.store.runs import MAX_REMARK

_TICK = 1.0  # seconds
_ON_THIS_COMPUTER = ("localhost", "127.0.0.1", "[::1]")


def share(task: str, run: Run | None, spec: RunSpec) -> None:
    """Draw the menu for the run on show, which may be the example, or for none; `spec` are the settings in Set up.

    It ticks while it is open and a model for its downloads is being written.
    """
    ticks = session.SHARE.get() and _waits(run)
    fragment(_share, every=_TICK if ticks else None)(task, run, spec, ticks)


def _waits(run: Run | None) -> bool:
    return run is not None and services.models().place(run.id) is not None


def _share(task: str, drawn: Run | None, spec: RunSpec, ticks: bool) -> None:
    """`drawn` is the run as the page shows it: where it has changed here since, the page is drawn again."""
    if drawn is not None:
        run = services.store().runs.get(drawn.id) if services.store().runs.has(drawn.id) else None
        if run is None or run.title != drawn.title:
            st.rerun()
    menu = st.popover("Share", icon=":material/share:", key=session.SHARE.name, on_change="rerun")
    if menu.open:
        with menu, st.container(key="share", width=440, gap="small"):
            _links(task, drawn and run, spec)
            if drawn is not None:
                downloads(run)
                _about(run)
    if (menu.open and _waits(drawn)) != ticks:
        st.rerun()


def _links(task: str, run: Run | None, spec: RunSpec) -> None:
    page, server = view_of(task).page, urlsplit(st.context.url or "")
    with st.container(key="share_links"):
        if run is not None:
            _link("Link to this run", server, page.address(run.id), "Its curves and samples, to try, with its settings.")
        _link("Link to these settings", server, page.address(spec=spec.to_short()), "What is in Set up now, without a run.")
        if server.hostname in _ON_THIS_COMPUTER:
            st.caption("Both links work on this computer alone. For another one, download Everything.")
        elif services.settings().class_mode:
            st.caption("Anyone in this class with the link sees the run; only its owner and the teacher can change it.")


def _link(label: str, server: SplitResult, address: str, help: str) -> None:
    st.markdown(f"**{label}**", help=help)
    st.code(f"{server.scheme}://{server.netloc}{address}" if server.netloc else address, language=None)


def _about(run: Run) -> None:
    """Draw the fields for name and note, and the button Delete."""
    fixed = (
        "The example comes with the project, so it keeps its name and cannot be deleted."
        if run.owner is None
        else services.read_only_reason(run)
    )
    st.markdown("**This run**")
    if fixed:
        st.caption(f":material/lock: {fixed}")
    name, remark = session.SHARE_NAME(run.id), session.SHARE_REMARK(run.id)
    for key, value in ((name, run.title), (remark, run.remark)):
        if not key.exists() or key.get() != value:  # else what is being typed stays
            key.set(value)
    st.text_input("Name", key=name.name, max_chars=100, disabled=bool(fixed), on_change=_save, args=(run.id,))
    st.text_area(
        "Note", key=remark.name, max_chars=MAX_REMARK, height=68, disabled=bool(fixed), on_change=_save, args=(run.id,),
        placeholder="What is this run about?", help="Shown here and on the page Runs, and saved in the zip.",
    )  # fmt: skip
    for sentence in session.SHARE_ERRORS.pop():
        st.warning(plain(sentence), icon=":material/block:")
    _delete_buttons(run, fixed)


def _save(run_id: str) -> None:
    """Save what was typed into the two fields."""
    try:
        run = services.store().runs.get(run_id)
        if run.owner is None or services.read_only_reason(run):
            return
        services.store().runs.set_remark(run_id, session.SHARE_REMARK(run_id).get())
        services.store().runs.rename(run_id, session.SHARE_NAME(run_id).get())
    except UserError as error:
        session.SHARE_ERRORS.set(error.sentences)


def _delete_buttons(run: Run, fixed: str | None) -> None:
    """Draw Delete, and after a press the question. A second click at the same place keeps the run."""
    asked = session.SHARE_DELETE(run.id)
    with st.container(horizontal=True, vertical_alignment="center", key="share_delete"):
        if not asked.get() or fixed or run.active:
            why = fixed or ("Stop the run first, then delete it." if run.active else None)
            button(
                "Delete this run",
                icon=":material/delete:",
                disabled=why is not None,
                help=why,
                on_click=asked.set,
                args=(True,),
            )
            return
        button("Keep", on_click=asked.set, args=(False,))
        button("Delete it", icon=":material/delete:", on_click=_delete, args=(run.id,))
        megabytes = services.store().runs.bytes_on_disk(run.id) / 1e6
        st.caption(f"Network, curves and samples, for good: {size_of(megabytes)}", width="stretch")


def _delete(run_id: str) -> None:
    session.SHARE_DELETE(run_id).set(False)
    try:
        session.SHARE_ERRORS.set(delete([services.store().runs.get(run_id)]))
    except UserError as error:  # deleted elsewhere
        session.SHARE_ERRORS.set(error.sentences)
