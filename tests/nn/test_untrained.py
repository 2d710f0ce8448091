import numpy as np

from rnn_core.cells import CELLS
from rnn_core.nn.untrained import LARGE, SMALL, differences


def test_before_training_the_simplest_cell_keeps_a_difference_longest():
    left = {name: np.median([differences(cell, seed, SMALL, 20)[-1] for seed in range(5)]) for name, cell in CELLS.items()}
    assert left["rnn"] > 0.7 and 0.01 < left["lstm"] < 0.04 and left["gru"] < 0.0003
    assert differences(CELLS["rnn"], 1, LARGE, 20)[-1] < 0.1  # large inputs saturate it


def test_it_starts_with_all_of_the_difference_and_is_repeatable():
    for cell in CELLS.values():
        left = differences(cell, 1, SMALL, 12)
        assert left.shape == (12,) and left[0] == 1.0 and (left == differences(cell, 1, SMALL, 12)).all()
