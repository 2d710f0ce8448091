"""What a training process does not load."""

import subprocess
import sys


def test_training_loads_nothing_that_it_does_not_need_and_hides_it_from_nobody():
    script = """
import sys
import rnn_core.runs.worker
from rnn_core.training import warm
assert "tensorflow" in sys.modules
assert {"pandas", "scipy", "sklearn", "pyarrow"}.isdisjoint(sys.modules), sorted(sys.modules)
import pandas, scipy, sklearn
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
