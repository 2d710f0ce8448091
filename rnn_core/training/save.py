"""`python -m rnn_core.training.save WEIGHTS OUT < job.json`: weights as a `.keras` file. The job holds `spec` and `shape`."""

import json
import sys
from pathlib import Path

from rnn_core.nn.stored import read_weights
from rnn_core.run_spec import RunSpec
from rnn_core.spec.shape import Shape
from rnn_core.training.build import build, set_weights


def main(weights: Path, out: Path) -> None:
    job = json.load(sys.stdin)
    spec, shape = RunSpec.from_json(job["spec"]), Shape(**job["shape"])
    model = build(spec.model, shape, spec.seed).plain
    set_weights(model, read_weights(weights, spec.model, shape))
    model.save(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
