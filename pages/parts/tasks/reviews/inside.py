"""What the Inside page reads of the reviews task: a review, typed, an example, or from the test."""

import numpy as np
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import capitalized, plain
from pages.parts.tasks.reading import Answer, Reading
from pages.parts.tasks.reviews.example_reviews import example_reviews
from pages.parts.tasks.reviews.run_data import reviews_of, words_of
from rnn_core.data.normalize import clean
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import tokenizer
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.dataset import as_read, last_words

_TEXT, _OFFERED, _CHIP = (session.INSIDE_INPUT("reviews", control) for control in ("typed", "offered", "chip"))
_MAX_CHARACTERS = 20_000
_EMPTY = "·"  # an empty place of a network that reads padding


def reading(run: Run) -> Reading | None:
    """Draw examples and a field; returns the review as the network reads it."""
    store = services.store()
    data, folder = store.runs.spec(run.id).data, store.runs.folder(run.id)
    examples = {example.label: example.text for example in example_reviews(run.id, data.source)}
    texts = tuple(examples.values())
    if _TEXT.get() is None or (texts != _OFFERED.get() and _TEXT.get() in (_OFFERED.get() or ())):
        _TEXT.set(texts[0])
    _OFFERED.set(texts)
    _CHIP.set(next((label for label, text in examples.items() if text == _TEXT.get()), None))

    def take_example() -> None:
        if chosen := examples.get(_CHIP.get()):
            _TEXT.set(chosen)

    def take_test_review() -> None:
        reviews = reviews_of(run.id, data.source)
        if reviews is not None and len(reviews.test):
            _TEXT.set(" ".join(words_of(reviews, reviews.test, int(np.random.default_rng().integers(len(reviews.test))))))

    st.pills("Examples", list(examples), key=_CHIP.name, format_func=plain, on_change=take_example, label_visibility="collapsed")
    st.text_area("Review", key=_TEXT.name, height=110, persist_state="session", placeholder="Type a review")
    st.button(
        "Test review",
        icon=":material/shuffle:",
        on_click=take_test_review,
        width="stretch",
        help="A random review of the test set.",
    )
    words = last_words(sources.words_of(clean((_TEXT.get() or "")[-_MAX_CHARACTERS:])), data)
    if not words:
        st.caption("Type a few words for the network to read.")
        return None
    vocabulary, fields = tokenizer.read(folder)
    names = [capitalized(name) for name in fields["names"]]
    ids, labels, note = vocabulary.encode(words), list(words), ""
    if unknown := sum(word not in vocabulary.ids for word in words):
        note = f"{unknown} of {len(words)} words are not in the vocabulary: they are all read as one unknown word."
    if not data.masking:
        empty = data.length - len(ids)
        labels = [_EMPTY] * empty + labels if data.padding == "before" else labels + [_EMPTY] * empty
        note += f" This network also reads {empty} empty places {data.padding} the words: it was trained without masking."

    ids = as_read(ids, data)

    def answers(logits: np.ndarray, timesteps: np.ndarray) -> list[list[Answer]]:
        return [
            sorted(zip(names, map(float, shares), strict=True), key=lambda answer: -answer[1]) for shares in probabilities(logits)
        ]

    return Reading(ids, tuple(labels), "word", answers, "Review", note=note.strip())
