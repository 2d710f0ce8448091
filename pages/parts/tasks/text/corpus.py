"""The text of a run, and its two parts: the one that it is trained on, and the one that validates."""

import streamlit as st

from pages.parts.run.landmarks import own_files
from pages.parts.shell import services
from rnn_core.runs import checkpoints
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import split, without_unseen


@st.cache_resource(max_entries=4, ttl="10m", show_spinner=False)
def _text(source: str, encoding: str, vocabulary: bytes, _run_id: str) -> str:
    """A text as networks with this vocabulary read it, which many runs share."""
    store = services.store()
    text = corpora.load(source, encoding, services.settings(), store.runs.folder(_run_id)).text
    return without_unseen(text, checkpoints.tokenizer(store, _run_id))


def parts_of(run_id: str) -> tuple[str, str]:
    """(what the run is trained on, what validates). Raises `UserError` where the text is no longer on this computer."""
    store = services.store()
    spec = store.runs.spec(run_id)
    text = _text(spec.data.source, spec.data.encoding, own_files(store.runs.get(run_id)), run_id)
    end = split(len(text), spec.data, spec.training.batch_size).train
    return text[:end], text[end:]
