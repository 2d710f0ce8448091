"""The same digit, drawn or from the test, read by several runs: the ten probabilities of each."""

import numpy as np
import streamlit as st

from pages.parts.compare.lines import Line, answer
from pages.parts.compare.style import bars, line_name
from pages.parts.run.weights import network_of
from pages.parts.shell import services, session
from pages.parts.shell.formatting import percent, plain
from pages.parts.tasks.digits.canvas import SIDE, digit_canvas
from pages.parts.tasks.digits.run_data import data_of
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks import classification
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.drawings import FIRST, drawing
from rnn_core.tasks.digits.trial import Change

_SOURCES = {"draw": "Draw", "test": "Test picture"}


@st.cache_data(max_entries=128, show_spinner=False)
def _answer(run_id: str, weights: Weights, pixels: np.ndarray) -> np.ndarray:
    """Probabilities (10,) of a picture (side, side); cached, so a tick computes nothing again. Raises `UserError`."""
    data = services.store().runs.spec(run_id).data
    inputs = Change().inputs(pixels[None], data, digits.FORMATS[data.source].brightest)
    return classification.probabilities(network_of(run_id, weights).classify(inputs))[0]


@st.cache_data(max_entries=32, show_spinner=False)
def _in_drawing(gray: np.ndarray, side: int) -> np.ndarray:
    return picture.find(gray).scaled(side)


def compare(lines: list[Line]) -> None:
    """Draw the choice of a digit, and the probabilities of each run."""
    left, right = st.columns([0.36, 0.64], gap="small")
    with left:
        origin = st.segmented_control(
            "Digit from", ["draw", "test"], default="draw", format_func=_SOURCES.get, required=True, key=session.COMPARED_DIGIT_FROM.name,
            persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
        gray, shown, true = None, None, ""
        if origin == "draw":
            gray = digit_canvas(drawing(FIRST, SIDE))
        elif (found := _from_test(lines[0].spec)) is not None:
            shown, true = found
            st.image(255 - (shown.astype(float) * 255 / max(1, shown.max())).astype(np.uint8), width=150, caption=true)
    with right, st.container(gap="xsmall"):
        if origin == "draw" and gray is None:
            st.caption("Draw a digit: every network reads it here.")
        for line in lines:
            _line(line, gray, shown if line.spec.data.source == lines[0].spec.data.source else None)


def _from_test(spec: RunSpec) -> tuple[np.ndarray, str] | None:
    """A test picture of the first run's data, and what it is; None where there is none, with the reason drawn."""
    data = data_of(spec)
    if data is None:
        return None
    count = len(data.test_labels)
    session.TEST_PICTURE.set(min(session.TEST_PICTURE.get(), count - 1))
    number = st.number_input("Number of the picture", 0, count - 1, step=1, key=session.TEST_PICTURE.name, persist_state="session")
    return np.asarray(data.test[number]), f"True: {int(data.test_labels[number])}"


def _line(line: Line, gray: np.ndarray | None, pixels: np.ndarray | None) -> None:
    """Draw the probabilities of one run for a drawing or a picture of its data."""

    def probabilities(weights: Weights) -> np.ndarray:
        read = pixels if gray is None else _in_drawing(gray, digits.FORMATS[line.spec.data.source].side)
        if read is None:
            raise UserError("This network reads other pictures.")
        return _answer(line.run.id, weights, read)

    found, reason = answer(line, probabilities)
    if found is None:
        line_name(line.place, line.name)
        st.caption(plain(reason))
        return
    best = int(found.argmax())
    said = f"{best} ({percent(found[best])})"
    line_name(line.place, line.name, said)
    st.html(bars(f"{line.name}: {said}", [(str(i), float(share)) for i, share in enumerate(found)]))
