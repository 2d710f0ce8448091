"""All recurrent cells by their names in specs. A cell that is added to `CELLS` can be trained."""

from collections.abc import Iterator, Mapping

from rnn_core.cells.cell import Cell
from rnn_core.cells.gru import GRU
from rnn_core.cells.lstm import LSTM
from rnn_core.cells.simple_rnn import SIMPLE_RNN

CELLS: dict[str, Cell] = {"rnn": SIMPLE_RNN, "lstm": LSTM, "gru": GRU}


class CellLabels(Mapping):
    """The label of each cell by name, including cells that are added to `CELLS` later."""

    def __getitem__(self, name: str) -> str:
        return CELLS[name].label

    def __iter__(self) -> Iterator[str]:
        return iter(CELLS)

    def __len__(self) -> int:
        return len(CELLS)
