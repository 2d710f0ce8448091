"""What a worker does while it waits for a run; the first loss then comes within a second of the click."""

from collections.abc import Callable

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.run_spec import RunSpec
from rnn_core.spec.model_io import ModelIO, NextToken, Tokens
from rnn_core.training.loop import Trainer, execution_here


def warm_up(needed: Callable[[], bool] = lambda: False) -> None:
    """One step of each cell: TensorFlow sets itself up on first use, and again for each kind of kernel.

    Warming up takes longer than it saves a run, so it ends as soon as `needed` returns True (`python -m benchmarks.first_loss`
    measures both).
    """
    for cell in CELLS:
        if needed():
            return
        spec = RunSpec.from_options(cell=cell, units=4)
        trainer = Trainer(spec, ModelIO(Tokens(3), NextToken(3), per_timestep=True), execution_here(spec.model, 1))
        ids = np.zeros((2, 2), np.uint8)
        trainer.train_step(ids, ids, trainer.zero_states(2))
        trainer.measure(ids, ids, trainer.zero_states(2))
