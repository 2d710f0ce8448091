"""What every page begins with: its title, and the links to the other pages.

Not `st.navigation`: until somebody has opened the home page, a deep link to a file in `pages/` would show Streamlit's
automatic sidebar instead. A page script that draws its own links looks the same however it was reached.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.parts.shell import people, services
from pages.parts.shell.page import Page
from pages.parts.tasks.view import view_of
from rnn_core.errors import UserError
from rnn_core.tasks.task import all_tasks, task_names


def pages(tasks: Sequence[str] | None = None) -> list[Page]:
    """All of them, in the order of the navigation, with those of `tasks`, by default of all."""
    return [
        Page("Home", "app.py", ":material/home:", "What this is, and where to begin."),
        *(view_of(task).page for task in (task_names() if tasks is None else tasks)),
        Page("Runs", "pages/8_runs.py", ":material/list_alt:", "Rename and delete runs, and see what they cost on disk."),
        Page(
            "Class", "pages/9_class.py", ":material/groups:", "For the teacher: everybody's curves, and who waits.", of_class=True
        ),
    ]


_ICON = str(Path(__file__).with_name("icon.svg"))  # a file of ours: a named icon or an emoji would be fetched from the internet


# Each paragraph of text from outside runs in the direction of its own letters: Hebrew and Arabic from the right.
_DIRECTION = """
[data-testid="stCode"] pre div, .stTextArea textarea, .stTextInput input,
[data-testid="coloured-words"] { unicode-bidi: plaintext; text-align: start; }
"""


def frame(title: str, of_class: bool = False) -> None:
    """Draw the frame of the page called `title`, see that the lab is open and who is here; the first call of every page script.

    `of_class`: open to people without a nickname.
    """
    st.set_page_config(page_title=f"{title} · RNN Lab", page_icon=_ICON, layout="wide")
    st.html(f"<style>{_DIRECTION}</style>")
    try:
        class_mode = services.settings().class_mode
        services.engine()
        all_tasks()  # one of RNN_TASKS may not be usable
        services.store().runs.training_run()  # it may have been removed, locked or damaged since
    except UserError as error:  # a setting or the folder for runs cannot be used: nothing on any page would work
        _navigation(class_mode=False, tasks=())
        for sentence in error.sentences:
            st.error(sentence, icon=":material/settings_alert:")
        st.stop()
    person = people.recognise() if class_mode else None
    with _navigation(class_mode):
        if class_mode:
            people.remember()
        if person:
            st.space("stretch")
            people.who(person)
    if class_mode and person is None and not of_class:
        people.welcome()
        services.page_is_drawn()
        st.stop()


def _navigation(class_mode: bool, tasks: Sequence[str] | None = None):
    row = st.container(horizontal=True, gap="small", vertical_alignment="center", key="navigation")
    with row:
        st.markdown(":material/all_inclusive: **RNN Lab**", width="content")
        for page in pages(tasks):
            if class_mode or not page.of_class:
                page.link(help=page.help)
    return row
