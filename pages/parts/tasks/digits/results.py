"""The test results: the confusion matrix with the pictures of a cell, and the most confident mistakes."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.buttons import button
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import outdated_test_notice, percent
from pages.parts.tasks.digits.charts import confusion_chart
from pages.parts.tasks.digits.gallery import gallery
from pages.parts.tasks.digits.run_data import data_of
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.tasks import classification
from rnn_core.tasks.digits import sources as digits

_MAX_PICTURES = 24


@dataclass(frozen=True)
class _Results:
    data: digits.Digits
    logits: np.ndarray
    labels: np.ndarray


@showing_errors
def confusion_matrix(run_id: str, spec: RunSpec) -> None:
    """Draw the matrix; a click on a cell shows its pictures."""
    results = _results(run_id, spec)
    if results is None:
        return
    counts = classification.confusion(results.logits, results.labels)
    version = session.CONFUSION_VERSION(run_id)
    cell = confusion_chart(counts, session.CONFUSION(run_id, version.get()))
    if cell is None:
        st.caption(f"{len(results.labels):,} test pictures, {_wrong(counts):,} mistakes. Click a cell to see its pictures.")
        return
    true, predicted = cell
    examples = classification.examples_in_cell(results.logits, results.labels, true, predicted)
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = f"; the {_MAX_PICTURES} most confident" if len(examples) > _MAX_PICTURES else ""
        st.caption(f"True: {true}, predicted: {predicted}. {len(examples):,} pictures{shown}.", width="content")
        if button("All cells", icon=":material/undo:"):
            version.set(version.get() + 1)
            st.rerun(scope="fragment")
    _pictures(run_id, results, examples[:_MAX_PICTURES])


@showing_errors
def mistakes(run_id: str, spec: RunSpec) -> None:
    """Draw the most confident mistakes; a click opens one in Try."""
    results = _results(run_id, spec)
    if results is None:
        return
    wrong = classification.mistakes(results.logits, results.labels)
    if not len(wrong):
        st.caption(f"There are no mistakes among {len(results.labels):,} test pictures.")
        return
    st.caption(
        f"The {min(_MAX_PICTURES, len(wrong))} most confident of {len(wrong):,} mistakes (true → predicted). Click one to see how it is read."
    )
    _pictures(run_id, results, wrong[:_MAX_PICTURES])


def _results(run_id: str, spec: RunSpec) -> _Results | None:
    """The results of the test; where there are none, draw why and return None."""
    store = services.store()
    logits = checkpoints.test_logits(store, run_id)
    run = store.runs.get(run_id)
    if logits is None:
        st.caption("Test results appear when training ends." if run.active else "This run ended before its test.")
        return None
    if run.outdated_test is not None:
        st.caption(outdated_test_notice(run))
    data = data_of(spec)
    if data is None:
        return None
    labels = np.asarray(data.test_labels)
    if not classification.logits_fit_labels(logits, labels, run.results.get("test_accuracy", -1)):
        st.info("The mistakes cannot be shown, because the test pictures here differ from those that this run was tested on.")
        return None
    return _Results(data, logits, labels)


def _wrong(counts: np.ndarray) -> int:
    return int(counts.sum() - np.trace(counts))


def _pictures(run_id: str, results: _Results, indices: np.ndarray) -> None:
    if not len(indices):
        st.caption("None.")
        return
    shares = classification.probabilities(results.logits[indices])
    captions = [
        f"{percent(share.max())}" if share.argmax() == label else f"{label} → {share.argmax()}, {percent(share.max())}"
        for label, share in zip(results.labels[indices], shares, strict=True)
    ]
    gallery(results.data.test[indices], results.data.format.brightest, indices.tolist(), captions, session.GALLERY(run_id), _open)


def _open(number: int) -> None:
    session.DIGIT_TAB.set("Try")
    session.DIGIT_FROM.set("test")
    session.TEST_PICTURE.set(number)
