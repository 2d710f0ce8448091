"""Trying the network of a run on a review, typed or from the test: its score, word by word, and what a change of words does.

The panel is a fragment: typing redraws only the panel. While the run trains, the panel ticks slowly to use the latest weights.
Nothing above a button comes and goes: what the panel has to say is drawn inside the component, whose height is fixed.
"""

import numpy as np
import streamlit as st

from pages.parts.run.lights import light_up
from pages.parts.run.weights import weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import capitalized, plain
from pages.parts.shell.fragments import fragment
from pages.parts.shell.text_field import text_field
from pages.parts.tasks.reviews.example_reviews import ExampleReview, example_reviews
from pages.parts.tasks.reviews.results import results_panel
from pages.parts.tasks.reviews.run_data import TRY, open_test_review, reviews_of, scorer_of, words_of
from pages.parts.tasks.reviews.word_order import word_order_panel
from pages.parts.tasks.reviews.word_strip import edit_of, word_strip
from rnn_core.data.normalize import clean
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.reviews import reading, sources
from rnn_core.tasks.reviews.dataset import last_words
from rnn_core.tasks.reviews.scorer import ReviewScorer

_TICK = 4.0  # seconds
_MAX_CHARACTERS = 20_000  # of a typed review
_KNOWN_WORDS = 10  # that are listed where a review has none


@st.cache_data(max_entries=64, show_spinner=False)
def _reading(run_id: str, weights: Weights, words: tuple[str, ...]) -> reading.Reading:
    """Cached: a tick computes nothing unless the weights have changed."""
    return reading.read(scorer_of(run_id, weights), list(words))


@st.cache_data(max_entries=64, show_spinner=False)
def _scores(run_id: str, weights: Weights, reviews: tuple[tuple[str, ...], ...]) -> np.ndarray:
    return scorer_of(run_id, weights).scores([list(words) for words in reviews])


def try_panel(run: Run) -> None:
    """Draw trying, whether the order of words matters, and the test results, in tabs."""
    fragment(_tabs, every=_TICK if run.on_slot else None)(run.id, services.store().runs.spec(run.id).data.source)


def _tabs(run_id: str, source: str) -> None:
    try_it, order, results = st.tabs([TRY, "Word order", "Test results"], key=session.REVIEW_TAB.name, on_change="rerun")
    if try_it.open:
        with try_it:
            _panel(run_id, source)
    if order.open:
        with order:
            word_order_panel(run_id, source)
    if results.open:
        with results:
            results_panel(run_id, source)


@showing_errors
def _panel(run_id: str, source: str) -> None:
    with st.container(gap="xsmall"):
        example = review_field(run_id, source)
        strip = st.container()
        weights = weights_choice(run_id)
    with strip:
        _word_by_word(run_id, source, weights, example.note if example else "")


def review_field(run_id: str, source: str) -> ExampleReview | None:
    """Draw the examples and the field for a review; returns the example in the field."""
    examples = {example.label: example for example in example_reviews(run_id, source)}
    texts, before, text = tuple(example.text for example in examples.values()), session.OFFERED_REVIEWS.get(), session.REVIEW.get()
    if text is None or (texts != before and text in before):  # the person has typed nothing, perhaps for other data
        session.REVIEW.set(texts[0])
    session.OFFERED_REVIEWS.set(texts)
    shown = next((example for example in examples.values() if example.text == session.REVIEW.get()), None)
    session.EXAMPLE_REVIEW.set(shown.label if shown else None)

    def take_example() -> None:
        if chosen := examples.get(session.EXAMPLE_REVIEW.get()):  # None: a second click
            session.REVIEW.set(chosen.text)

    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.pills(
            "Examples", list(examples), key=session.EXAMPLE_REVIEW.name, format_func=plain, on_change=take_example,
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            "Test review", icon=":material/shuffle:", on_click=_take_test_review, args=(run_id, source),
            help="A random review of the test set, which the network never trained on.",
        )  # fmt: skip
    text_field("Review", session.REVIEW, height=68, placeholder="Type a review", label_visibility="collapsed")
    return shown


