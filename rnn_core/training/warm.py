"""What a worker does before it is needed, so that the first loss comes within a second of the click."""

import numpy as np

from rnn_core.spec import CELLS, RunSpec
from rnn_core.tasks.shape import Shape
from rnn_core.training.loop import Trainer


def up() -> None:
    """One step of each cell: TensorFlow sets itself up on first use, and again for each kind of kernel."""
    for cell in CELLS:
        trainer = Trainer(RunSpec.from_knobs(cell=cell, units=4), Shape(outputs=3, tokens=3, every_step=True))
        ids = np.zeros((2, 2), np.uint8)
        trainer.train_step(ids, ids, trainer.zeros(2))
        trainer.measure(ids, ids, trainer.zeros(2))
