"""Whether two commits compute the same numbers: the first steps and one validation of every preset, bit for bit.

python -m benchmarks.same_numbers COMMIT

The losses of this working tree are compared with those of COMMIT, which is checked out into a temporary folder. Only equal processors and
equal versions of TensorFlow compute equal bits. RNN_DATA_DIR may name a folder with the real data.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import row
from rnn_core import settings as settings_of
from rnn_core.presets import spec_of
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of
from rnn_core.training.protocol import Command

STEPS = 100
ROOT = Path(__file__).parents[1]


class Listener:
    """Records the losses, and requests to leave after STEPS."""

    def __init__(self):
        self.losses: list[float] = []
        self.leaves = True

    def step(self, step, epoch, values, learning_rate):
        self.losses.append(values["loss"])

    def epoch(self, *_): ...
    def snapshot(self, *_): ...
    def test_result(self, *_): ...

    def command(self) -> Command:
        return Command("stop" if self.leaves and len(self.losses) >= STEPS else None)


def losses(task: str, preset: str) -> list[str]:
    """Losses of the first steps, then the metrics of one whole validation, as hexadecimal numbers, which lose no bit."""
    from rnn_core.training.loop import Training

    settings = settings_of.load()
    source = sources.default(task, settings)
    spec = spec_of(task, preset, task_of(task).examples(source, settings), source=source)
    with tempfile.TemporaryDirectory() as folder:
        dataset = task_of(task).dataset(spec, Path(folder), settings, False)
        training, listener = Training(spec, dataset, test_at_end=False), Listener()
        training.run(listener)
        listener.leaves = False  # for the whole validation
        means, _ = training._evaluate(dataset.validation())
    return [float(loss).hex() for loss in [*listener.losses, *(means or ())]]


def of_tree(tree: Path, task: str, preset: str) -> list[str]:
    """The losses of a preset, computed in a separate process with the code in `tree`."""
    command = [sys.executable, "-m", "benchmarks.same_numbers", "--one", task, preset]
    done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", nargs="?")
    parser.add_argument("--one", nargs=2, metavar=("TASK", "PRESET"), help="print the losses of this working tree as JSON")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(losses(*chosen.one)))
        return 0
    if not chosen.commit:
        parser.error("name a commit to compare with")
    widths, differ = (26, 14, 14, 10), 0
    row(f"{STEPS} steps and a validation", "last loss", "validation", "equal", widths=widths)
    with tempfile.TemporaryDirectory() as scratch:
        other = Path(scratch) / "other"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(other), chosen.commit], cwd=ROOT, check=True)
        try:
            for task, presets in ((name, task_of(name).presets) for name in task_names()):
                for preset in presets:
                    here, there = of_tree(ROOT, task, preset), of_tree(other, task, preset)
                    differ += here != there
                    step, after = (f"{float.fromhex(here[place]):.6f}" for place in (min(STEPS, len(here)) - 1, -1))
                    row(f"{task} {preset}", step, after, "yes" if here == there else "NO", widths=widths)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], cwd=ROOT, check=True)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