def _take_test_review(run_id: str, source: str) -> None:
    """Put a random test review into the field, if there is one."""
    reviews = reviews_of(run_id, source)
    if reviews is not None and len(reviews.test):
        open_test_review(reviews, int(np.random.default_rng().integers(len(reviews.test))))


def _word_by_word(run_id: str, source: str, weights: Weights | None, note: str) -> None:
    """Draw the words of the field with their scores, or why there is no score."""
    words, label = _words(run_id, source)
    scorer = scorer_of(run_id, weights) if weights else None
    message = (
        "Type a few words to see the score after each."
        if not words
        else "After the first training steps, the network scores the review here."  # also while it trains
        if scorer is None
        else "The network has not taken a training step yet. Its score appears after the first steps."
        if not scorer.trained
        else None
    )
    if scorer is None or message:
        word_strip(words, np.ones(len(words), bool), ("", ""), edit_of(words), message=message, note=note)
        return
    if len(words) > scorer.data.length:
        note = f"The network reads the last {scorer.data.length} of {len(words):,} words, as in training (Length)."
        words = last_words(words, scorer.data)
    _scored(run_id, weights, scorer, words, label, note)


def _words(run_id: str, source: str) -> tuple[list[str], int | None]:
    """The words in the field, and their label if they are those of a test review."""
    text, number = session.REVIEW.get() or "", session.TEST_REVIEW.get()
    if number is not None and (reviews := reviews_of(run_id, source)) is not None and number < len(reviews.test):
        words = words_of(reviews, reviews.test, number)
        if " ".join(words) == text:
            return words, int(reviews.test.labels[number])
    return sources.words_of(clean(text[-_MAX_CHARACTERS:])), None


def _scored(run_id: str, weights: Weights, scorer: ReviewScorer, words: list[str], label: int | None, note: str) -> None:
    """Draw the words with their scores, changed as the person has changed them."""
    edit, names = edit_of(words), (capitalized(scorer.names[0]), capitalized(scorer.names[1]))
    original = _reading(run_id, weights, tuple(words))
    truth = "" if label is None else f"True: {names[label]}"
    if not original.known.any():
        known_words = ", ".join(scorer.words.words[:_KNOWN_WORDS])
        message = f"The network knows none of these words, so there is no score. {truth}"
        word_strip(words, original.known, names, edit, message=message, note=f"Some known words: {known_words}.")
        return
    remaining = [words[place] for place in edit.places]
    changed = _reading(run_id, weights, tuple(remaining))
    if remaining:
        light_up(run_id, weights, scorer.as_read(remaining))
    if label is not None:
        truth += " (right)" if label == (changed.score > 0.5) else " (wrong)"
    word_strip(
        words, original.known, names, edit, scores=changed.scores, without=changed.without, importance=changed.importance,
        before=original.score, now=changed.score, truth=truth, note=note, remark=_remark(scorer, changed),
        shuffled=_scores(run_id, weights, tuple(tuple(words[place] for place in edit.remaining(order)) for order in edit.shuffles)),
    )  # fmt: skip


def _remark(scorer: ReviewScorer, changed: reading.Reading) -> str:
    """What the legend has to add."""
    count, unknown = len(changed.known), int((~changed.known).sum())
    sentences = []
    if unknown:
        sentences.append(f"Dotted: {unknown} of {count} words are not in the vocabulary.")
    if any(len(directions) == 2 for directions in scorer.network.layers):
        sentences.append("This network reads from both ends, so each point is a separate reading.")
    if changed.points < count:
        sentences.append(f"{changed.points} of {count} points are computed; straight lines connect them.")
    if changed.tried < count:
        sentences.append(f"Only the last {changed.tried} words were left out one by one.")
    return " ".join(sentences)
