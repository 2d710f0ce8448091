"""The network as a control: a row of cards, from input to output.

`network.js` sends one trigger, `edit`: a mapping with `action` ("select", "add", "remove", "move"), and `card`, `kind` or `to`, as
`layers.apply` reads them; `shown` is the card that was selected when the page was drawn last; `phone` says that the window is narrow,
and shows Set up there.
"""

from typing import Any

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.spec_form import layers as editing
from pages.parts.spec_form.layer_values import keep_layer
from pages.parts.spec_form.layers import Card, Layers
from rnn_core.cells import CELLS
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.spec.model import LayerSpec
from rnn_core.spec.summary import DENSE, INPUT, OUTPUT, RECURRENT, LayerSummary, layer_name, summary

_NETWORK = component("rnn_network", __file__)


def network_cards(task: str, spec: RunSpec, work: Work | None, cost: str, trains: bool) -> None:
    """Draw the cards of a spec, with shapes and parameters where the data is known; `cost` is what training costs, in words."""
    layers = session.LAYERS(task).get()

    def edit() -> None:
        event = session.NETWORK(task).get()["edit"]
        if _shows_selected(event, session.LAYERS(task).get()):
            keep_layer(task)  # a field that was left by this very click has not been read yet
        session.LAYERS(task).set(editing.apply(session.LAYERS(task).get(), event))
        session.SHOW_LAYER(task).set(True)
        if isinstance(event, dict) and event.get("phone") is True and event.get("action") in ("select", "add"):
            session.ZONE(task).set("setup")

    _NETWORK(
        key=session.NETWORK(task).name,
        data={
            "cards": [_card(spec, row, work) for row in summary(spec.model, work.model_io)] if work else _cards_without_data(spec),
            "selected": str(layers.selected),
            "canAdd": {kind: layers.can_add(kind) for kind in (RECURRENT, DENSE)},
            "canRemove": {kind: layers.can_remove(kind) for kind in (RECURRENT, DENSE)},
            "cost": cost,
            "trains": trains,
        },
        on_edit_change=edit,
        height="content",
    )


def _shows_selected(event: Any, layers: Layers) -> bool:
    """Whether the controls in the browser, whose values came with the event, are those of the selected card, and not still of the one before."""
    return not isinstance(event, dict) or event.get("shown", str(layers.selected)) == str(layers.selected)


def _card(spec: RunSpec, row: LayerSummary, work: Work) -> dict:
    """One card as JSON."""
    card = {"id": str(Card(row.kind, row.index)), "kind": row.kind, "title": row.name, "parameters": row.parameters}
    notes = []
    if row.kind == RECURRENT:
        layer = spec.model.layers[row.index]
        card |= _cell(layer)
        notes = [("dropout", layer.dropout), ("recurrent dropout", layer.recurrent_dropout)]
    elif row.kind == DENSE:
        notes = [("dropout", spec.model.dense[row.index].dropout)]
    shape = [work.batch, *(round(work.timesteps) if size is None else size for size in row.shape)]
    return {
        **card,
        "shape": f"({', '.join(map(str, shape))})",
        "notes": ", ".join(f"{name} {share:.2g}" for name, share in notes if share),
    }


def _cell(layer: LayerSpec) -> dict:
    """What the glyph of a cell shows."""
    cell = CELLS[layer.cell]
    return {"gates": len(cell.gates) - 1, "cellState": len(cell.states) > 1, "both": layer.bidirectional}


def _cards_without_data(spec: RunSpec) -> list[dict]:
    """The cards while the data cannot be read: without shapes and numbers of parameters."""
    recurrent = [
        {"id": str(Card(RECURRENT, i)), "kind": RECURRENT, "title": layer_name(layer), **_cell(layer)}
        for i, layer in enumerate(spec.model.layers)
    ]
    dense = [{"id": str(Card(DENSE, i)), "kind": DENSE, "title": f"Dense {d.units}"} for i, d in enumerate(spec.model.dense)]
    first, last = ({"id": str(Card(kind)), "kind": kind, "title": title} for kind, title in ((INPUT, "Data"), (OUTPUT, "Output")))
    return [first, *recurrent, *dense, last]
