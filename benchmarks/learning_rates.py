"""The usual learning rate of each optimizer beside others: the lowest validation loss of each task's first preset.

    python -m benchmarks.learning_rates [task ...]

On bundled data, unless RNN_DATA_DIR is set.
"""

import sys

from benchmarks import row
from rnn_core import settings as settings_of
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.spec.training import OPTIMIZERS, usual_rate
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_names, task_of
from rnn_core.training.protocol import Command

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the usual learning rate
WIDTHS = (22, 16, 9, 9, 9, 9, 9)


class _Silent:
    def step(self, *_) -> None: ...
    def epoch(self, *_) -> None: ...
    def snapshot(self, *_) -> None: ...
    def command(self) -> Command:
        return Command()


def lowest_loss(spec: RunSpec) -> str:
    from rnn_core.training.loop import Diverged, Training
    from rnn_core.training.trainer import Trainer, execution_here

    dataset = task_of(spec.task).dataset(spec, None, settings_of.load(), False)
    trainer = Trainer(spec, dataset.model_io, execution_here(spec.model, threads=1))
    training = Training(spec, dataset, test_at_end=False, trainer=trainer)
    try:
        training.run(_Silent())
    except Diverged:
        return "exploded"
    return f"{training.best.loss:.3f}"


def main(*tasks: str) -> None:
    settings = settings_of.load()
    row("first preset of", "usual rate", *(f"times {factor:g}" for factor in FACTORS), widths=WIDTHS)
    for task in tasks or task_names():
        source = sources.default(task, settings)
        first = spec_of(task, available=task_of(task).examples(source, settings), source=source)
        for name, label in OPTIMIZERS.items():
            rate = usual_rate(name)
            losses = [lowest_loss(first.changed(optimizer=name, learning_rate=rate * factor)) for factor in FACTORS]
            row(f"{task}, {label}", f"{rate:g}", *losses, widths=WIDTHS)


if __name__ == "__main__":
    main(*sys.argv[1:])
