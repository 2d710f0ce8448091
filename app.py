"""Home: what this is on one screen, and the way to what can be done now."""

import streamlit as st

from pages.parts import lab
from pages.parts.frame import frame
from pages.parts.runs import run_table

frame("Home")

st.title("See a recurrent network learn")
st.markdown(
    "Choose a cell, press Train, and watch the loss fall. Then play with what the network has learnt. Everything runs on this "
    "computer; nothing is sent anywhere."
)

CARDS = (
    ("pages/1_text.py", "Text", ":material/notes:", "Train on a text", "It reads a text, yours or one that is here, one character after the "
     "other, and learns to guess the next. Its own writing turns from gibberish into words; a temperature slider bends the odds."),
    ("pages/2_digits.py", "Digits", ":material/draw:", "Train on digits", "It reads a handwritten digit row by row and says which one it is. "
     "Draw one, and watch ten probabilities change with every row that arrives."),
    ("pages/3_reviews.py", "Reviews", ":material/reviews:", "Train on reviews", "It reads a film review word by word and makes up its mind. "
     "Type one, see which word turned the verdict, and swap two: order is what recurrent networks are for."),
)  # fmt: skip
with st.grid(3, min_column_width=260):
    for file, title, icon, label, text in CARDS:
        with st.container(border=True, height="stretch"):
            st.subheader(title, icon=icon, anchor=False)
            st.markdown(text)
            st.page_link(file, label=label, icon=":material/arrow_forward:")
st.caption(
    "Training runs in a process of its own. Close the tab, open the link again, or send it to somebody at this computer: the run is "
    "still there, with its whole curve."
)

st.header("Runs so far")
run_table(lab.store())
