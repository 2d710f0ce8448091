"""Trying the network of a run on a review: word by word, without a word, with two words swapped; and the test results.

The panel is a fragment: typing redraws only the panel. While the run trains, the panel ticks slowly to use the latest weights.
"""

import html

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import outdated_test_notice, percent, plain
from pages.parts.tasks.reviews.charts import importance_chart, score_chart
from pages.parts.tasks.reviews.data import load
from rnn_core.data import uploads
from rnn_core.data.normalize import clean
from rnn_core.errors import UserError
from rnn_core.nn.prefix_predictions import PrefixPredictions
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import classification
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.dataset import last_words
from rnn_core.tasks.reviews.scorer import ReviewScorer

_TICK = 4.0  # seconds
_SOURCES = {"type": "Type a review", "test": "From the test"}
_FIRST_REVIEW = "this film is not good it is a complete waste of time"
_FIRST_REVIEW_LITTLE = "the plot was dull but the acting was wonderful"
_MAX_MISTAKES = 50
_MAX_CHARACTERS = 20_000  # of a typed review
_MAX_LEFT_OUT = 100  # words that are left out, one after the other
_KNOWN_WORDS = 10  # that are listed where a review has none
_GREEN, _RED = "13, 148, 136", "234, 88, 12"  # as in the charts


@st.cache_resource(max_entries=3, show_spinner=False)
def _scorer(run_id: str, version: int) -> ReviewScorer:
    """Cached until the run has newer weights, which have another `version`."""
    store, folder = services.store(), services.store().runs.folder(run_id)
    position = checkpoints.position(folder)  # None for the examples, which have no checkpoint
    return ReviewScorer.of_run(
        checkpoints.network(store, run_id), store.runs.spec(run_id).data, folder, trained=position is None or position[0] > 0
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _word_by_word(run_id: str, version: int, words: tuple[str, ...]) -> PrefixPredictions:
    """Cached, as `_without_each` is: a tick computes nothing unless the weights have changed."""
    return _scorer(run_id, version).prefix_predictions(list(words))


def try_panel(run: Run) -> None:
    """Draw the panel, which ticks while the run trains, and the test results."""
    source = services.store().runs.spec(run.id).data.source
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id, source)
    st.fragment(_test_panel)(run.id, source)


