"""Reading digits with what a run has learnt: a drawn one, one from the test, or a photo; and how the test went.

A fragment: moving the slider draws only this part again. While the run trains it ticks slowly, so that the answers are
those of the latest weights.
"""

import numpy as np
import streamlit as st

from pages.parts.run.charts import answers_chart, confusion_chart
from pages.parts.shell import services, session
from pages.parts.shell.formatting import older_test, plain
from pages.parts.spec_form.source_picker import show_errors, telling
from pages.parts.tasks.digits.canvas import digit_canvas
from pages.parts.tasks.digits.data import enlarged, zoomed
from rnn_core.errors import UserError
from rnn_core.nn.network import Network
from rnn_core.nn.prefix_predictions import PrefixPredictions, predict_prefixes
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.rows import Run
from rnn_core.tasks import classification
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import sequences
from rnn_core.tasks.digits.photo_file import MOST_MEGABYTES, MOST_MEGAPIXELS

_TICK = 4.0  # seconds
_SOURCES = {"draw": "Draw", "test": "Test picture", "photo": "Photo"}
_FEW = 24  # pictures shown of a cell
_MISTAKES = 12
_FRAMED = "A printed frame or lines around the digit were left out."


@st.cache_resource(max_entries=3, show_spinner=False)
def _network(run_id: str, version: int) -> Network:
    """Kept until newer weights are there; `version` is what tells."""
    return checkpoints.network(services.store(), run_id)


@st.cache_data(max_entries=32, show_spinner=False)
def _trace(run_id: str, version: int, vectors: np.ndarray) -> PrefixPredictions:
    """Kept, as the digits below are, so that neither a tick nor the slider computes anything anew."""
    return predict_prefixes(_network(run_id, version), vectors)


@st.cache_data(max_entries=32, show_spinner=False)
def _in_drawing(gray: np.ndarray, side: int) -> tuple[np.ndarray, bool]:
    """The digit, and whether a frame or lines around it were left out."""
    found = picture.find(gray)
    return found.scaled(side), found.frame_removed


@st.cache_data(max_entries=32, show_spinner=False)
def _in_photo(file_id: str, side: int, _raw: bytes) -> tuple[np.ndarray, bool]:
    found = picture.find(picture.read(_raw))
    return found.scaled(side), found.frame_removed


def play_panel(run: Run) -> None:
    spec = services.store().runs.spec(run.id)
    st.fragment(_panel, run_every=_TICK if run.on_slot else None)(run.id, spec)
    st.fragment(_test_panel)(run.id, spec)


