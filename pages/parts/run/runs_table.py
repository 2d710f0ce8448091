"""The Runs page: what trains now, and a table in which runs are opened, renamed and deleted, with what each takes on disk."""

import pandas as pd
import streamlit as st

from pages.parts.compare.menu import compare_button
from pages.parts.run.removal import delete, size_of
from pages.parts.run.run_list import COLUMN_CONFIG, NO_OWNER, columns_of
from pages.parts.run.status import status_line
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import plain, spreadsheet_safe
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.runs.store.rows import Run
from rnn_core.runs.store.runs import MAX_REMARK
from rnn_core.tasks.task import task_names

_TICK = 2.0  # seconds
_MOST_ACTIVE = 10  # runs on show that have not ended
_PAGE_SIZE = 50  # runs; measuring each walks through its folder
_MAX_LISTED = 5  # runs that a message names
_OWN, _ALL = "Mine", "Everybody's"


def runs_table() -> None:
    """Draw the use of the disk, and the table with its button Delete."""
    owner = None if services.is_teacher() and _everybody() else services.listed_owner()
    count = services.store().runs.count(owner)
    _disk(count)
    for sentence in session.RUNS_ERRORS.pop():
        st.warning(plain(sentence), icon=":material/block:")
    if not count:
        st.info("No runs yet. Open a page and press Train.", icon=":material/list_alt:")
        return
    _active_now(owner)
    above = st.container()  # over the pagination, which decides what is in the table
    pages = -(-count // _PAGE_SIZE)
    page = st.pagination(pages, key=session.RUNS_PAGE.name) if pages > 1 else 1
    runs = services.store().runs.newest(owner=owner, limit=_PAGE_SIZE, skip=_PAGE_SIZE * (page - 1), examples=False)
    with above:
        chosen = _table(runs, owner is None and services.settings().class_mode)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            _open_button(chosen)
            compare_button(chosen)
            _delete_button(chosen)
    st.caption(
        "Double-click a name or a note to change it; tick one run to open it, several to compare them, any number to delete them. The "
        "examples are not listed, because they cannot be deleted."
    )


def _active_now(owner: str | None) -> None:
    """Draw the runs that have not ended, live; the page is drawn again when one starts or ends."""
    active = _active(owner)
    fragment(_live, every=_TICK if active else None)(owner, [run.id for run in active])


def _active(owner: str | None) -> list[Run]:
    newest = services.store().runs.newest(owner=owner, limit=_PAGE_SIZE, examples=False)
    return [run for run in newest if run.active][:_MOST_ACTIVE]


@showing_errors
def _live(owner: str | None, before: list[str]) -> None:
    runs = _active(owner)
    if [run.id for run in runs] != before:
        st.rerun()
    for run in runs:
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"active_{run.id}"):
            with st.container(width=260):  # the states stand below each other
                _link(run)
            with st.container():
                status_line(run, None)


def _link(run: Run) -> None:
    if run.task in task_names():
        view_of(run.task).page.link(plain(run.title), run=run.id)
    else:  # a task that RNN_TASKS no longer lists
        st.markdown(plain(run.title))


def _open_button(chosen: list[Run]) -> None:
    """Draw the button that opens the ticked run in this tab, as every link of the app does."""
    one = chosen[0] if len(chosen) == 1 and chosen[0].task in task_names() else None
    if button(
        "Open", icon=":material/open_in_full:", disabled=one is None, help=None if one else "Tick one run in the table first."
    ):
        page = view_of(one.task).page
        st.switch_page(page.file, query_params=page.parameters(one.id))


def _everybody() -> bool:
    return st.segmented_control("Whose", [_OWN, _ALL], default=_OWN, required=True, key=session.RUNS_WHOSE.name) == _ALL


def _disk(count: int) -> None:
    used, limit = services.disk_mb(), services.settings().max_disk_mb
    runs = f"**{count:,}** run{'s' if count != 1 else ''}, kept until deleted."
    everything = "All runs of this class" if services.settings().class_mode else "All runs"
    if not limit:
        st.markdown(f"{runs} {everything} together take **{size_of(used)}** of the disk.")
        return
    st.markdown(
        f"{runs} {everything} together take **{size_of(used)}** of the disk; new runs are refused above {size_of(limit)}.",
        help="The limit is the setting RNN_MAX_DISK_MB; 0 means none.",
    )
    if used > limit / 20:
        st.progress(min(1.0, used / limit), width=420)


