"""The newest runs on Home: state, result and a spark line of the loss each; the whole card is a link to the run (page.css)."""

import streamlit as st

from pages.parts.home.spark import spark_line
from pages.parts.run.run_list import badge, columns_of
from pages.parts.shell import services
from pages.parts.shell.formatting import plain
from pages.parts.tasks.view import view_of
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.task import task_names

_NEWEST = 10  # runs on this page; the Runs page has all
_MOST_IN_A_ROW = 5
_POINTS = 40  # of a spark line


def recent_runs() -> None:
    """Draw the newest runs, in class mode one's own, and the examples, which are everybody's."""
    owner = services.listed_owner()
    runs = services.store().runs.newest(limit=_NEWEST, owner=owner)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="home_recent"):
        st.header("Your recent runs" if services.settings().class_mode else "Recent runs", anchor=False, width="content")
        if services.store().runs.count(owner):
            st.page_link("pages/9_runs.py", label="All runs: rename, delete, see their size on disk", icon=":material/list_alt:")
        else:
            st.markdown("These are examples. Press Train on a page, and your own run appears here.", width="content")
    with st.grid(min(_MOST_IN_A_ROW, max(4, len(runs))), min_column_width=225):
        for number, (run, facts) in enumerate(zip(runs, _facts(runs), strict=True)):
            with st.container(border=True, gap="xsmall", height="stretch", key=f"home_run_{number}"):
                if run.task in task_names():
                    view_of(run.task).page.link(plain(run.title), run=run.id)
                else:  # a task that RNN_TASKS no longer lists
                    st.markdown(plain(run.title))
                with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                    badge(run)
                    st.html(spark_line(_losses(run.id, run.step)), width="content")
                st.caption(facts)


def _facts(runs: list[Run]) -> list[str]:
    """Epochs and validation loss of each run, then its result and start: two lines of Markdown."""
    columns = columns_of(runs)
    rows = zip(runs, columns["Epochs"], columns["Validation loss"], columns["Result"], columns["Started"], strict=True)
    return [
        f"Epoch {epochs}{f' · val {loss}' if 'val_loss' in run.metrics else ''}  \n"
        f"{f'{plain(result)} · ' if result else ''}{started.day} {started:%b, %H:%M}"
        for run, epochs, loss, result, started in rows
    ]


@st.cache_data(max_entries=256, show_spinner=False)
def _losses(run_id: str, step: int) -> list[float]:
    """The training loss over time; cached until the run has made another step."""
    return [point.value for point in services.store().events.curve(run_id, "loss", _POINTS)]
