"""The test results of a run on reviews: the network beside the bag-of-words baseline, and the most confident mistakes."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import outdated_test_notice, plain
from pages.parts.tasks.reviews.run_data import TRY, open_test_review, reviews_of, scorer_of, words_of
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import classification

_MAX_MISTAKES = 50


@showing_errors
def results_panel(run_id: str, source: str) -> None:
    """Draw the accuracy beside the bag-of-words baseline, and the mistakes, after the test."""
    store = services.store()
    run, logits = store.runs.get(run_id), checkpoints.test_logits(store, run_id)
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
    reviews = reviews_of(run_id, source)
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
        f"{counts[1, 0]:,} {positive} → {negative}. The most confident come first. Tick a row to open the mistake in “{TRY}”."
    )
    worst = wrong[:_MAX_MISTAKES]
    worst_scores = classification.probabilities(logits[worst])[:, 1]
    texts = [words_of(reviews, reviews.test, int(i)) for i in worst]
    scorer = scorer_of(run_id, Weights(checkpoints.version(store, run_id), best=True))
    table = pd.DataFrame(
        {
            "Number": worst,
            "Score": [score if scorer.known(words).any() else None for score, words in zip(worst_scores, texts, strict=True)],
            "True": [reviews.names[label] for label in labels[worst]],
            "Ends with": [" ".join(words[-60:]) for words in texts],
        }
    )
    key = session.MISTAKES(run_id)

    def open_mistake() -> None:
        if rows := key.get()["selection"]["rows"]:
            open_test_review(reviews, int(worst[rows[0]]))

    st.dataframe(
        table, hide_index=True, height=260, on_select=open_mistake, selection_mode="single-row", key=key.name,
        alt="The most confident mistakes",
        column_config={
            "Score": st.column_config.NumberColumn(format="percent", help=f"The predicted probability of {positive}; empty where no word is known."),
            "Ends with": st.column_config.TextColumn(width="large", help="The end of the review, which the network reads last."),
        },
    )  # fmt: skip


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
