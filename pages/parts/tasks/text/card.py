"""The card on Home: the samples of the example, from gibberish to words."""

from pathlib import Path

import streamlit as st

from pages.parts.home.motion import card_component
from pages.parts.shell import services
from rnn_core.lessons import example
from rnn_core.runs.store.kinds import Sample

_SHOWN = 320  # characters of a sample: as many as fit on the card
_HTML = """
<p class="sample"><span class="new"></span><span class="pen"></span><span class="old"></span></p>
<p class="epoch"><span class="steps"></span><span class="name"></span></p>
"""
_CARD = card_component("rnn_card_text", Path(__file__), _HTML)


def card() -> None:
    """Draw the samples, one after the other; `data` is what card.js reads: epoch and text of each."""
    run = example.run_of("text", services.store())
    _CARD(data={"samples": _samples(run.id), "label": f"What {run.title} writes, from letters at random to words and sentences"})


@st.cache_data(show_spinner=False)
def _samples(run_id: str) -> list[dict]:
    """Spaces and line breaks count as one space each run: the card has seven short lines."""
    samples = services.store().events.read(run_id, Sample)
    return [{"epoch": round(sample.epoch), "text": " ".join(sample.text.split())[:_SHOWN]} for sample in samples]
