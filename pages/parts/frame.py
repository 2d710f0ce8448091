"""What every page begins with: its title, and the links to the other pages from one table.

Not `st.navigation`: until somebody has opened the home page, a deep link to a file in `pages/` would show Streamlit's
automatic sidebar instead. A page script that draws its own links looks the same however it was reached.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts import lab
from rnn_core.problem import Problem


@dataclass(frozen=True)
class Page:
    title: str
    file: str
    icon: str
    help: str


PAGES = (
    Page("Home", "app.py", ":material/home:", "What this is, and where to begin."),
    Page("Text", "pages/1_text.py", ":material/notes:", "Train on a text and let the network write."),
    Page("Digits", "pages/2_digits.py", ":material/draw:", "Train on handwritten digits, draw one, and see it read."),
    Page("Reviews", "pages/3_reviews.py", ":material/reviews:", "Train on film reviews, type one, and see it judged word by word."),
)

_ICON = str(Path(__file__).with_name("icon.svg"))  # a file of ours: a named icon or an emoji would be fetched from the internet


def frame(title: str) -> None:
    """Draw the frame of the page called `title` and see that the lab is open; the first call of every page script."""
    st.set_page_config(page_title=f"{title} · RNN Lab", page_icon=_ICON, layout="wide")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="navigation"):
        st.markdown(":material/all_inclusive: **RNN Lab**", width="content")
        for page in PAGES:
            st.page_link(page.file, label=page.title, icon=page.icon, help=page.help)
    try:
        lab.engine()
    except Problem as problem:  # a setting or the folder for runs cannot be used: nothing on any page would work
        for sentence in problem.sentences:
            st.error(sentence, icon=":material/settings_alert:")
        st.stop()
