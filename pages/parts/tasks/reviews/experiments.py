"""What a review's score depends on: the score without a word, without each word, and with two words swapped."""

import numpy as np
import streamlit as st

from pages.parts.shell import session
from pages.parts.shell.formatting import capitalized, percent, plain
from pages.parts.tasks.reviews.charts import importance_chart
from pages.parts.tasks.reviews.run_data import scorer_of
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.reviews.scorer import ReviewScorer

_MAX_LEFT_OUT = 100  # words that are left out, one after the other


def experiments(run_id: str, weights: Weights, scorer: ReviewScorer, words: list[str], score: float) -> None:
    """Draw the tabs in which words are left out or swapped; `score` is that of the whole review."""

    def word_label(place: int) -> str:
        return f"{place + 1} · {words[place]}"

    def choose(label: str, key: session.Key[int | None]) -> int | None:
        places = list(range(len(words)))
        return st.selectbox(label, places, index=None, format_func=word_label, placeholder="Choose a word", key=key.name)

    parameters = run_id, abs(hash(tuple(words)))  # other words have other choices
    remove, swap = st.tabs(["Leave a word out", "Swap two words"])
    with remove:
        left, right = st.columns([0.4, 0.6], vertical_alignment="bottom")
        with left:
            place = choose("Word", session.LEFT_OUT(*parameters))
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
            importance = score - _without_each(run_id, weights, tuple(words), first)
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
            one = choose("This word", session.SWAPPED(*parameters, 1))
        with right:
            other = choose("and this one", session.SWAPPED(*parameters, 2))
        if one is not None and one == other:
            st.caption("Choose two different words.")
        elif one is not None and other is not None:
            swapped = list(words)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            _compare(score, float(scorer.scores([swapped])[0]), f"“{plain(' '.join(swapped[:40]))}”", scorer)
            st.caption("A bag-of-words model gives both the same score.")


@st.cache_data(max_entries=32, show_spinner="Leaving out one word after the other …")
def _without_each(run_id: str, weights: Weights, words: tuple[str, ...], first: int) -> np.ndarray:
    """Scores (words from `first`,) without each of these words."""
    return scorer_of(run_id, weights).leave_one_out(list(words), first)


def _compare(before: float, after: float, change: str, scorer: ReviewScorer) -> None:
    """Draw the score of the review and its score after a change."""
    positive = capitalized(plain(scorer.names[1]))
    if np.isnan(after):
        st.markdown(f"{positive} {percent(before)} → **no score** {change}: the network knows none of the other words.")
        return
    flipped = " The prediction flips." if (before > 0.5) != (after > 0.5) else ""
    st.markdown(f"{positive} {percent(before)} → **{percent(after)}** {change}.{flipped}")
