"""How many empty places after a review make a GRU forget it: test accuracy by Length, with Masking off and on, three seeds each.

The network is that of the preset "Empty places". Reviews of the little review language have 6 to 44 words, on average 19; those with
more than Length words lose their beginning.

python -m benchmarks.empty_places
"""

from benchmarks import row
from rnn_core import settings as settings_of
from rnn_core.presets import spec_of
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.task import task_of
from rnn_core.training.protocol import Command

LENGTHS = (20, 30, 40, 50, 100, 200, 400)
SEEDS = (1, 2, 3)
WIDTHS = (8, 22, 22)


class _Silent:
    """A listener that keeps the test accuracy."""

    accuracy: float | None = None

    def step(self, *_) -> None: ...
    def epoch(self, *_) -> None: ...
    def snapshot(self, *_) -> None: ...
    def command(self) -> Command:
        return Command()

    def test_result(self, step, epoch, values, outputs) -> None:
        self.accuracy = values["test_accuracy"]


def test_accuracy(spec: RunSpec) -> float:
    from rnn_core.training.loop import Training

    listener = _Silent()
    Training(spec, task_of(spec.task).dataset(spec, None, settings_of.load(), False)).run(listener)
    return listener.accuracy


def accuracies(length: int, masking: bool) -> str:
    """The accuracy with each seed, in percent."""
    spec = spec_of("reviews", "empty-places").changed(length=length, masking=masking)
    return "  ".join(f"{test_accuracy(spec.changed(seed=seed)):.1%}" for seed in SEEDS)


def main() -> None:
    row("Length", "Masking off", "Masking on", widths=WIDTHS)
    for length in LENGTHS:
        row(length, accuracies(length, False), accuracies(length, True), widths=WIDTHS)


if __name__ == "__main__":
    main()
