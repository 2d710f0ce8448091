"""Trying the network of a run on a review, typed or from the test: its score, word by word.

The panel is a fragment: typing redraws only the panel. While the run trains, the panel ticks slowly to use the latest weights.
"""

import html

import numpy as np
import streamlit as st

from pages.parts.run.weights import weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import capitalized, percent, plain
from pages.parts.tasks.reviews.charts import score_chart
from pages.parts.tasks.reviews.experiments import experiments
from pages.parts.tasks.reviews.results import results_panel
from pages.parts.tasks.reviews.run_data import reviews_of, scorer_of, words_of
from rnn_core.data import uploads
from rnn_core.data.normalize import clean
from rnn_core.nn.prefix_predictions import PrefixPredictions
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.dataset import last_words
from rnn_core.tasks.reviews.scorer import ReviewScorer

_TICK = 4.0  # seconds
_SOURCES = {"type": "Type a review", "test": "From the test"}
_FIRST_WORDS = 100  # of an uploaded review to start with
_FIRST_REVIEW = "this film is not good it is a complete waste of time"
_FIRST_REVIEW_LITTLE = "the plot was dull but the acting was wonderful"
_MAX_CHARACTERS = 20_000  # of a typed review
_KNOWN_WORDS = 10  # that are listed where a review has none
_GREEN, _RED = "13, 148, 136", "234, 88, 12"  # as in the charts


@st.cache_data(max_entries=32, show_spinner=False)
def _word_by_word(run_id: str, weights: Weights, words: tuple[str, ...]) -> PrefixPredictions:
    """Cached: a tick computes nothing unless the weights have changed."""
    return scorer_of(run_id, weights).prefix_predictions(list(words))


def try_panel(run: Run) -> None:
    """Draw the panel, which ticks while the run trains, and the test results."""
    source = services.store().runs.spec(run.id).data.source
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id, source)
    st.fragment(results_panel)(run.id, source)


@showing_errors
def _panel(run_id: str, source: str) -> None:
    st.subheader("Try a review", anchor="try")
    weights = weights_choice(run_id)
    origin = st.segmented_control(
        "Review from", list(_SOURCES), default="type", format_func=_SOURCES.get, required=True, key=session.REVIEW_FROM.name,
        persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    words, label = (_typed if origin == "type" else _from_test)(run_id, source)
    if weights is None:  # the text stays
        st.caption("After the first training steps, the network scores the review here, also while it trains.")
        return
    if not words:
        return
    scorer = scorer_of(run_id, weights)
    if not scorer.trained:
        st.caption("The network has not taken a training step yet. Its score appears after the first steps.")
        return
    if len(words) > scorer.data.length:
        st.caption(
            f"The network reads the last {scorer.data.length} of {len(words):,} words, as in training (Length). The others are not shown."
        )
        words = last_words(words, scorer.data)
    known = scorer.known(words)
    if not known.any():
        _no_prediction(scorer, label)
        return
    prefixes = _word_by_word(run_id, weights, tuple(words))
    scores = scorer.running_scores(words, prefixes)
    _prediction(scorer, float(scores[-1]), label, known)
    _coloured(scorer, words, scores)
    score_chart(words, scores, scorer.names)
    if len(prefixes.timesteps) < len(words):
        st.caption(
            f"This network must run once for every point, so only {len(prefixes.timesteps)} of {len(words)} points are computed. Straight "
            "lines connect them."
        )
    experiments(run_id, weights, scorer, words, float(scores[-1]))


def _typed(run_id: str, source: str) -> tuple[list[str], None]:
    """Draw the field for a review; returns its words."""
    first_review = _first_review(run_id, source)
    if session.REVIEW.get() in (None, session.FIRST_REVIEW.get()):  # the person has typed nothing
        session.REVIEW.set(first_review)
    session.FIRST_REVIEW.set(first_review)
    text = st.text_area(
        "Review", key=session.REVIEW.name, height=90, persist_state="session",
        help="Press Ctrl+Enter to score the review. Capitals and punctuation are left out, as in the training data.",
    )  # fmt: skip
    words = sources.words_of(clean(text[-_MAX_CHARACTERS:]))
    if len(text) > _MAX_CHARACTERS:
        st.caption(f"Only the last {_MAX_CHARACTERS:,} characters of the text are read.")
    if not words:
        st.caption("Type a few words to see the score after each word. Punctuation is not read.")
    return words, None


def _first_review(run_id: str, source: str) -> str:
    """A review to start with, in the language of the training data."""
    if not uploads.is_upload(source):
        return _FIRST_REVIEW_LITTLE if source == "review-language" else _FIRST_REVIEW
    reviews = reviews_of(run_id, source)
    if reviews is None:
        return _FIRST_REVIEW
    return " ".join(words_of(reviews, reviews.train, 0)[:_FIRST_WORDS])


def _from_test(run_id: str, source: str) -> tuple[list[str], int | None]:
    """Draw the choice of a test review; returns its words and its label."""
    reviews = reviews_of(run_id, source)
    if reviews is None or not len(reviews.test):
        if reviews is not None:
            st.caption("This data has too few sentences for a test set. Type a sentence instead.")
        return [], None
    count = len(reviews.test)

    def choose_at_random():
        session.TEST_REVIEW.set(int(np.random.default_rng().integers(count)))

    session.TEST_REVIEW.set(min(session.TEST_REVIEW.get(), count - 1))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Number of the review", 0, count - 1, step=1, key=session.TEST_REVIEW.name, persist_state="session", width=220,
            help="The test reviews were never trained on.",
        )  # fmt: skip
        st.button("Another one", icon=":material/shuffle:", on_click=choose_at_random)
    return words_of(reviews, reviews.test, number), int(reviews.test.labels[number])


