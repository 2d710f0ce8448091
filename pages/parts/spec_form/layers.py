"""Editing the layers of a network: adding, removing and moving cards. Pure functions; `network.py` draws the cards."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from rnn_core.spec.model import MAX_DENSE, MAX_LAYERS, DenseSpec, LayerSpec
from rnn_core.spec.summary import DENSE, KINDS, RECURRENT

_MOST = {RECURRENT: MAX_LAYERS, DENSE: MAX_DENSE}
_FEWEST = {RECURRENT: 1, DENSE: 0}
_NEW = {RECURRENT: asdict(LayerSpec()), DENSE: asdict(DenseSpec())}


@dataclass(frozen=True)
class Card:
    """A card: the kind of its layer, and its place among the layers of that kind."""

    kind: str
    index: int = 0

    @classmethod
    def parse(cls, name: str) -> "Card":
        """From `str(card)`. Raises ValueError for anything else."""
        kind, _, index = name.partition(":")
        return cls(kind, int(index or 0))

    def __str__(self) -> str:
        return f"{self.kind}:{self.index}"


@dataclass(frozen=True)
class Layers:
    """All layers with options of their own, and the card that is selected."""

    layers: Mapping[str, tuple[dict[str, Any], ...]]  # RECURRENT and DENSE: one mapping per layer
    selected: Card = Card(RECURRENT)

    def can_add(self, kind: str) -> bool:
        return len(self.layers[kind]) < _MOST[kind]

    def can_remove(self, kind: str) -> bool:
        return kind in _FEWEST and len(self.layers[kind]) > _FEWEST[kind]

    def select(self, card: Card) -> "Layers":
        if card.kind not in KINDS or not 0 <= card.index < len(self.layers.get(card.kind, (None,))):
            return self
        return replace(self, selected=card)

    def add(self, kind: str) -> "Layers":
        """Insert a copy of the selected layer behind it, or of the last layer of this kind at the end; select the copy."""
        if not self.can_add(kind):
            return self
        here = list(self.layers[kind])
        place = self.selected.index if self.selected.kind == kind else len(here) - 1
        here.insert(place + 1, dict(here[place]) if here else dict(_NEW[kind]))
        return self._with(Card(kind, place + 1), here)

    def remove(self, card: Card) -> "Layers":
        if not self.can_remove(card.kind) or not 0 <= card.index < len(self.layers[card.kind]):
            return self
        here = [layer for i, layer in enumerate(self.layers[card.kind]) if i != card.index]
        left = Card(card.kind, min(card.index, len(here) - 1)) if here else Card(RECURRENT, len(self.layers[RECURRENT]) - 1)
        return self._with(left, here, card.kind)

    def move(self, card: Card, to: int) -> "Layers":
        here = list(self.layers.get(card.kind, ()))
        if not (0 <= card.index < len(here) and 0 <= to < len(here)):
            return self
        here.insert(to, here.pop(card.index))
        return self._with(Card(card.kind, to), here)

    def change(self, values: Mapping[str, Any]) -> "Layers":
        """The selected layer with other values."""
        here = list(self.layers[self.selected.kind])
        here[self.selected.index] = {**here[self.selected.index], **values}
        return self._with(self.selected, here)

    def _with(self, selected: Card, layers: list[dict[str, Any]], kind: str | None = None) -> "Layers":
        return Layers({**self.layers, kind or selected.kind: tuple(layers)}, selected)


def apply(layers: Layers, edit: Any) -> Layers:
    """An edit that a browser sent, such as `{"action": "move", "card": "recurrent:1", "to": 0}`; nonsense changes nothing."""
    try:
        match edit["action"]:
            case "select":
                return layers.select(Card.parse(edit["card"]))
            case "add":
                return layers.add(edit["kind"])
            case "remove":
                return layers.remove(Card.parse(edit["card"]))
            case "move":
                return layers.move(Card.parse(edit["card"]), int(edit["to"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return layers
    return layers
