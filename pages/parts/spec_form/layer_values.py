"""The controls of a layer's options show the selected layer: its values go into them, and what is typed goes back."""

from dataclasses import fields

from pages.parts.shell import session
from pages.parts.spec_form.controls import LAYER_NAMES
from rnn_core.spec.model import DenseSpec
from rnn_core.spec.summary import DENSE

DENSE_OPTIONS = {f.name: f.metadata["option"] for f in fields(DenseSpec)}


def load_layer(task: str) -> None:
    """After another card was selected, moved or made, set the controls of its options before they are drawn."""
    layers = session.LAYERS(task).get()
    if session.SHOW_LAYER(task).get() and layers.selected.kind in layers.layers:
        for name, key in _keys(task, layers.selected.kind).items():
            key.set(layers.layers[layers.selected.kind][layers.selected.index][name])
    session.SHOW_LAYER(task).set(False)


def keep_layer(task: str) -> None:
    """Give the selected layer the values of its controls, unless they still show another one."""
    layers = session.LAYERS(task).get()
    if (kind := layers.selected.kind) in layers.layers and not session.SHOW_LAYER(task).get():
        session.LAYERS(task).set(layers.change({name: key.get() for name, key in _keys(task, kind).items()}))


def _keys(task: str, kind: str) -> dict[str, session.Key]:
    if kind == DENSE:
        return {name: session.DENSE(task, name) for name in DENSE_OPTIONS}
    return {name: session.SPEC(task, name) for name in LAYER_NAMES}
