"""What the review page reads of a run: its scorer, and the reviews that the run was trained and tested on."""

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from pages.parts.tasks.reviews.data import load
from rnn_core.errors import UserError
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.reviews import sources
from rnn_core.tasks.reviews.scorer import ReviewScorer

TRY = "Try"  # the tab with the field for a review


@st.cache_resource(max_entries=3, show_spinner=False)
def scorer_of(run_id: str, weights: Weights) -> ReviewScorer:
    """Cached until the run has newer weights."""
    store, folder = services.store(), services.store().runs.folder(run_id)
    position = checkpoints.position(folder)  # None for the examples, which have no checkpoint
    return ReviewScorer.of_run(
        checkpoints.network(store, run_id, weights.best),
        store.runs.spec(run_id).data,
        folder,
        trained=position is None or position[0] > 0,
    )


def reviews_of(run_id: str, source: str) -> sources.Reviews | None:
    """The data of the run; where it is missing, draw why and return None."""
    try:
        return load(source, services.store().runs.folder(run_id))
    except UserError as error:
        st.info(plain(str(error)))
        return None


def words_of(reviews: sources.Reviews, part: sources.Part, number: int) -> list[str]:
    return [reviews.words[rank - 1] for rank in part.review(number)]


def open_test_review(reviews: sources.Reviews, number: int) -> None:
    """Put a test review into the field for a review, and show the field: for callbacks."""
    session.TEST_REVIEW.set(number)
    session.REVIEW.set(" ".join(words_of(reviews, reviews.test, number)))
    session.REVIEW_TAB.set(TRY)
