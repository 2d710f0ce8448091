"""Write a run's Keras model: by the worker when a run has ended or pauses, and for older runs by a separate process:

python -m rnn_core.training.save WEIGHTS OUT < spec.json
"""

import os
import sys
import tempfile
from pathlib import Path

from rnn_core.data import atomic
from rnn_core.nn.run_files import read_weights
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.task import task_of
from rnn_core.training.build import build, set_weights


def save(spec: RunSpec, weights: Path, out: Path) -> None:
    """Save the best weights of a checkpoint, in its run's folder, as a `.keras` file.

    The file gets the modification time of the checkpoint, which shows whether both still belong together.
    """
    time = weights.stat().st_mtime_ns
    model_io = task_of(spec.task).model_io(spec, weights.parent)
    model = build(spec.model, model_io, spec.seed).plain
    set_weights(model, read_weights(weights, spec.model, model_io, best=True))
    with tempfile.TemporaryDirectory() as scratch:
        model.save(path := Path(scratch) / "model.keras")  # Keras insists on the ending
        atomic.write(out, path.read_bytes())
    os.utime(out, ns=(time, time))


if __name__ == "__main__":
    save(RunSpec.from_json(sys.stdin.read()), Path(sys.argv[1]), Path(sys.argv[2]))
