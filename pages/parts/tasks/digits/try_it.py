"""Trying the network of a run on a drawn digit, a test picture or a photo; and the test results, in tabs beside it.

The zone is a fragment, and only the open tab is drawn. While the run trains, the zone ticks slowly to use the latest weights.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from pages.parts.run.lights import lights_of
from pages.parts.run.weights import network_of, weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.fragments import fragment
from pages.parts.tasks.digits import experiments, results
from pages.parts.tasks.digits.canvas import SIDE, digit_canvas
from pages.parts.tasks.digits.reader import Reading, reader
from pages.parts.tasks.digits.run_data import data_of
from rnn_core.errors import UserError
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.run_spec import RunSpec
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import classification
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.drawings import FIRST, drawing
from rnn_core.tasks.digits.photo_file import MOST_MEGABYTES, MOST_MEGAPIXELS
from rnn_core.tasks.digits.trial import Change

_TICK = 4.0  # seconds
_TABS = {"Try": None, "Confusion matrix": results.confusion_matrix, "Mistakes": results.mistakes}
_SOURCES = {"draw": "Draw", "test": "Test picture", "photo": "Photo"}
_FRAMED = "A printed frame or lines around the digit were left out."


@dataclass(frozen=True)
class _Picture:
    """A picture as the network sees it, or a message why there is none."""

    message: str = ""
    pixels: np.ndarray | None = None  # (side, side) uint8
    label: int | None = None
    note: str = ""


@st.cache_data(max_entries=32, show_spinner=False)
def _prefix_predictions(run_id: str, weights: Weights, vectors: np.ndarray) -> PrefixPredictions:
    """Cached, as the digits below are: a tick computes nothing again."""
    return predict_prefixes(network_of(run_id, weights), vectors)


@st.cache_data(max_entries=32, show_spinner=False)
def _in_drawing(gray: np.ndarray, side: int) -> tuple[np.ndarray, bool]:
    """The digit (side, side), and whether a frame or lines around it were left out."""
    digit = picture.find(gray)
    return digit.scaled(side), digit.frame_removed


@st.cache_data(max_entries=32, show_spinner=False)
def _in_photo(file_id: str, side: int, _raw: bytes) -> tuple[np.ndarray, bool]:
    digit = picture.find(picture.read(_raw))
    return digit.scaled(side), digit.frame_removed


def try_panel(run: Run) -> None:
    """Draw the tabs; they tick while the run trains."""
    fragment(_zone, every=_TICK if run.on_slot else None)(run.id, services.store().runs.spec(run.id))


def _zone(run_id: str, spec: RunSpec) -> None:
    for tab, draw in zip(st.tabs(list(_TABS), key=session.DIGIT_TAB.name, on_change="rerun"), _TABS.values(), strict=True):
        if tab.open:
            with tab, st.container(gap="xsmall"):
                (draw or _try)(run_id, spec)


@showing_errors
def _try(run_id: str, spec: RunSpec) -> None:
    side = digits.FORMATS[spec.data.source].side
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        origin = st.segmented_control(
            "Digit from", list(_SOURCES), default="draw", format_func=_SOURCES.get, required=True, key=session.DIGIT_FROM.name,
            persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
        shown = _from_test(spec) if origin == "test" else None
    if origin == "test":
        place = st.container()
    else:
        left, place = st.columns([0.36, 0.64], gap="small")
        with left:
            shown = _drawn(side) if origin == "draw" else _from_photo(side)
    if origin == "draw":
        experiments.no_digit_choice()
    change, beside = experiments.change_choice(spec.data, side)
    below = st.container()
    weights = weights_choice(run_id)
    with place:
        as_it_is, changed = _read(run_id, spec, weights, shown, change)
    measured = ""
    if origin == "test" and weights is not None:
        with beside:
            measured = experiments.measurement(run_id, spec, weights, change, lambda: network_of(run_id, weights))
    with below, st.container(key="digit_seen"):
        st.markdown(f":small[{' '.join(filter(None, [_seen(spec, change, as_it_is, changed), measured]))}]")
    if origin != "test" and spec.data.source != "mnist":
        st.caption(  # measured by benchmarks/drawn_digits.py
            "This network was trained on scikit-learn's 8 × 8 digits: expect four mistakes in ten drawn digits. Networks trained on MNIST "
            "read nearly all."
        )


def _read(run_id: str, spec: RunSpec, weights: Weights | None, shown: _Picture, change: Change) -> tuple[np.ndarray | None, ...]:
    """Draw the reader; return the last probabilities (10,) for the picture as it is and as it was changed, None where there are none."""
    undo = partial(experiments.undo_change, digits.FORMATS[spec.data.source].side)
    if shown.pixels is None:
        reader(Reading(shown.message), spec.model, spec.data, undo)
        return None, None
    brightest = digits.FORMATS[spec.data.source].brightest
    reading = Reading(
        "After the first training steps, the network reads the digit here, also while it trains.",
        change.as_read(shown.pixels, spec.data),
        brightest,
        label=shown.label,
        note=shown.note,
        changed=experiments.in_words(change, spec.data).capitalize(),
    )
    if weights is None:  # the drawing stays
        reader(reading, spec.model, spec.data, undo)
        return None, None
    inputs = [each.inputs(shown.pixels[None], spec.data, brightest)[0] for each in (Change(), change)]
    as_it_is, changed = (_prefix_predictions(run_id, weights, each) for each in inputs)
    reader(replace(reading, prefixes=changed, lights=lights_of(run_id, weights, inputs[-1])), spec.model, spec.data, undo)
    return tuple(classification.probabilities(prefixes.logits)[-1] for prefixes in (as_it_is, changed))


def _seen(spec: RunSpec, change: Change, as_it_is: np.ndarray | None, changed: np.ndarray | None) -> str:
    """What an experiment showed, or what to expect from one."""
    no_digit = session.NO_DIGIT.get() is not None and session.DIGIT_FROM.get() == "draw"
    if as_it_is is None or not (no_digit or change):
        return experiments.expectation(spec.data)
    answer = experiments.answer(as_it_is)
    sentence = f"The network gives {answer}, though nobody drew a digit" if no_digit else f"As it is: {answer}"
    return f"{sentence}; {experiments.in_words(change, spec.data)}: {experiments.answer(changed)}." if change else f"{sentence}."


def _drawn(side: int) -> _Picture:
    gray = digit_canvas(drawing(FIRST, SIDE))
    if gray is None and session.NO_DIGIT.get() is None:
        return _Picture("Draw a digit: the network reads it here, and answers after every stroke.")
    if gray is None:  # nothing at all, as an experiment
        return _Picture(pixels=np.zeros((side, side), np.uint8))
    return _found(_in_drawing, gray, side)


def _from_photo(side: int) -> _Picture:
    file = st.file_uploader(
        "Photo of one digit", key=session.PHOTO.name, max_upload_size=min(services.settings().upload_mb, MOST_MEGABYTES),
        help="One digit, written large on paper; printed boxes and lines are left out. The photo is inverted, centred and scaled as MNIST's "
        f"pictures are. PNG, JPEG and other usual formats, at most {MOST_MEGAPIXELS} megapixels. The photo stays on this computer.",
    )  # fmt: skip
    if file is None:
        return _Picture("Write one digit large on paper, take a photo, and upload it. Dark on light and light on dark both work.")
    return _found(_in_photo, file.file_id, side, file.getvalue())


def _found(find: Callable[..., tuple[np.ndarray, bool]], *arguments: object) -> _Picture:
    try:
        pixels, framed = find(*arguments)
    except UserError as error:
        return _Picture(str(error))
    return _Picture(pixels=pixels, note=_FRAMED if framed else "")


def _from_test(spec: RunSpec) -> _Picture:
    data = data_of(spec)
    if data is None:
        return _Picture("There are no test pictures here.")
    count = len(data.test_labels)

    def choose_at_random():
        session.TEST_PICTURE.set(int(np.random.default_rng().integers(count)))

    session.TEST_PICTURE.set(min(session.TEST_PICTURE.get(), count - 1))
    number = st.number_input(
        "Number of the picture", 0, count - 1, step=1, key=session.TEST_PICTURE.name, persist_state="session", width=110,
        label_visibility="collapsed",
    )  # fmt: skip
    st.button("Another one", icon=":material/shuffle:", on_click=choose_at_random, help="A test picture, never trained on.")
    return _Picture(pixels=np.asarray(data.test[number]), label=int(data.test_labels[number]))
