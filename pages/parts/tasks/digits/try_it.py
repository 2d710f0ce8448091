"""Trying the network of a run on a drawn digit, a test picture or a photo; and the test results.

The panel is a fragment: moving the slider redraws only the panel. While the run trains, the panel ticks slowly to use the latest
weights.
"""

import numpy as np
import streamlit as st

from pages.parts.run.charts import predictions_chart
from pages.parts.run.weights import weights_choice
from pages.parts.shell import services, session
from pages.parts.shell.errors import show_errors, showing_errors
from pages.parts.shell.formatting import outdated_test_notice, percent, plain
from pages.parts.tasks.digits.canvas import digit_canvas
from pages.parts.tasks.digits.charts import confusion_chart
from pages.parts.tasks.digits.data import enlarged, zoomed
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import classification
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import sequences
from rnn_core.tasks.digits.photo_file import MOST_MEGABYTES, MOST_MEGAPIXELS

_TICK = 4.0  # seconds
_SOURCES = {"draw": "Draw", "test": "Test picture", "photo": "Photo"}
_NO_DIGIT = {"draw": "Draw a digit", "test": "Choose a test picture", "photo": "Choose a photo"}
_MAX_PICTURES = 24  # of a cell of the confusion matrix
_MAX_MISTAKES = 12  # before a cell is clicked
_FRAMED = "A printed frame or lines around the digit were left out."


@st.cache_resource(max_entries=3, show_spinner=False)
def _network(run_id: str, weights: Weights) -> Network:
    """Cached until the run has newer weights."""
    return checkpoints.network(services.store(), run_id, weights.best)


@st.cache_data(max_entries=32, show_spinner=False)
def _prefix_predictions(run_id: str, weights: Weights, vectors: np.ndarray) -> PrefixPredictions:
    """Cached, as the digits below are: neither a tick nor the slider computes anything again."""
    return predict_prefixes(_network(run_id, weights), vectors)


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
    """Draw the panel, which ticks while the run trains, and the test results."""
    spec = services.store().runs.spec(run.id)
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id, spec)
    st.fragment(_test_panel)(run.id, spec)


