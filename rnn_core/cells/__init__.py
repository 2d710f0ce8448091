"""The recurrent cells that can be chosen, by their names in specs: add a record here, and the cell trains."""

from collections.abc import Iterator, Mapping

from rnn_core.cells.cell import Cell
from rnn_core.cells.gru import GRU
from rnn_core.cells.lstm import LSTM
from rnn_core.cells.simple_rnn import SIMPLE_RNN

CELLS: dict[str, Cell] = {"rnn": SIMPLE_RNN, "lstm": LSTM, "gru": GRU}


class CellLabels(Mapping):
    """The label of each cell by its name, of cells that are added later, too."""

    def __getitem__(self, name: str) -> str:
        return CELLS[name].label

    def __iter__(self) -> Iterator[str]:
        return iter(CELLS)

    def __len__(self) -> int:
        return len(CELLS)