@showing_errors
def _panel(run_id: str, source: str) -> None:
    st.subheader("Try a review", anchor="try")
    origin = st.segmented_control(
        "Review from", list(_SOURCES), default="type", format_func=_SOURCES.get, required=True, key=session.REVIEW_FROM.name,
        persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    words, label = (_typed if origin == "type" else _from_test)(run_id, source)
    version = checkpoints.version(services.store(), run_id)
    if version is None:  # the text stays
        st.caption("After the first training steps, the network scores the review here, also while it trains.")
        return
    if not words:
        return
    scorer = _scorer(run_id, version)
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
    prefixes = _word_by_word(run_id, version, tuple(words))
    scores = scorer.running_scores(words, prefixes)
    _prediction(scorer, float(scores[-1]), label, known)
    _coloured(scorer, words, scores)
    score_chart(words, scores, scorer.names)
    if len(prefixes.timesteps) < len(words):
        st.caption(
            f"This network must run once for every point, so only {len(prefixes.timesteps)} of {len(words)} points are computed. Straight "
            "lines connect them."
        )
    _experiments(run_id, scorer, words, float(scores[-1]))


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
    reviews = _reviews(run_id, source)
    if reviews is None:
        return _FIRST_REVIEW
    return " ".join(_words_of(reviews, reviews.train, 0)[:_MAX_LEFT_OUT])


def _from_test(run_id: str, source: str) -> tuple[list[str], int | None]:
    """Draw the choice of a test review; returns its words and its label."""
    reviews = _reviews(run_id, source)
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
    return _words_of(reviews, reviews.test, number), int(reviews.test.labels[number])


def _words_of(reviews: sources.Reviews, part: sources.Part, number: int) -> list[str]:
    return [reviews.words[rank - 1] for rank in part.review(number)]


def _reviews(run_id: str, source: str) -> sources.Reviews | None:
    """The data of the run; where it is missing, draw why and return None."""
    try:
        return load(source, services.store().runs.folder(run_id))
    except UserError as error:
        st.info(plain(str(error)))
        return None


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
    sentence = f"**{_capital(plain(scorer.names[predicted]))}** ({percent(max(score, 1 - score))})."
    if label is not None:
        sentence += f" True: **{plain(scorer.names[label])}**." + ("" if label == predicted else " Wrong.")
    if not known.all():
        sentence += f" {(~known).sum()} of the {len(known)} words {'is' if (~known).sum() == 1 else 'are'} unknown."
    st.markdown(sentence)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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


def _experiments(run_id: str, scorer: ReviewScorer, words: list[str], score: float) -> None:
    """Draw the tabs in which words are left out or swapped; `score` is that of the whole review."""
    places = list(range(len(words)))

    def word_label(place: int) -> str:
        return f"{place + 1} · {words[place]}"

    parameters = run_id, abs(hash(tuple(words)))  # other words have other choices
    remove, swap = st.tabs(["Leave a word out", "Swap two words"])
    with remove:
        left, right = st.columns([0.4, 0.6], vertical_alignment="bottom")
        with left:
            place = st.selectbox(
                "Word",
                places,
                index=None,
                format_func=word_label,
                placeholder="Choose a word",
                key=session.LEFT_OUT(*parameters).name,
            )
        if place is not None and len(words) > 1:
            without = words[:place] + words[place + 1 :]
            with right:
                _compare(score, float(scorer.scores([without])[0]), f"without “{plain(words[place])}”", scorer)
        elif place is not None:
            st.caption("The review has no other word.")
        if len(words) > 1 and st.toggle(
            "Try leaving out every word", key=session.LEAVE_OUT_EACH.name, help="Leaves out one word at a time."
        ):
            if len(words) > _MAX_LEFT_OUT:
                st.caption(f"Only the last {_MAX_LEFT_OUT} words are tried.")
            first = max(0, len(words) - _MAX_LEFT_OUT)
            importance = score - _without_each(run_id, checkpoints.version(services.store(), run_id), tuple(words), first)
            importance[~scorer.known(words)[first:]] = np.nan
            if np.isnan(importance).all():
                st.caption(
                    "Only one of these words is known, and there is no score without it."
                    if scorer.known(words)[first:].any()
                    else f"None of the last {_MAX_LEFT_OUT} words is known."
                )
            else:
                importance_chart(words[first:], importance, scorer.names)
    with swap:
        left, right = st.columns(2)
        with left:
            one = st.selectbox(
                "This word",
                places,
                index=None,
                format_func=word_label,
                placeholder="Choose a word",
                key=session.SWAPPED(*parameters, 1).name,
            )
        with right:
            other = st.selectbox(
                "and this one",
                places,
                index=None,
                format_func=word_label,
                placeholder="Choose a word",
                key=session.SWAPPED(*parameters, 2).name,
            )
        if one is not None and one == other:
            st.caption("Choose two different words.")
        elif one is not None and other is not None:
            swapped = list(words)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            _compare(score, float(scorer.scores([swapped])[0]), f"“{plain(' '.join(swapped[:40]))}”", scorer)
            st.caption("A bag-of-words model gives both the same score.")


@st.cache_data(max_entries=32, show_spinner="Leaving out one word after the other …")
def _without_each(run_id: str, version: int, words: tuple[str, ...], first: int) -> np.ndarray:
    """Scores (words from `first`,) without each of these words."""
    return _scorer(run_id, version).leave_one_out(list(words), first)


def _compare(before: float, after: float, change: str, scorer: ReviewScorer) -> None:
    """Draw the score of the review and its score after a change."""
    positive = _capital(plain(scorer.names[1]))
    if np.isnan(after):
        st.markdown(f"{positive} {percent(before)} → **no score** {change}: the network knows none of the other words.")
        return
    flipped = " The prediction flips." if (before > 0.5) != (after > 0.5) else ""
    st.markdown(f"{positive} {percent(before)} → **{percent(after)}** {change}.{flipped}")


@showing_errors
def _test_panel(run_id: str, source: str) -> None:
    """Draw the accuracy beside the bag-of-words baseline, and the mistakes, after the test."""
    store = services.store()
    run, logits = store.runs.get(run_id), checkpoints.test_logits(store, run_id)
    st.subheader("Test results", anchor=False)
    if logits is None:
        st.caption(
            "Test results appear when training ends, if there are enough reviews."
            if run.active
            else "This run had no test: training was stopped early, or there are too few sentences."
        )
        return
    if run.outdated_test is not None:
        st.caption(outdated_test_notice(run))
    _baseline(run)
    reviews = _reviews(run_id, source)
    if reviews is None:
        return
    labels = np.asarray(reviews.test.labels)
    if not classification.logits_fit_labels(logits, labels, run.results.get("test_accuracy", -1)):
        st.info("The mistakes cannot be shown, because the test reviews here differ from those that this run was tested on.")
        return
    wrong = classification.mistakes(logits, labels)
    counts = classification.confusion(logits, labels)
    negative, positive = (plain(name) for name in reviews.names)
    st.caption(
        f"{len(labels):,} test reviews, {len(wrong):,} mistakes (true → predicted): {counts[0, 1]:,} {negative} → {positive}, "
        f"{counts[1, 0]:,} {positive} → {negative}. Choose one of the most confident mistakes to read it above:"
    )
    worst = wrong[:_MAX_MISTAKES]
    worst_scores = classification.probabilities(logits[worst])[:, 1]
    texts = [_words_of(reviews, reviews.test, int(i)) for i in worst]
    scorer = _scorer(run_id, checkpoints.version(store, run_id))
    table = pd.DataFrame(
        {
            "Number": worst,
            "Score": [score if scorer.known(words).any() else None for score, words in zip(worst_scores, texts, strict=True)],
            "True": [reviews.names[label] for label in labels[worst]],
            "Ends with": [" ".join(words[-60:]) for words in texts],
        }
    )
    event = st.dataframe(
        table, hide_index=True, height=260, on_select="rerun", selection_mode="single-row", key=session.MISTAKES(run_id).name,
        alt="The most confident mistakes",
        column_config={
            "Score": st.column_config.NumberColumn(format="percent", help=f"The predicted probability of {positive}; empty where no word is known."),
            "Ends with": st.column_config.TextColumn(width="large", help="The end of the review, which the network reads last."),
        },
    )  # fmt: skip
    rows = event.selection.rows
    if rows:
        st.caption(f"Review {table['Number'][rows[0]]} is shown [above](#try).")
    chosen = int(table["Number"][rows[0]]) if rows else None
    new = (run_id, chosen) != session.CHOSEN_MISTAKE.get()
    session.CHOSEN_MISTAKE.set((run_id, chosen))
    if new and chosen is not None:
        session.TEST_REVIEW.set(chosen)
        session.REVIEW_FROM.set("test")
        st.rerun()


def _baseline(run: Run) -> None:
    """Draw the test accuracies of the network and of the bag-of-words baseline."""
    results = run.results
    metrics = [
        ("This network", results.get("test_accuracy"), "On the whole test set."),
        ("Bag-of-words baseline", results.get("counting_accuracy"), "Logistic regression on word counts: the same reviews, vocabulary and "
         "length, but no word order."),
        ("Network, where order decides", results.get("order_accuracy"), "Reviews with a twin: the same words in another order and the opposite "
         "label."),
        ("Baseline, where order decides", results.get("counting_order_accuracy"), "Both twins have the same word counts, so the baseline can "
         "only guess."),
    ]  # fmt: skip
    with st.grid(4, min_column_width=150, gap="small"):
        for label, value, help in metrics:
            if value is not None:
                st.metric(label, f"{value:.1%}", help=help)
