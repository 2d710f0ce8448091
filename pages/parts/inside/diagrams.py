"""Where the parts of each cell stand in its picture, in pixels of a drawing of 560 × 318. The names are those of `Equation.numbers`.

`boxes` are [left, top, width, height], and so are `formulas`, which stand beside the wires that they describe; `operations` are [sign, x, y]; `wires` are [path, the gate whose value makes the wire thick, or ""].
"""

from typing import Any

from rnn_core.cells import CELLS
from rnn_core.cells.cell import Cell

_WIDTH = 560
_GATES_TOP, _GATES_HEIGHT = 142, 104
_BUS = 258  # y of the line that carries the input and the last hidden state to all gates
_STATE = [100, 52]  # width and height of a box of a state
_BELOW = {"before.hidden": [0, 266, 150, 52], "x": [166, 266, 150, 52]}
_TO_BUS = [["M75 266V258", "plain"], ["M241 266V258", "plain"]]


def _up(x: float, start: float, end: float) -> str:
    return f"M{x} {start}V{end}"


def _bus(*centres: float) -> list[list[str]]:
    first, last = min(75, *centres), max(241, *centres)
    risers = [[_up(x, _BUS, _GATES_TOP + _GATES_HEIGHT), ""] for x in centres]
    return [*_TO_BUS, [f"M{first} {_BUS}H{last}", "plain"], *risers]


_LSTM = {
    "boxes": {
        "before.cell": [0, 20, *_STATE], "cell": [460, 20, *_STATE], "hidden": [460, 79, *_STATE],
        "forget": [0, 142, 134, 104], "input": [142, 142, 134, 104], "candidate": [284, 142, 134, 104], "output": [426, 142, 134, 104],
        **_BELOW,
    },
    "formulas": {"cell": [134, 2, 300, 34], "hidden": [285, 56, 142, 44]},
    "operations": [["×", 118, 46], ["+", 280, 46], ["×", 280, 104], ["φ", 440, 71], ["×", 440, 104]],
    "wires": [
        ["M100 46H106", ""], ["M129 46H268", "forget"], ["M291 46H459", ""], [_up(118, 142, 59), "forget"],
        ["M209 142V104H268", "input"], ["M351 142V104H292", "input"], [_up(280, 93, 59), "input"],
        ["M440 46V60", "plain"], ["M440 82V93", "plain"], [_up(440, 142, 117), "output"], ["M451 104H459", "output"],
        *_bus(67, 209, 351, 493),
    ],
}  # fmt: skip
_GRU = {
    "boxes": {
        "before.hidden": [0, 20, *_STATE], "hidden": [460, 20, *_STATE],
        "update": [0, 142, 170, 104], "reset": [195, 142, 170, 104], "candidate": [390, 142, 170, 104], "x": [166, 266, 150, 52],
    },
    "formulas": {"hidden": [134, 2, 280, 34]},
    "operations": [["×", 118, 46], ["+", 420, 46], ["1−", 240, 104], ["×", 420, 104]],
    "wires": [
        ["M100 46H106", ""], ["M129 46H408", "update"], ["M431 46H459", ""], [_up(118, 142, 59), "update"], ["M118 104H226", "plain"],
        ["M253 104H408", "1−update"], [_up(420, 142, 117), ""], [_up(420, 93, 59), "1−update"], ["M365 194H390", "reset"],
        ["M46 72V104Q46 120 30 120H-8V258H75", "plain"], ["M241 266V258", "plain"], ["M75 258H475", "plain"],
        *[[_up(x, _BUS, _GATES_TOP + _GATES_HEIGHT), ""] for x in (85, 280, 475)],
    ],
}  # fmt: skip
_SIMPLE = {
    "boxes": {"hidden": [166, 96, 228, 116], **_BELOW},
    "operations": [],
    "wires": [["M280 258V212", ""], ["M75 266V258", "plain"], ["M241 266V258", "plain"], ["M75 258H280", "plain"],
              ["M394 154H470", ""], ["M470 154V60H-8V292H0", "plain"]],
}  # fmt: skip
_DIAGRAMS = {"lstm": _LSTM, "gru": _GRU, "rnn": _SIMPLE}


def diagram_of(name: str) -> dict[str, Any]:
    """The picture of a cell; of a cell without one, its gates in a row and its states above them."""
    return _DIAGRAMS.get(name) or _row(CELLS[name])


def _row(cell: Cell) -> dict[str, Any]:
    gates, width = cell.gates, min(170, (_WIDTH - 8 * (len(cell.gates) - 1)) // len(cell.gates))
    boxes = {gate: [i * (width + 8), _GATES_TOP, width, _GATES_HEIGHT] for i, gate in enumerate(gates)}
    states = {
        state: [_WIDTH - 100 * (len(cell.states) - i) - 8 * (len(cell.states) - i - 1), 20, *_STATE]
        for i, state in enumerate(cell.states)
    }
    centres = [i * (width + 8) + width / 2 for i in range(len(gates))]
    return {
        "boxes": {**boxes, **states, **_BELOW}, "operations": [],
        "wires": [*_bus(*centres), *[[f"M{x} {_GATES_TOP}V46H{_WIDTH - 100 * len(states) - 8 * (len(states) - 1)}", ""] for x in centres]],
    }  # fmt: skip
