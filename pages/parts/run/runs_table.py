"""Old runs: a table in which they are renamed and chosen, and what they cost on disk."""

import pandas as pd
import streamlit as st

from pages.parts.run.run_list import COLUMNS, NOBODY, rows
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import in_table, plain
from rnn_core.errors import UserError
from rnn_core.runs.store.rows import Run

_PAGE = 50  # runs; each costs a walk through its folder
_NAMED = 5  # runs that a confirmation names
_MINE, _ALL = "Mine", "Everybody's"


def old_runs() -> None:
    owner = None if services.teaches() and _everybody() else services.whose()
    count = services.store().runs.count(owner)
    _disk(count)
    for sentence in session.RUNS_ERRORS.pop():
        st.warning(plain(sentence), icon=":material/block:")
    if not count:
        st.info("None yet. Open a page, press Train, and the run is listed here.", icon=":material/list_alt:")
        return
    place = st.container()
    pages = -(-count // _PAGE)
    page = st.pagination(pages, key=session.RUNS_PAGE.name) if pages > 1 else 1
    runs = services.store().runs.newest(owner=owner, limit=_PAGE, skip=_PAGE * (page - 1), examples=False)
    with place:
        chosen = _table(runs, owner is None and services.settings().class_mode)
        _delete_button(chosen)
    st.caption(
        "Double-click a name to change it; tick runs to delete them. The examples that come with the project are not listed: they are everybody's, and cannot be deleted."
    )


def _everybody() -> bool:
    return st.segmented_control("Whose", [_MINE, _ALL], default=_MINE, required=True, key=session.RUNS_WHOSE.name) == _ALL


def _disk(count: int) -> None:
    taken, most = services.disk_mb(), services.settings().max_disk_mb
    runs = f"**{count:,}** run{'s' if count != 1 else ''}, kept until deleted."
    whole = "All runs of this class" if services.settings().class_mode else "All"
    if not most:
        st.markdown(f"{runs} {whole} together take **{_size(taken)}** of the disk.")
        return
    st.markdown(
        f"{runs} {whole} together take **{_size(taken)}** of the disk; new ones are refused above {_size(most)}.",
        help="The limit is the setting RNN_MAX_DISK_MB; 0 means none.",
    )
    if taken > most / 20:
        st.progress(min(1.0, taken / most), width=420)


def _size(megabytes: float) -> str:
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes:,.1f} MB"


def _table(runs: list[Run], with_people: bool) -> list[Run]:
    """Draw the runs; returns those that were chosen. A new name is typed over the old one."""
    people = services.store().people.all() if with_people else {}
    table = pd.DataFrame({**rows(runs), "On disk": [services.store().runs.bytes_on_disk(run.id) / 1e6 for run in runs]})
    if with_people:
        table.insert(1, "Who", [in_table(people[run.owner].name) if run.owner in people else NOBODY for run in runs])
    table.insert(0, "Choose", False)
    # What was typed and ticked belongs to the row's number, so another list of runs is another table.
    shown = "-".join(run.id for run in (*runs[:1], *runs[-1:])) + f"-{len(runs)}"
    key = session.RUNS_TABLE(shown, session.RUNS_VERSION.get())
    edited = st.data_editor(
        table,
        key=key.name,
        hide_index=True,
        on_change=_rename,
        args=(key, [run.id for run in runs]),
        disabled=[name for name in table.columns if name not in ("Choose", "Run")],
        alt=f"{len(runs)} runs, newest first",
        height="content" if len(runs) < 12 else 460,
        column_config={
            **COLUMNS,
            "Choose": st.column_config.CheckboxColumn("Choose", width="small", help="Choose runs to delete."),
            "Run": st.column_config.TextColumn(required=True, max_chars=100, help="Double-click a name to change it."),
            "On disk": st.column_config.NumberColumn(format="%.2f MB", help="Its network, checkpoint, samples and curve."),
        },
    )
    return [run for run, chosen in zip(runs, edited["Choose"], strict=True) if chosen]


def _rename(key: session.Key[dict], run_ids: list[str]) -> None:
    """Take over the names that were typed."""
    for place, changed in key.get()["edited_rows"].items():
        if "Run" not in changed:
            continue
        try:
            run = services.store().runs.get(run_ids[int(place)])
            if not services.hands_off(run) and changed["Run"] != in_table(run.title):
                services.store().runs.rename(run.id, changed["Run"] or "")
        except UserError as error:
            session.RUNS_ERRORS.set(error.sentences)
            session.RUNS_VERSION.set(session.RUNS_VERSION.get() + 1)  # a new table shows the old name


def _delete_button(chosen: list[Run]) -> None:
    active = [run for run in chosen if run.active]
    ended = [run for run in chosen if not run.active]
    label = f"Delete {len(ended)} run{'s' if len(ended) != 1 else ''}" if ended else "Delete"
    if button(label, icon=":material/delete:", disabled=not ended, help="Tick runs in the table first." if not chosen else None):
        _confirm(ended)
    if active:
        st.caption(f"{', '.join(f'{plain(run.title)} ({run.state})' for run in active[:_NAMED])}: stop it first, then delete it.")


@st.dialog("Delete for good?")
def _confirm(runs: list[Run]) -> None:
    named = [f"- {plain(run.title)}" for run in runs[:_NAMED]]
    more = [f"- and {len(runs) - _NAMED} more"] if len(runs) > _NAMED else []
    st.markdown("\n".join(named + more))
    megabytes = sum(services.store().runs.bytes_on_disk(run.id) for run in runs) / 1e6
    st.markdown(
        f"Lost will be: the network with all it has learnt, the curves, the samples and {'their' if len(runs) > 1 else 'its'} link"
        f"{'s' if len(runs) > 1 else ''}. {_size(megabytes)} of the disk become free. This cannot be undone."
    )
    with st.container(horizontal=True):
        label = "Delete them" if len(runs) > 1 else "Delete it"
        done = st.button(label, type="primary", icon=":material/delete:", on_click=_delete, args=(runs,))
        if st.button("Keep") or done:
            st.rerun()  # closes the dialog


def _delete(runs: list[Run]) -> None:
    said = []
    for run in runs:
        try:
            if not services.hands_off(run):
                services.store().runs.delete(run.id)
        except UserError as error:  # continued or deleted elsewhere in the meantime
            said += error.sentences
    session.RUNS_ERRORS.set(tuple(said))
    session.RUNS_VERSION.set(session.RUNS_VERSION.get() + 1)
    services.disk_mb.clear()
