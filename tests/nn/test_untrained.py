from rnn_core.cells import CELLS
from rnn_core.nn.untrained import SMALL, differences


def test_it_starts_with_all_of_the_difference_and_is_repeatable():
    for cell in CELLS.values():
        left = differences(cell, 1, SMALL, 12)
        assert left.shape == (12,) and left[0] == 1.0 and (left == differences(cell, 1, SMALL, 12)).all()
