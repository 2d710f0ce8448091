"""`python -m rnn_core.training.save WEIGHTS OUT < spec.json`: save the best weights of a run's folder as a `.keras` file."""

import sys
from pathlib import Path

from rnn_core.nn.run_files import read_weights
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.task import task_of
from rnn_core.training.build import build, set_weights


def main(weights: Path, out: Path) -> None:
    spec = RunSpec.from_json(sys.stdin.read())
    model_io = task_of(spec.task).model_io(spec, weights.parent)
    model = build(spec.model, model_io, spec.seed).plain
    set_weights(model, read_weights(weights, spec.model, model_io, best=True))
    model.save(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
