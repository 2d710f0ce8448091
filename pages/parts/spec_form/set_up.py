"""The zone Set up: presets, data, the selected layer, training, and under More the options that are seldom changed."""

from dataclasses import dataclass

import streamlit as st

from pages.parts.shell import session
from pages.parts.spec_form import controls
from pages.parts.spec_form.controls import control, option_rows
from pages.parts.spec_form.layer_values import DENSE_OPTIONS, keep_layer, load_layer
from pages.parts.spec_form.layers import Card
from pages.parts.tasks.view import TaskView
from rnn_core.errors import UserError
from rnn_core.estimate import Work
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.model import DenseSpec
from rnn_core.spec.summary import DENSE, EMBEDDING, INPUT, OUTPUT, RECURRENT
from rnn_core.spec.training import usual_rate

_LAYER_ROWS = {  # what is shown for a selected card, two options per row
    INPUT: (),
    EMBEDDING: (("embedding",),),
    RECURRENT: (("cell",), ("units", "dropout")),
    OUTPUT: (("pooling",),),
}
_MORE_ABOUT_LAYER = (("recurrent_dropout",), ("activation", "bidirectional"))
_MORE_ABOUT_NETWORK = (("embedding", "pooling"),)
_MORE_ABOUT_TRAINING = (("batch_size", "optimizer"),)


@dataclass(frozen=True)
class SetUp:
    spec: RunSpec  # the newest valid one
    is_valid: bool  # it is that of the controls
    errors: list[str]  # why the controls make no valid spec, or none that is allowed here
    work: Work | None  # what an epoch reads; None where the data cannot be used


def set_up(task: str, view: TaskView, allowed) -> SetUp:
    """Draw the zone; `allowed` returns sentences about what a valid spec must not do here."""
    presets = st.container(key="presets")  # drawn below, when the spec is known
    view.data_controls()
    card = session.LAYERS(task).get().selected
    load_layer(task)
    st.markdown(f"**{_heading(task, card)}**")
    _layer_options(task, card)
    st.markdown("**Training**")
    option_rows(task, ("epochs", "learning_rate"))
    _offer_usual_rate(task)
    with st.expander("More", key=session.MORE(task).name, on_change="rerun") as more:
        if more.open:
            _more(task, view, card)
    keep_layer(task)
    spec, errors = _spec(task)
    with presets:
        controls.preset_buttons(task, spec)
        with st.container(key="reset_all", width="content"):
            controls.reset_button(task, spec)
    shown_spec = spec or session.VALID_SPEC(task).get()
    work, errors = None, errors if spec is None else allowed(spec)
    try:  # of the last valid spec: the facts stay on the page while an option is wrong
        work = view.data_check(shown_spec)
    except UserError as error:
        errors = [*errors, *error.sentences]
    return SetUp(shown_spec, spec is not None, errors, work)


def _more(task: str, view: TaskView, card: Card) -> None:
    """Draw the options that are seldom changed. They are a third of the page's widgets, so a closed More leaves them out."""
    if view.data_options:
        st.markdown("**Data**")
        view.data_options()
    shown = {name for row in _LAYER_ROWS.get(card.kind, ()) for name in row}
    if card.kind == RECURRENT:
        st.markdown("**This layer**")
        option_rows(task, *_MORE_ABOUT_LAYER)
    rows = [tuple(name for name in row if name not in shown and name in options_of(task)) for row in _MORE_ABOUT_NETWORK]
    if any(rows):
        st.markdown("**Network**")
        option_rows(task, *rows)
    st.markdown("**More about training**")
    option_rows(task, *_MORE_ABOUT_TRAINING, *view.advanced)


def _spec(task: str) -> tuple[RunSpec | None, list[str]]:
    """The spec of the controls, or None where it is invalid, and why."""
    valid, layers = session.VALID_SPEC(task), session.LAYERS(task).get().layers
    try:
        spec = RunSpec.from_options(task, layers=list(layers[RECURRENT]), dense=list(layers[DENSE]), **controls.values(task))
    except UserError as error:
        valid.setdefault(spec_of(task, source=session.SPEC(task, "source").get()))
        return None, list(error.sentences)
    valid.set(spec)
    controls.write_to_url(spec)
    return spec, []


def _offer_usual_rate(task: str) -> None:
    """After a change of the optimizer, offer its usual learning rate: each needs another one."""
    optimizer, rate = session.SPEC(task, "optimizer"), session.SPEC(task, "learning_rate")
    usual = controls.default(task)
    if optimizer.get() != usual.training.optimizer and rate.get() == usual.training.learning_rate:
        name, suits = options_of(task)["optimizer"].choices[optimizer.get()], usual_rate(optimizer.get())
        st.button(f"Usual for {name}: {suits:g}", icon=":material/speed:", on_click=rate.set, args=(suits,), type="tertiary")


def _heading(task: str, card: Card) -> str:
    layers = session.LAYERS(task).get().layers
    names = {INPUT: "Input", EMBEDDING: "Embedding", OUTPUT: "Output", RECURRENT: "Recurrent layer", DENSE: "Dense layer"}
    same = layers.get(card.kind, ())
    return names[card.kind] + (f" {card.index + 1} of {len(same)}" if len(same) > 1 else "")


def _layer_options(task: str, card: Card) -> None:
    if card.kind == DENSE:
        usual = DenseSpec()
        for name, option in DENSE_OPTIONS.items():
            control(option, session.DENSE(task, name), getattr(usual, name))
        return
    option_rows(task, *_LAYER_ROWS[card.kind])
    if card.kind == INPUT:
        st.caption("What comes in is chosen under Data.")
    elif card.kind == OUTPUT and "pooling" not in options_of(task):
        st.caption("Dense layer on every hidden state: one number for each possible next token.")
