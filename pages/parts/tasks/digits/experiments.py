"""What can be tried on a picture: drawings that are no digit, a shift, another order of reading; and how many test pictures stay right."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.shell import session
from pages.parts.shell.buttons import button
from pages.parts.shell.formatting import percent
from pages.parts.tasks.digits import canvas
from pages.parts.tasks.digits.run_data import data_of
from rnn_core.nn.network import Network
from rnn_core.run_spec import RunSpec
from rnn_core.runs.checkpoints import Weights
from rnn_core.tasks.digits.drawings import NO_DIGITS, drawing
from rnn_core.tasks.digits.options import DigitsData
from rnn_core.tasks.digits.trial import Change, share_right

_MEASURED = 500  # test pictures
_FURTHEST = 3  # a picture moves by at most a third of its side


def no_digit_choice() -> None:
    """Draw the drawings that are no digit: one that is chosen replaces the drawing on the canvas."""

    def replace_drawing():
        name = session.NO_DIGIT.get()
        canvas.put(np.ones((canvas.SIDE, canvas.SIDE), np.float32) if name is None else drawing(name, canvas.SIDE))

    st.pills(
        "No digit at all: there is no answer “none of these”, so the network must choose one of ten.", list(NO_DIGITS),
        key=session.NO_DIGIT.name, on_change=replace_drawing, persist_state="session",
    )  # fmt: skip


def change_choice(data: DigitsData, side: int) -> tuple[Change, DeltaGenerator]:
    """Draw the shift and the other order of reading; return them, and a place for a button beside the shift."""
    shift = session.SHIFT(side)
    left, right = st.columns([0.4, 0.6], vertical_alignment="center", gap="medium")
    with left:
        st.slider(
            "Shift right, pixels", 0, side // _FURTHEST, key=shift.name, persist_state="session",
            help="Moves the picture after it was centred. What leaves it at the right is lost.",
        )  # fmt: skip
    with right:
        st.toggle(
            f"Read the {data.reading} in order" if data.shuffled else f"Shuffle the {data.reading} while reading",
            key=session.REORDER.name, persist_state="session",
            help="Only while you try: the network was trained on the other order. The shuffle is always the same, that of the option Shuffled.",
        )  # fmt: skip
    return Change(shift.get(), session.REORDER.get()), right


def undo_change(side: int) -> None:
    """Pictures are read as they are again: a callback."""
    session.SHIFT(side).set(0)
    session.REORDER.set(False)


def expectation(data: DigitsData) -> str:
    order = f"{data.reading} in one shuffled order" if data.shuffled else f"{data.reading} in order"
    return f"The network was trained on centred pictures, {order}. Change that, and expect other answers, often as firm as before."


def in_words(change: Change, data: DigitsData) -> str:
    """What was changed, as in "shifted by 4 pixels and rows shuffled"."""
    parts = [f"shifted by {change.shift} pixel{'s' if change.shift > 1 else ''}"] * bool(change.shift)
    parts += [f"{data.reading} in order" if data.shuffled else f"{data.reading} shuffled"] * change.reorder
    return " and ".join(parts)


def answer(predictions: np.ndarray) -> str:
    """The answer of probabilities (classes,) in words."""
    best = int(predictions.argmax())
    return f"**{best}** ({percent(predictions[best])})"


def measurement(run_id: str, spec: RunSpec, weights: Weights, change: Change, network: Callable[[], Network]) -> str:
    """Draw the button that measures on test pictures; return the shares measured last with these weights, or "" """
    data = data_of(spec)
    if data is None:
        return ""
    asked = session.SHARES_RIGHT(run_id)
    count = min(_MEASURED, len(data.test_labels))
    if button(
        f"On {count} test pictures",
        icon=":material/speed:",
        help="Counts how many the network gets right: as they are, and changed.",
    ):
        asked.set((weights, change))
    if asked.get() is None or asked.get()[0] != weights:
        return ""
    _, changed = asked.get()
    shares = f"{_share_right(run_id, weights, Change(), spec, count, network):.1%} of {count} test pictures right as they are"
    if changed:
        shares += f", {_share_right(run_id, weights, changed, spec, count, network):.1%} {in_words(changed, spec.data)}"
    return f"{shares}."


@st.cache_data(max_entries=64, show_spinner=False)
def _share_right(
    run_id: str, weights: Weights, change: Change, _spec: RunSpec, count: int, _network: Callable[[], Network]
) -> float:
    data = data_of(_spec)
    chosen = np.linspace(0, len(data.test_labels) - 1, count).round().astype(int)
    inputs = change.inputs(np.asarray(data.test[chosen]), _spec.data, data.format.brightest)
    return share_right(_network(), inputs, np.asarray(data.test_labels)[chosen])
