"""Home: what this is on one screen, and the way to what can be done now."""

import streamlit as st

from pages.parts import lab
from pages.parts.frame import frame
from pages.parts.runs import run_table

frame("Home")

st.title("See a recurrent network learn")
st.markdown(
    "Choose a cell, press Train, and watch the loss fall while the network's own writing turns from gibberish into words. "
    "Everything runs on this computer; nothing is sent anywhere."
)

with st.grid(3, min_column_width=260):
    with st.container(border=True, height="stretch"):
        st.subheader("Text", icon=":material/notes:")
        st.markdown(
            "Train a SimpleRNN, an LSTM or a GRU on a text, yours or one that is here already. It reads one character after "
            "the other and learns to guess the next."
        )
        st.page_link("pages/1_text.py", label="Train on a text", icon=":material/arrow_forward:")
    with st.container(border=True, height="stretch"):
        st.subheader("What you will see", icon=":material/visibility:")
        st.markdown(
            "- the loss of every step, live\n- a sample after every epoch, all kept\n- how temperature bends the odds of the next "
            "character"
        )
    with st.container(border=True, height="stretch"):
        st.subheader("Nothing gets lost", icon=":material/bookmark:")
        st.markdown(
            "Training runs in a process of its own. Close the tab, open the link again, or send it to somebody at this "
            "computer: the run is still there, with its whole curve."
        )

st.header("Runs so far")
run_table(lab.store())
