"""What a training process does not load, and does not do while a run waits."""

import subprocess
import sys
from itertools import count

from rnn_core.cells import CELLS
from rnn_core.training import warm_up


def test_training_loads_nothing_that_it_does_not_need_and_hides_it_from_nobody():
    script = """
import sys
import rnn_core.runs.engine.worker
from rnn_core.training.warm_up import warm_up
assert "tensorflow" in sys.modules
assert {"pandas", "scipy", "sklearn", "pyarrow"}.isdisjoint(sys.modules), sorted(sys.modules)
import pandas, scipy, sklearn
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_warming_up_ends_once_a_run_waits(monkeypatch):
    made, trainer = [], warm_up.Trainer
    monkeypatch.setattr(warm_up, "Trainer", lambda spec, *more: made.append(spec.model.layers[0].cell) or trainer(spec, *more))
    asked = count()
    warm_up.warm_up(lambda: next(asked) == 1)
    assert made == list(CELLS)[:1]
    warm_up.warm_up(lambda: True)
    assert len(made) == 1