def _table(runs: list[Run], with_people: bool) -> list[Run]:
    """Draw the runs and return those that are ticked."""
    people = services.store().people.all() if with_people else {}
    columns = {name: values for name, values in columns_of(runs).items() if name != "Open"}  # a link in a table opens another tab
    notes = [spreadsheet_safe(run.remark) for run in runs]
    table = pd.DataFrame({**columns, "Note": notes, "On disk": [services.store().runs.bytes_on_disk(run.id) / 1e6 for run in runs]})
    if with_people:
        table.insert(0, "Who", [spreadsheet_safe(people[run.owner].name) if run.owner in people else NO_OWNER for run in runs])
    table.insert(0, "Choose", False)
    # Streamlit keeps edits by row number, so another list of runs needs another key.
    listed = "-".join(run.id for run in (*runs[:1], *runs[-1:])) + f"-{len(runs)}"
    key = session.RUNS_TABLE(listed, session.RUNS_VERSION.get())
    edited = st.data_editor(
        table,
        key=key.name,
        hide_index=True,
        on_change=_rename,
        args=(key, [run.id for run in runs]),
        disabled=[name for name in table.columns if name not in ("Choose", "Run", "Note")],
        alt=f"{len(runs)} runs, newest first",
        height="content" if len(runs) < 12 else 460,
        column_config={
            **COLUMN_CONFIG,
            "Choose": st.column_config.CheckboxColumn(
                "Choose", width="small", help="Choose a run to open, or runs to compare or delete."
            ),
            "Run": st.column_config.TextColumn(required=True, max_chars=100, help="Double-click a name to change it."),
            "Note": st.column_config.TextColumn(
                max_chars=MAX_REMARK, help="Your own words about the run. Double-click to change them."
            ),
            "On disk": st.column_config.NumberColumn(format="%.2f MB", help="The run's network, checkpoint, samples and curve."),
        },
    )
    return [run for run, chosen in zip(runs, edited["Choose"], strict=True) if chosen]


def _rename(key: session.Key[dict], run_ids: list[str]) -> None:
    """Save the names and notes that were typed."""
    for row, cells in key.get()["edited_rows"].items():
        if not cells.keys() & {"Run", "Note"}:
            continue
        try:
            run = services.store().runs.get(run_ids[int(row)])
            if services.read_only_reason(run):
                continue
            if "Note" in cells and (cells["Note"] or "") != spreadsheet_safe(run.remark):
                services.store().runs.set_remark(run.id, cells["Note"] or "")
            if "Run" in cells and cells["Run"] != spreadsheet_safe(run.title):
                services.store().runs.rename(run.id, cells["Run"] or "")
        except UserError as error:
            session.RUNS_ERRORS.set(error.sentences)
            session.RUNS_VERSION.set(session.RUNS_VERSION.get() + 1)  # a new table shows the old name


def _delete_button(chosen: list[Run]) -> None:
    active = [run for run in chosen if run.active]
    ended = [run for run in chosen if not run.active]
    label = f"Delete {len(ended)} run{'s' if len(ended) != 1 else ''}" if ended else "Delete"
    if button(label, icon=":material/delete:", disabled=not ended, help=None if chosen else "Tick runs in the table first."):
        _confirm(ended)
    if active:
        st.caption(f"{', '.join(f'{plain(run.title)} ({run.state})' for run in active[:_MAX_LISTED])}: stop before deleting.")


@st.dialog("Delete for good?")
def _confirm(runs: list[Run]) -> None:
    titles = [f"- {plain(run.title)}" for run in runs[:_MAX_LISTED]]
    more = [f"- and {len(runs) - _MAX_LISTED} more"] if len(runs) > _MAX_LISTED else []
    st.markdown("\n".join(titles + more))
    megabytes = sum(services.store().runs.bytes_on_disk(run.id) for run in runs) / 1e6
    st.markdown(
        f"This deletes {'the networks, their curves and samples' if len(runs) > 1 else 'the network, its curves and samples'}, and frees "
        f"{size_of(megabytes)}. This cannot be undone."
    )
    with st.container(horizontal=True):
        label = "Delete them" if len(runs) > 1 else "Delete it"
        deleted = button(label, type="primary", icon=":material/delete:", on_click=_delete, args=(runs,))
        if button("Keep") or deleted:
            st.rerun()  # closes the dialog


def _delete(runs: list[Run]) -> None:
    session.RUNS_ERRORS.set(delete(runs))
    session.RUNS_VERSION.set(session.RUNS_VERSION.get() + 1)