@showing_errors
def _panel(run_id: str, spec: RunSpec) -> None:
    st.subheader("Try it", anchor=False)
    weights = weights_choice(run_id)
    format = digits.FORMATS[spec.data.source]
    left, right = st.columns([0.42, 0.58], gap="medium")
    with left:
        origin = st.segmented_control(
            "Digit from", list(_SOURCES), default="draw", format_func=_SOURCES.get, required=True, key=session.DIGIT_FROM.name,
            width="stretch", persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
        if origin != "test" and spec.data.source != "mnist":
            st.caption(  # measured by benchmarks/drawn.py
                "This network was trained on scikit-learn's 8 × 8 digits: expect four mistakes in ten drawn digits. Networks trained on MNIST read nearly all."
            )
        pixels, label = {"draw": _drawn, "test": _from_test, "photo": _from_photo}[origin](spec, format.side)
    with right:
        if weights is None:  # the drawing stays
            st.info(
                "After the first training steps, the network reads the digit here, also while it trains.",
                icon=":material/hourglass_top:",
            )
        elif pixels is None:
            unit = spec.data.reading
            st.info(f"{_NO_DIGIT[origin]} to see its probabilities {unit[:-1]} by {unit[:-1]}.", icon=":material/show_chart:")
        else:
            vectors = sequences(pixels[None], spec.data, format.brightest)[0]
            _predictions(run_id, spec, pixels, label, _prefix_predictions(run_id, weights, vectors))


def _drawn(spec: RunSpec, side: int) -> tuple[np.ndarray | None, None]:
    gray = digit_canvas()
    if gray is None:
        return None, None
    try:
        pixels, framed = _in_drawing(gray, side)
    except UserError as error:
        show_errors(error)
        return None, None
    if framed:
        st.caption(_FRAMED)
    return pixels, None


def _from_photo(spec: RunSpec, side: int) -> tuple[np.ndarray | None, None]:
    file = st.file_uploader(
        "Photo of one digit", key=session.PHOTO.name, max_upload_size=min(services.settings().upload_mb, MOST_MEGABYTES),
        help="One digit, written large on paper; printed boxes and lines are left out. The photo is inverted, centred and scaled as MNIST's "
        f"pictures are. PNG, JPEG and other usual formats, at most {MOST_MEGAPIXELS} megapixels. The photo stays on this computer.",
    )  # fmt: skip
    if file is None:
        st.caption(
            "Write one digit large on paper, take a photo, and upload the photo here. Dark on light and light on dark both work."
        )
        return None, None
    try:
        pixels, framed = _in_photo(file.file_id, side, file.getvalue())
    except UserError as error:
        show_errors(error)
        return None, None
    st.caption(f"One digit was found. The network reads {side} × {side} pixels: the small picture beside the prediction.")
    if framed:
        st.caption(_FRAMED)
    return pixels, None


def _from_test(spec: RunSpec, side: int) -> tuple[np.ndarray | None, int | None]:
    data = _data(spec)
    if data is None:
        return None, None
    count = len(data.test_labels)

    def choose_at_random():
        session.TEST_PICTURE.set(int(np.random.default_rng().integers(count)))

    session.TEST_PICTURE.set(min(session.TEST_PICTURE.get(), count - 1))
    number = st.number_input(
        "Number of the picture", 0, count - 1, step=1, key=session.TEST_PICTURE.name, persist_state="session",
        help="The test pictures were never trained on.",
    )  # fmt: skip
    st.button("Another one", icon=":material/shuffle:", on_click=choose_at_random)
    return np.asarray(data.test[number]), int(data.test_labels[number])


def _data(spec: RunSpec) -> digits.Digits | None:
    """The data of the run; where it is missing, draw why and return None."""
    try:
        return digits.load(spec.data.source, services.settings())
    except UserError as error:
        st.info(plain(str(error)))
        return None


def _predictions(run_id: str, spec: RunSpec, pixels: np.ndarray, label: int | None, prefixes: PrefixPredictions) -> None:
    """Draw the ten curves, the slider, the part of the picture up to its timestep, and the prediction there."""
    predictions = classification.probabilities(prefixes.logits)
    steps, unit = prefixes.timesteps.tolist(), spec.data.reading
    timestep = session.TIMESTEP(run_id, len(steps))
    if len(steps) > 1:
        timestep.setdefault(steps[-1])
        step = st.select_slider(
            f"{unit.capitalize()} read",
            steps,
            key=timestep.name,
            help="Drag left to see the prediction from less of the picture.",
        )
    else:
        step = steps[-1]
    now = predictions[steps.index(step)]
    predictions_chart(
        steps, predictions, [str(digit) for digit in range(digits.CLASSES)], "Probability of each digit", unit=unit, now=step
    )
    image, text = st.columns([0.3, 0.7], vertical_alignment="center")
    with image:
        st.image(
            enlarged(pixels, spec, digits.FORMATS[spec.data.source].brightest, step),
            width=112,
            alt=f"The picture with the first {step} {unit} read",
        )
    with text:
        best, second = np.argsort(-now)[:2]
        sentence = f"After {step} of {steps[-1]} {unit}: **{best}** ({percent(now[best])})"
        sentence += f", then {second} ({percent(now[second])})." if now[second] >= 0.005 else "."
        if label is not None:
            sentence += f" True: **{label}**." + (" Wrong." if best != label and step == steps[-1] else "")
        st.markdown(sentence)
        if len(steps) < steps[-1]:
            st.caption("A bidirectional network must run once for every point, so only some points are computed.")


@showing_errors
def _test_panel(run_id: str, spec: RunSpec) -> None:
    """Draw the confusion matrix and the mistakes after the test."""
    store = services.store()
    logits = checkpoints.test_logits(store, run_id)
    run = store.runs.get(run_id)
    st.subheader("Test results", anchor=False)
    if logits is None:
        st.caption("Test results appear when training ends." if run.active else "This run ended before its test.")
        return
    if run.outdated_test is not None:
        st.caption(outdated_test_notice(run))
    data = _data(spec)
    if data is None:
        return
    labels = np.asarray(data.test_labels)
    if not classification.logits_fit_labels(logits, labels, run.results.get("test_accuracy", -1)):
        st.info("The mistakes cannot be shown, because the test pictures here differ from those that this run was tested on.")
        return
    counts = classification.confusion(logits, labels)
    wrong = len(labels) - int(np.trace(counts))
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption(
            f"{len(labels):,} test pictures, {wrong:,} mistakes. Rows: true. Columns: predicted. Click a cell to see examples."
        )
        version = session.CONFUSION_VERSION(run_id)
        cell = confusion_chart(counts, session.CONFUSION(run_id, version.get()))
    with right:
        if cell is None:
            st.caption(f"The {min(_MAX_MISTAKES, wrong)} most confident mistakes (true → predicted):")
            _gallery(data, logits, labels, classification.mistakes(logits, labels)[:_MAX_MISTAKES])
        else:
            true, predicted = cell
            examples = classification.examples_in_cell(logits, labels, true, predicted)
            shown = f"; the {_MAX_PICTURES} most confident" if len(examples) > _MAX_PICTURES else ""
            st.caption(f"True: {true}, predicted: {predicted}. {len(examples):,} pictures{shown}.")
            _gallery(data, logits, labels, examples[:_MAX_PICTURES])
            if st.button("Back to the mistakes", icon=":material/undo:"):
                version.set(version.get() + 1)
                st.rerun(scope="fragment")


def _gallery(data: digits.Digits, logits: np.ndarray, labels: np.ndarray, indices: np.ndarray) -> None:
    """Draw the test pictures `indices`, each with its label and its prediction."""
    if not len(indices):
        st.caption("None.")
        return
    predictions = classification.probabilities(logits[indices])
    zoom = 56 // data.format.side  # 56 pixels high
    with st.container(horizontal=True, gap="small"):
        for i, shares in zip(indices, predictions, strict=True):
            gray = zoomed(1 - data.test[i] / data.format.brightest, zoom)
            predicted = int(shares.argmax())
            probability = percent(shares[predicted])
            caption = f"{labels[i]} → {predicted}, {probability}" if predicted != labels[i] else probability
            st.image(gray, width=64, caption=caption, alt=f"Test picture {i}: true {labels[i]}, predicted {predicted}")