@telling
def _panel(run_id: str, spec: RunSpec) -> None:
    st.subheader("Let it read", anchor=False)
    version = checkpoints.version(services.store(), run_id)
    form = digits.FORMATS[spec.data.source]
    left, right = st.columns([0.42, 0.58], gap="medium")
    with left:
        origin = st.segmented_control(
            "Digit from", list(_SOURCES), default="draw", format_func=_SOURCES.get, required=True, key=session.DIGIT_FROM.name,
            width="stretch", persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
        if origin != "test" and spec.data.source != "mnist":
            st.caption(  # measured by benchmarks/drawn.py
                "It learnt from small digits of other pens: expect it to miss about four of ten drawn ones. Trained on MNIST, it reads nearly all."
            )
        found, truth = {"draw": _drawn, "test": _from_test, "photo": _from_photo}[origin](spec, form.side)
    with right:
        if version is None:  # what is being drawn stays
            st.info(
                "As soon as the network has taken its first steps, it reads here, also while it trains.",
                icon=":material/hourglass_top:",
            )
        elif found is None:
            st.info("Its ten probabilities appear here, one curve a digit, as it reads on.", icon=":material/show_chart:")
        else:
            vectors = sequences(found[None], spec.data, form.brightest)[0]
            _reading(run_id, spec, found, truth, _trace(run_id, version, vectors))


def _drawn(spec: RunSpec, side: int) -> tuple[np.ndarray | None, None]:
    gray = digit_canvas()
    if gray is None:
        return None, None
    try:
        found, framed = _in_drawing(gray, side)
    except UserError as error:
        show_errors(error)
        return None, None
    if framed:
        st.caption(_FRAMED)
    return found, None


def _from_photo(spec: RunSpec, side: int) -> tuple[np.ndarray | None, None]:
    file = st.file_uploader(
        "Photo of one digit", key=session.PHOTO.name, max_upload_size=min(services.settings().upload_mb, MOST_MEGABYTES),
        help="One digit, written large on paper; printed boxes and lines are left out. The network gets it as MNIST was made: inverted, "
        f"centred and scaled. PNG, JPEG and other usual formats, at most {MOST_MEGAPIXELS} megapixels. It stays on this computer.",
    )  # fmt: skip
    if file is None:
        st.caption("Write one digit large on paper, take a photo, and choose it here. Dark on light and light on dark both work.")
        return None, None
    try:
        found, framed = _in_photo(file.file_id, side, file.getvalue())
    except UserError as error:
        show_errors(error)
        return None, None
    st.caption(f"One digit was found. The network reads it as {side} × {side} pixels: the small picture beside its answer.")
    if framed:
        st.caption(_FRAMED)
    return found, None


def _from_test(spec: RunSpec, side: int) -> tuple[np.ndarray | None, int | None]:
    found = _data(spec)
    if found is None:
        return None, None
    count = len(found.test_labels)

    def another():
        session.TEST_PICTURE.set(int(np.random.default_rng().integers(count)))

    session.TEST_PICTURE.set(min(session.TEST_PICTURE.get(), count - 1))
    number = st.number_input(
        "Number of the picture", 0, count - 1, step=1, key=session.TEST_PICTURE.name, persist_state="session",
        help="The test pictures were never trained on.",
    )  # fmt: skip
    st.button("Another one", icon=":material/shuffle:", on_click=another)
    return np.asarray(found.test[number]), int(found.test_labels[number])


def _data(spec: RunSpec) -> digits.Digits | None:
    """The data of the run, or a sentence why it is not here."""
    try:
        return digits.load(spec.data.source, services.settings())
    except UserError as error:
        st.info(plain(str(error)))
        return None


def _reading(run_id: str, spec: RunSpec, found: np.ndarray, truth: int | None, read: PrefixPredictions) -> None:
    """The ten curves, the slider, and the part of the picture that was read so far."""
    answers = classification.probabilities(read.logits)
    steps, unit = read.timesteps.tolist(), spec.data.reading
    timestep = session.TIMESTEP(run_id, len(steps))
    if len(steps) > 1:
        timestep.setdefault(steps[-1])
        step = st.select_slider(
            f"{unit.capitalize()} read",
            steps,
            key=timestep.name,
            help="Go back to see what it thought when it had seen less of the picture.",
        )
    else:
        step = steps[-1]
    at = answers[steps.index(step)]
    answers_chart(steps, answers, [str(digit) for digit in range(digits.CLASSES)], "Probability of each digit", unit=unit, now=step)
    image, words = st.columns([0.3, 0.7], vertical_alignment="center")
    with image:
        st.image(
            enlarged(found, spec, digits.FORMATS[spec.data.source].brightest, step),
            width=112,
            alt=f"What the network has read after {step} {unit}",
        )
    with words:
        best, second = np.argsort(-at)[:2]
        said = f"After {step} of {steps[-1]} {unit} it says **{best}** with {at[best]:.0%}"
        said += f", then {second} with {at[second]:.0%}." if at[second] >= 0.005 else "."
        right = "" if truth is None else f" It is a **{truth}**." + (" Wrong." if best != truth and step == steps[-1] else "")
        st.markdown(said + right)
        if len(steps) < steps[-1]:
            st.caption("Both directions need a reading of their own for every point, so only some points are computed.")


@telling
def _test_panel(run_id: str, spec: RunSpec) -> None:
    """Confusion matrix and mistakes, once the test is done."""
    store = services.store()
    logits = checkpoints.test_logits(store, run_id)
    run = store.runs.get(run_id)
    st.subheader("In the test", anchor=False)
    if logits is None:
        comes = "The test comes once, at the end of the run. Then you see here which digits it takes for which."
        st.caption(comes if run.active else "This run ended before its test.")
        return
    if run.outdated_test is not None:
        st.caption(older_test(run))
    found = _data(spec)
    if found is None:
        return
    labels = np.asarray(found.test_labels)
    if not classification.logits_fit_labels(logits, labels, run.results.get("test_accuracy", -1)):
        st.info("The pictures here are not in the order of those that this run was tested on, so its mistakes cannot be shown.")
        return
    counts = classification.confusion(logits, labels)
    wrong = len(labels) - int(np.trace(counts))
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption(f"{len(labels):,} test pictures, {wrong:,} mistakes. Rows: what it was. Columns: what it said. Click a field.")
        version = session.CONFUSION_VERSION(run_id)
        picked = confusion_chart(counts, session.CONFUSION(run_id, version.get()))
    with right:
        if picked is None:
            st.caption(f"The {min(_MISTAKES, wrong)} mistakes that it was surest of (what it was → what it said):")
            _gallery(found, logits, labels, classification.mistakes(logits, labels)[:_MISTAKES])
        else:
            true, said = picked
            inside = classification.examples_in_cell(logits, labels, true, said)
            what = f"{true} and said so" if true == said else f"{true}, and it said {said}"
            shown = f"; the {_FEW} it was surest of" if len(inside) > _FEW else ""
            st.caption(f"It was {what}: {len(inside):,} pictures{shown}.")
            _gallery(found, logits, labels, inside[:_FEW])
            if st.button("Back to the mistakes", icon=":material/undo:"):
                version.set(version.get() + 1)
                st.rerun(scope="fragment")


def _gallery(found: digits.Digits, logits: np.ndarray, labels: np.ndarray, which: np.ndarray) -> None:
    """Small pictures, each with what it was and what was said."""
    if not len(which):
        st.caption("None.")
        return
    answers = classification.probabilities(logits[which])
    zoom = 56 // found.format.side
    with st.container(horizontal=True, gap="small"):
        for i, answer in zip(which, answers, strict=True):
            gray = zoomed(1 - found.test[i] / found.format.brightest, zoom)
            said = int(answer.argmax())
            caption = f"{labels[i]} → {said}, {answer[said]:.0%}" if said != labels[i] else f"{answer[said]:.0%}"
            st.image(gray, width=64, caption=caption, alt=f"Test picture {i}: a {labels[i]}, taken for a {said}")
