"""What of a text that a network wrote is copied from its training text: for the components that mark it (`copies.js`)."""

from typing import Any

import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.formatting import percent
from pages.parts.tasks.text.corpus import parts_of
from rnn_core.errors import UserError
from rnn_core.tasks.text.copied import SHORTEST, Copied, copied


@st.cache_data(max_entries=256, show_spinner=False)
def _cached(run_id: str, source: str, written: str) -> tuple[Copied, int]:
    """What of `written` is copied, and the length of the training text. Cached for all who look at the run."""
    training, _ = parts_of(run_id)
    return copied(written, training), len(training)


def _copied(run_id: str, written: str) -> tuple[Copied, int] | None:
    """The same; None where the text is gone."""
    try:
        return _cached(run_id, services.store().runs.spec(run_id).data.source, written)
    except UserError:
        return None


def copies(run_id: str, written: str) -> dict[str, Any]:
    """For a component: the stretches as [start, end, sentence], and a sentence on the whole text."""
    found = _copied(run_id, written) if written else None
    if found is None:
        return {
            "stretches": [],
            "summary": "The training text is not on this computer: what is copied cannot be marked." if written else "",
        }
    result, length = found
    marks = [
        [s.start, s.end, f"{s.length} characters copied, at {s.place / length:.0%} of the training text"] for s in result.stretches
    ]
    if not marks:
        return {"stretches": [], "summary": f"Made up: no {SHORTEST} characters in a row are copied from the training text."}
    return {
        "stretches": marks,
        "summary": f"{percent(result.share)} copied from the training text (underlined), longest {result.longest} characters.",
    }


def copied_share(run_id: str, written: str) -> str:
    """`23% copied`; empty where the training text is gone."""
    found = _copied(run_id, written)
    return "" if found is None else f"{percent(found[0].share) if found[0].stretches else '0%'} copied"
