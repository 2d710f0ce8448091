"""What the Inside page reads of the digits task: a drawn digit or a test picture."""

import numpy as np
import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import plain
from pages.parts.tasks.digits.canvas import SIDE, digit_canvas
from pages.parts.tasks.digits.run_data import data_of
from pages.parts.tasks.reading import Answer, Reading
from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.classification import probabilities
from rnn_core.tasks.digits import picture
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.drawings import FIRST, drawing
from rnn_core.tasks.digits.trial import Change

_FROM, _NUMBER = session.INSIDE_INPUT("digits", "from"), session.INSIDE_INPUT("digits", "number")
_LIKELIEST = 3


def reading(run: Run) -> Reading | None:
    """Draw the choice; returns the picture as the network reads it."""
    spec = services.store().runs.spec(run.id)
    is_here = digits.sources(services.settings())[spec.data.source].read is not None
    origin = st.segmented_control(
        "Digit from", ["test", "draw"], default="test" if is_here else "draw", format_func={"draw": "Draw", "test": "Test picture"}.get, required=True,
        key=_FROM.name, persist_state="session", width="stretch", label_visibility="collapsed",
    )  # fmt: skip
    found = _from_test(spec) if origin == "test" else _drawn(spec)
    if found is None:
        return None
    pixels, note = found
    brightest = digits.FORMATS[spec.data.source].brightest
    inputs = Change().inputs(pixels[None], spec.data, brightest)[0]
    shown = (Change().as_read(pixels, spec.data).astype(float) * 255 / brightest).round().astype(np.uint8)
    if spec.data.backwards:
        shown = shown[:, ::-1] if spec.data.reading == "columns" else shown[::-1]
    item = spec.data.reading[:-1]
    labels = tuple(f"{item} {i}" for i in range(1, len(inputs) + 1))
    return Reading(inputs, labels, item, _answers, "Digit", shown, spec.data.reading, note)


def _answers(logits: np.ndarray, timesteps: np.ndarray) -> list[list[Answer]]:
    shares = probabilities(logits)
    likeliest = np.argsort(-shares, axis=-1, kind="stable")[:, :_LIKELIEST]
    return [[(str(i), float(row[i])) for i in best] for row, best in zip(shares, likeliest, strict=True)]


def _from_test(spec: RunSpec) -> tuple[np.ndarray, str] | None:
    data = data_of(spec)
    if data is None:
        return None
    count = len(data.test_labels)

    def choose_at_random() -> None:
        _NUMBER.set(int(np.random.default_rng().integers(count)))

    _NUMBER.set(min(_NUMBER.get() or 0, count - 1))
    number = st.number_input("Number of the picture", 0, count - 1, step=1, key=_NUMBER.name, persist_state="session")
    st.button(
        "Another one",
        icon=":material/shuffle:",
        on_click=choose_at_random,
        width="stretch",
        help="A test picture, never trained on.",
    )
    return np.asarray(data.test[number]), f"True: {data.test_labels[number]}."


def _drawn(spec: RunSpec) -> tuple[np.ndarray, str] | None:
    gray = digit_canvas(drawing(FIRST, SIDE))
    if gray is None:
        st.caption("Draw a digit: the network reads it here.")
        return None
    try:
        return picture.find(gray).scaled(digits.FORMATS[spec.data.source].side), ""
    except UserError as error:
        st.caption(plain(str(error)))
        return None
