"""What every page begins with: its title, and the links to the other pages from one table.

Not `st.navigation`: until somebody has opened the home page, a deep link to a file in `pages/` would show Streamlit's
automatic sidebar instead. A page script that draws its own links looks the same however it was reached.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts.shell import people, services
from rnn_core.errors import UserError


@dataclass(frozen=True)
class Page:
    title: str
    file: str
    icon: str
    help: str
    link: str = ""  # label of the link on its card on the home page
    card: str = ""  # what happens there; only pages to train on have one
    task: str = ""  # that is trained there
    of_class: bool = False  # only in class mode, and open to people without a nickname


PAGES = (
    Page("Home", "app.py", ":material/home:", "What this is, and where to begin."),
    Page("Text", "pages/1_text.py", ":material/notes:", "Train on a text and let the network write.", "Train on a text",
         "It reads a text, yours or one that is here, one character after the other, and learns to guess the next. Its own writing "
         "turns from gibberish into words; a temperature slider bends the odds.", task="text"),
    Page("Digits", "pages/2_digits.py", ":material/draw:", "Train on handwritten digits, draw one, and see it read.", "Train on digits",
         "It reads a handwritten digit row by row and says which one it is. Draw one, and watch ten probabilities change with every "
         "row that arrives.", task="digits"),
    Page("Reviews", "pages/3_reviews.py", ":material/reviews:", "Train on film reviews, type one, and see it judged word by word.",
         "Train on reviews", "It reads a film review word by word and makes up its mind. Type one, see which word turned the verdict, "
         "and swap two: order is what recurrent networks are for.", task="reviews"),
    Page("Runs", "pages/8_runs.py", ":material/list_alt:", "Rename and delete runs, and see what they cost on disk."),
    Page("Class", "pages/9_class.py", ":material/groups:", "For the teacher: everybody's curves, and who waits.", of_class=True),
)  # fmt: skip


def page_of(task: str) -> Page:
    return next(page for page in PAGES if page.task == task)


_ICON = str(Path(__file__).with_name("icon.svg"))  # a file of ours: a named icon or an emoji would be fetched from the internet


# Each paragraph of text from outside runs in the direction of its own letters: Hebrew and Arabic from the right.
_DIRECTION = """
[data-testid="stCode"] pre div, .stTextArea textarea, .stTextInput input,
[data-testid="coloured-words"] { unicode-bidi: plaintext; text-align: start; }
"""


def frame(title: str) -> None:
    """Draw the frame of the page called `title`, see that the lab is open and who is here; the first call of every page script."""
    st.set_page_config(page_title=f"{title} · RNN Lab", page_icon=_ICON, layout="wide")
    st.html(f"<style>{_DIRECTION}</style>")
    try:
        class_mode = services.settings().class_mode
        services.engine()
        services.store().runs.training()  # it may have been removed, locked or damaged since
    except UserError as error:  # a setting or the folder for runs cannot be used: nothing on any page would work
        _navigation(class_mode=False)
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
    if class_mode and person is None and not next(page for page in PAGES if page.title == title).of_class:
        people.welcome()
        services.page_is_drawn()
        st.stop()


def _navigation(class_mode: bool):
    row = st.container(horizontal=True, gap="small", vertical_alignment="center", key="navigation")
    with row:
        st.markdown(":material/all_inclusive: **RNN Lab**", width="content")
        for page in PAGES:
            if class_mode or not page.of_class:
                st.page_link(page.file, label=page.title, icon=page.icon, help=page.help)
    return row