def _no_prediction(scorer: ReviewScorer, label: int | None) -> None:
    """Draw what takes the place of a score for a review without known words."""
    st.markdown(
        "The network knows none of these words, so there is no score."
        + ("" if label is None else f" True: **{plain(scorer.names[label])}**.")
    )
    st.caption(f"Some known words: {', '.join(plain(word) for word in scorer.words.words[:_KNOWN_WORDS])}.")


def _prediction(scorer: ReviewScorer, score: float, label: int | None, known: np.ndarray) -> None:
    """Draw the prediction for a review, its label where there is one, and how many words are unknown."""
    predicted = int(score > 0.5)
    sentence = f"**{capitalized(plain(scorer.names[predicted]))}** ({percent(max(score, 1 - score))})."
    if label is not None:
        sentence += f" True: **{plain(scorer.names[label])}**." + ("" if label == predicted else " Wrong.")
    if not known.all():
        sentence += f" {(~known).sum()} of the {len(known)} words {'is' if (~known).sum() == 1 else 'are'} unknown."
    st.markdown(sentence)


def _coloured(scorer: ReviewScorer, words: list[str], scores: np.ndarray) -> None:
    """Draw the words, coloured by how much each moved the score; unknown words are dotted."""
    moved = np.diff(np.concatenate([[0.5], np.nan_to_num(scores, nan=0.5)]))
    known = scorer.known(words)
    strongest = max(0.1, float(np.abs(moved[known]).max()))
    pieces = []
    for word, move, is_known in zip(words, moved, known, strict=True):
        if is_known:
            style = f"background: rgba({_GREEN if move > 0 else _RED}, {0.75 * abs(move) / strongest:.2f}); border-radius: 4px;"
        else:
            style = "border-bottom: 2px dotted currentColor; opacity: 0.75;"
        tip = f"{move:+.1%}" if is_known else "an unknown word"
        pieces.append(f'<span style="{style} padding: 1px 4px;" title="{tip}">{html.escape(word)}</span>')
    st.html(
        f'<div dir="auto" style="line-height: 2; overflow-wrap: anywhere;" data-testid="coloured-words">{" ".join(pieces)}</div>'
    )
    negative, positive = (plain(name) for name in scorer.names)
    st.caption(
        f":green[Teal] words moved the score towards {positive}, :orange[orange] words towards {negative}. The first known word is compared "
        "with 50%."
    )
    if unknown := list(dict.fromkeys(word for word, is_known in zip(words, known, strict=True) if not is_known)):
        st.caption(
            f"Dotted: not in the vocabulary, read as “unknown” ({', '.join(plain(w) for w in unknown[:20])}"
            + (" …)." if len(unknown) > 20 else ").")
        )
