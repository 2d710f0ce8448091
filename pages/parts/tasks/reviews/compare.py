"""The same review scored by several runs."""

import html
import math

import streamlit as st

from pages.parts.compare.lines import Line, answer
from pages.parts.compare.style import sample
from pages.parts.run.weights import network_of
from pages.parts.shell import services, session
from pages.parts.shell.formatting import capitalized, percent
from pages.parts.tasks.reviews.try_it import review_field
from rnn_core.data.normalize import clean
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.scorer import ReviewScorer

_MAX_CHARACTERS = 20_000  # of a typed review


@st.cache_data(max_entries=128, show_spinner=False)
def _score(run_id: str, weights: Weights, words: tuple[str, ...]) -> tuple[float, str, str]:
    """(score, name of the first class, of the second); NaN where no word is known. Cached: a tick computes nothing again."""
    store = services.store()
    scorer = ReviewScorer.of_run(network_of(run_id, weights), store.runs.spec(run_id).data, store.runs.folder(run_id), trained=True)
    return float(scorer.scores([list(words)])[0]), *scorer.names


def compare(lines: list[Line]) -> None:
    """Draw the field for a review, and the score of each run."""
    first = lines[0]
    review_field(first.run.id, first.spec.data.source)
    words = tuple(sources.words_of(clean((session.REVIEW.get() or "")[-_MAX_CHARACTERS:])))
    st.html(f'<div class="scores">{"".join(_row(line, words) for line in lines)}</div>')


def _row(line: Line, words: tuple[str, ...]) -> str:
    """The score of one run as HTML: a bar between the two classes."""
    name = sample(line.place, line.name)
    found, reason = answer(line, lambda weights: _score(line.run.id, weights, words)) if words else (None, "Type a few words.")
    if found is None or math.isnan(found[0]):
        return f"<div><b>{name}</b> <span>{html.escape(reason or 'Knows none of these words.')}</span></div>"
    score, negative, positive = found
    side, share = (positive, score) if score >= 0.5 else (negative, 1 - score)
    said = f"{capitalized(side)} ({percent(share)})"
    return (
        f'<div><b>{name}</b> <span>{html.escape(said)}</span><div class="score" role="img" aria-label="{html.escape(f"{line.name}: {said}")}">'
        f'<small>{html.escape(negative)}</small><div><i class="{"high" if score >= 0.5 else "low"}" style="left: {100 * min(score, 0.5):.1f}%; '
        f'width: {100 * abs(score - 0.5):.1f}%"></i></div><small>{html.escape(positive)}</small></div></div>'
    )
