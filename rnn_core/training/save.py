"""`python -m rnn_core.training.save FOLDER OUT < spec.json`: a run's weights as a `.keras` file."""

import sys
from pathlib import Path

from rnn_core.nn.stored import read_weights
from rnn_core.run_spec import RunSpec
from rnn_core.runs import checkpoints
from rnn_core.runs.store.store import WEIGHTS
from rnn_core.training.build import build, set_weights


def main(folder: Path, out: Path) -> None:
    spec = RunSpec.from_json(sys.stdin.read())
    shape = checkpoints.shape(spec, folder)
    model = build(spec.model, shape, spec.seed).plain
    set_weights(model, read_weights(folder / WEIGHTS, spec.model, shape))
    model.save(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
