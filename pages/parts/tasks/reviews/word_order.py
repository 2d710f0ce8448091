"""Whether a network uses the order of words: its predictions for test reviews as they are, and with their words shuffled."""

import streamlit as st

from pages.parts.run.weights import epoch_of
from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import showing_errors
from pages.parts.tasks.reviews.run_data import reviews_of, scorer_of
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.reviews.word_order import REVIEWS, ShuffledTest, shuffled_test

_HARDLY = 0.9  # share of equal predictions from which a network hardly uses the order of words


@st.cache_data(max_entries=32, show_spinner=f"Shuffling {REVIEWS} reviews …")
def _shuffled(run_id: str, weights: Weights, source: str) -> ShuffledTest | None:
    """Cached until the run has newer weights."""
    reviews = reviews_of(run_id, source)
    return shuffled_test(scorer_of(run_id, weights), reviews) if reviews else None


@showing_errors
def word_order_panel(run_id: str, source: str) -> None:
    """Draw the test on shuffled reviews, and what the bag-of-words baseline reaches."""
    store, shown = services.store(), session.SHUFFLED_TEST(run_id)
    run, version = store.runs.get(run_id), checkpoints.version(store, run_id)
    st.caption(
        "A recurrent network can use word order, but need not, if counting words pays. Shuffle the words of test reviews: a network that "
        "uses their order gets worse, a network that counts words does not."
    )
    if button(f"Shuffle {REVIEWS} test reviews", icon=":material/shuffle:", disabled=version is None):
        weights = Weights(version, best=not run.active)  # the tested ones, once training has ended
        shown.set((epoch_of(run_id, weights), _shuffled(run_id, weights, source)))
    if shown.get():
        _result(*shown.get())
    _baseline(run)


def _result(epoch: str, result: ShuffledTest | None) -> None:
    if result is None:
        st.caption("There is no test review with a known word, so there is nothing to shuffle.")
        return
    rows = [("As they are", result.accuracy), ("Shuffled", result.shuffled_accuracy), ("Same prediction", result.same)]
    with st.grid(3, min_column_width=110, gap="small"):
        for label, share in rows:
            st.metric(
                label, f"{share:.1%}", help=None if label == "Same prediction" else f"Accuracy on {result.reviews} test reviews."
            )
    use = "hardly uses" if result.same >= _HARDLY else "uses"
    st.markdown(
        f"Weights: {epoch}. Shuffling keeps {result.same:.0%} of the predictions: this network **{use}** the order of words."
    )


def _baseline(run: Run) -> None:
    """Draw what the baseline reaches without word order, after the test."""
    results = run.results
    sentences = []
    if "counting_accuracy" in results:
        sentences.append(
            f"On the whole test set, the bag-of-words baseline reaches {results['counting_accuracy']:.1%}, this network {results['test_accuracy']:.1%}."
        )
    if "order_accuracy" in results:
        sentences.append(
            "Where only the order decides (twins: the same words, the opposite label), the baseline reaches "
            f"{results['counting_order_accuracy']:.1%}, this network {results['order_accuracy']:.1%}."
        )
    else:
        sentences.append(
            "Where only the order decides, see the preset Twins: its reviews have twins with the same words and the opposite label, so the "
            "baseline is right half of the time."
        )
    st.caption(" ".join(sentences))
