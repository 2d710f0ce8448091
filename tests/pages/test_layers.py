"""Editing the layers of a network: what a browser sends, and what it makes of them."""

import pytest

from pages.parts.spec_form.layers import Card, Layers, apply
from rnn_core.spec.summary import DENSE, OUTPUT, RECURRENT

FIRST = Card(RECURRENT)


def layers(*units: int, dense: tuple[int, ...] = (), selected: Card = FIRST) -> Layers:
    return Layers({RECURRENT: tuple({"units": u} for u in units), DENSE: tuple({"units": u} for u in dense)}, selected)


def units(edited: Layers, kind: str = RECURRENT) -> list[int]:
    return [layer["units"] for layer in edited.layers[kind]]


def test_adding_copies_the_selected_layer_behind_it_and_selects_the_copy():
    edited = layers(8, 16, selected=Card(RECURRENT, 0)).add(RECURRENT)
    assert units(edited) == [8, 8, 16] and edited.selected == Card(RECURRENT, 1)
    edited.layers[RECURRENT][1]["units"] = 99
    assert units(edited) == [8, 99, 16]  # a copy, not the same layer twice


def test_the_first_dense_layer_has_the_defaults_and_later_ones_copy_it():
    edited = layers(8).add(DENSE)
    assert edited.layers[DENSE][0]["activation"] == "relu" and edited.selected == Card(DENSE, 0)
    assert units(edited.change({"units": 5}).add(DENSE), DENSE) == [5, 5]


def test_no_more_than_four_and_no_fewer_than_one():
    full = layers(1, 2, 3, 4, dense=(5, 6, 7, 8))
    assert full.add(RECURRENT) == full == full.add(DENSE)
    assert not full.can_add(RECURRENT) and not full.can_add(DENSE)
    one = layers(1)
    assert one.remove(Card(RECURRENT, 0)) == one and not one.can_remove(RECURRENT) and not one.can_remove(OUTPUT)


def test_removing_selects_a_neighbour():
    edited = layers(1, 2, 3).remove(Card(RECURRENT, 2))
    assert units(edited) == [1, 2] and edited.selected == Card(RECURRENT, 1)
    edited = layers(1, 2, dense=(5,)).remove(Card(DENSE, 0))
    assert units(edited, DENSE) == [] and edited.selected == Card(RECURRENT, 1)


def test_moving_keeps_the_layer_selected():
    edited = layers(1, 2, 3).move(Card(RECURRENT, 0), 2)
    assert units(edited) == [2, 3, 1] and edited.selected == Card(RECURRENT, 2)
    assert layers(1, 2).move(Card(RECURRENT, 0), 2) == layers(1, 2)


@pytest.mark.parametrize(
    "edit",
    [
        None, 7, [], {}, {"action": "explode"}, {"action": "select"}, {"action": "select", "card": 3}, {"action": "select", "card": "recurrent:x"},
        {"action": "select", "card": "recurrent:9"}, {"action": "select", "card": "recurrent:-1"}, {"action": "select", "card": "elephant:0"},
        {"action": "add", "kind": "output"}, {"action": "add", "kind": ["dense"]}, {"action": "remove", "card": "output:0"},
        {"action": "remove", "card": "recurrent:5"}, {"action": "move", "card": "recurrent:0", "to": 9},
        {"action": "move", "card": "recurrent:0", "to": None}, {"action": "move", "card": "input:0", "to": 0},
    ],
    ids=str,
)  # fmt: skip
def test_nonsense_changes_nothing(edit):
    before = layers(1, 2, dense=(3,))
    assert apply(before, edit) == before


def test_what_a_browser_sends():
    edited = layers(1, 2)
    for edit in (
        {"action": "select", "card": "recurrent:1", "phone": False},
        {"action": "add", "kind": "recurrent"},
        {"action": "move", "card": "recurrent:2", "to": 0},
        {"action": "remove", "card": "recurrent:1"},
        {"action": "add", "kind": "dense"},
        {"action": "select", "card": "output:0"},
    ):
        edited = apply(edited, edit)
    assert units(edited) == [2, 2] and len(edited.layers[DENSE]) == 1 and edited.selected == Card(OUTPUT)
