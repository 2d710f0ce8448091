"""What the Inside page reads of the text task: a stretch of text, own or from the corpus."""

import numpy as np
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain, visible
from pages.parts.tasks.reading import MOST_TIMESTEPS, Answer, Reading
from pages.parts.tasks.text.corpus import parts_of
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.classification import probabilities

_TEXT = session.INSIDE_INPUT("text", "typed")
_STRETCH = 80  # characters of the corpus
_TRIED = 5  # places, of which the one with the most letters is shown
_LIKELIEST = 3  # next characters
_FALLBACK = "The cell reads this text."  # where the corpus is no longer on this computer


@st.cache_data(max_entries=64, show_spinner=False)
def _stretch(run_id: str, number: int) -> str:
    """A stretch of the part that validates, which the network was not trained on; another one for each number."""
    try:
        text = parts_of(run_id)[1] or _FALLBACK
    except UserError:
        return _FALLBACK
    starts = np.random.default_rng(number).integers(0, max(1, len(text) - 2 * _STRETCH), _TRIED)
    return max((_from_word(text[start : start + 2 * _STRETCH]) for start in starts), key=lambda part: sum(map(str.isalpha, part)))


def _from_word(text: str) -> str:
    """A stretch that begins with a whole word, where there are words."""
    return text[text.find(" ") + 1 :][:_STRETCH].strip() or text


def reading(run: Run) -> Reading | None:
    """Draw the field; returns its text as the network reads it."""
    if not _TEXT.get():
        _TEXT.set(_stretch(run.id, 0))

    def another() -> None:
        _TEXT.set(_stretch(run.id, int(np.random.default_rng().integers(1, 2**31))))

    typed = st.text_area("Text", key=_TEXT.name, height=110, persist_state="session", max_chars=MOST_TIMESTEPS)
    st.button(
        "From the corpus", icon=":material/shuffle:", on_click=another, width="stretch",
        help="A stretch of the text that the network was not trained on.",
    )  # fmt: skip
    tokenizer = checkpoints.tokenizer(services.store(), run.id)
    text = clean(typed)
    unseen = tokenizer.unseen(text)
    if unseen:
        st.caption(f":material/visibility_off: Skipped, never seen: {' '.join(plain(visible(c)) for c in unseen[:12])}")
    text = "".join(c for c in text if c not in set(unseen))
    if not text:
        st.caption("Type a text for the network to read.")
        return None

    def answers(logits: np.ndarray, timesteps: np.ndarray) -> list[list[Answer]]:
        shares = probabilities(logits)
        likeliest = np.argsort(-shares, axis=-1, kind="stable")[:, :_LIKELIEST]
        return [[(visible(tokenizer.tokens[i]), float(row[i])) for i in best] for row, best in zip(shares, likeliest, strict=True)]

    return Reading(tokenizer.encode(text), tuple(map(visible, text)), "character", answers, "Next character")
