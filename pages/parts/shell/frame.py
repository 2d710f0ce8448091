"""The frame of every page: its title, and the links to the other pages.

Not `st.navigation`: until somebody has opened the home page, a deep link to a file in `pages/` would show Streamlit's
automatic sidebar instead. A page script that draws its own links looks the same, however a person reaches it.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.parts.classroom.sent_notice import sent_notice
from pages.parts.inside.link import PAGE as INSIDE
from pages.parts.shell import people, services
from pages.parts.shell.errors import show_errors
from pages.parts.shell.page import Page
from pages.parts.shell.style import STYLE, style
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.tasks.task import all_tasks, task_names


def pages(tasks: Sequence[str] | None = None) -> list[Page]:
    """All pages, in the order of the navigation, with those of `tasks`, by default of all."""
    return [
        Page("Home", "app.py", ":material/home:", "What this app does, and recent runs."),
        *(view_of(task).page for task in (task_names() if tasks is None else tasks)),
        Page("Compare", "pages/6_compare.py", ":material/stacked_line_chart:", "Several runs on one chart, and what differs."),
        INSIDE,
        Page("Runs", "pages/9_runs.py", ":material/list_alt:", "Rename and delete runs, and see what they cost on disk."),
        Page(
            "Class",
            "pages/10_class.py",
            ":material/groups:",
            "For the teacher: every student's current run, and the queue.",
            of_class=True,
        ),
    ]


_ICON = str(Path(__file__).with_name("icon.svg"))  # a local file: a named icon or an emoji would be fetched from the internet


def frame(title: str):
    """Draw the frame of the page called `title`; returns the row of links, to which a page may add. Every page script calls it before it draws anything.

    Stops the script where the settings or the store cannot be used, and in class mode where nobody is signed in, unless the page
    is open to people without a nickname.
    """
    st.set_page_config(page_title=f"{title} · RNN Lab", page_icon=_ICON, layout="wide")
    style("all", STYLE)  # also where another server than ours, which sends it with the first file, runs the app
    try:
        class_mode = services.settings().class_mode
        services.engine()
        all_tasks()  # one of RNN_TASKS may not be usable
        services.store().runs.training_run()  # raises where the store has been removed, locked or damaged
    except UserError as error:  # a setting or the folder for runs cannot be used: no page works
        _navigation(class_mode=False, tasks=())
        show_errors(error, icon=":material/settings_alert:")
        st.stop()
    person = people.recognise() if class_mode else None
    navigation = _navigation(class_mode)
    with navigation:
        if class_mode:
            people.draw_cookie()
        st.space("stretch")
        if person and not services.is_teacher():
            with st.container(key="sent", width="content"):
                sent_notice(person, title)
        if person:
            with st.container(key="person", width="content"):
                people.person_menu(person)
    if class_mode and person is None and not any(page.of_class and page.title == title for page in pages()):
        people.welcome()
        services.page_is_drawn()
        st.stop()
    return navigation


def _navigation(class_mode: bool, tasks: Sequence[str] | None = None):
    row = st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center", key="navigation")
    with row:
        st.markdown(":material/all_inclusive: **RNN Lab**", width="content")
        for page in pages(tasks):
            if class_mode or not page.of_class:
                page.link()
    return row
