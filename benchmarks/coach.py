"""The coach's table: how many runs of each kind it advises, misses, and wrongly advises, on the recorded runs of `benchmarks.coach_runs`.

    python -m benchmarks.coach [--record]

`--record` first trains those that `tests/lessons/coach_runs.jsonl` lacks, which takes about an hour on a busy machine. Every run is also
judged at earlier moments, as if it were still training.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks import row
from benchmarks.coach_runs import HEALTHY, record, recorded
from rnn_core.lessons.coach import Advice, Seen, advise
from rnn_core.lessons.cures import DIVERGES, FALLING, FLAT, OVERFITS
from rnn_core.run_spec import RunSpec

KINDS = (DIVERGES, OVERFITS, FLAT, FALLING, HEALTHY)
_ABOVE = 1.05  # times its lowest value: a validation loss that ends there has risen
_HELPS, _HARDLY = 0.05, 0.03  # of what a run has learnt: a cure that lowers its best validation loss by more helps, by less hardly
_MOMENTS = 12  # at which a run that is still training is judged
COLUMNS = ("runs", "raised", "missed", "false", "helps")
WIDTHS = (16, 8, 8, 8, 8, 8)


@dataclass(frozen=True)
class Judged:
    kind: str  # as training confirmed it; "" where it did not
    meant: str  # by construction
    spec: RunSpec
    cure: dict[str, Any]  # that was trained
    advice: tuple[Advice, ...]  # while it was training, and at its end
    helps: bool  # the cure

    @property
    def right(self) -> list[Advice]:
        """Advice to do what was trained. A rate that is far too high is one trouble, whether the loss explodes or stays where it was."""
        return [advice for advice in self.advice if advice.change.items() <= self.cure.items() and self.kind not in (HEALTHY, "")]

    @property
    def false(self) -> list[Advice]:
        return [advice for advice in self.advice if advice not in self.right and self.kind]


def gain(run: dict[str, Any]) -> float:
    """By how much the cure lowers the best validation loss, as a share of the better run's way down from guessing."""
    before, after = run["best"], run["cured"]["best"]
    if after is None:
        return -1.0
    return 1.0 if before is None else (before - after) / max(run["guessing"] - min(before, after), 1e-9)


def helps(run: dict[str, Any]) -> bool:
    """Whether the cure lowers the validation loss: of the best epoch, or at the end of a run that overfits, whose best weights are kept."""
    if run["kind"] == OVERFITS:
        return run["cured"]["last"] is not None and run["cured"]["last"] < 0.97 * run["last"]
    return gain(run) > _HELPS and run["cured"]["best"] < run["guessing"]


def confirmed(run: dict[str, Any]) -> str:
    """The kind of a run, from what training its cure showed; "" where that is unclear."""
    meant = run["kind"]
    if meant == OVERFITS:  # by definition
        return OVERFITS if run["last"] > _ABOVE * run["best"] else ""
    if meant in (FALLING, HEALTHY):  # the cure of both is more epochs, or the usual learning rate
        return FALLING if helps(run) else HEALTHY if gain(run) < _HARDLY and meant == HEALTHY else ""
    return meant if helps(run) else ""


def judged(run: dict[str, Any]) -> Judged:
    spec, curves = RunSpec.from_short(run["spec"]), (run["training"], run["validation"])
    seen = [_seen(run, spec, *part) for part in _moments(*curves)]
    seen.append(_seen(run, spec, *curves, ended=not run["message"], diverged=bool(run["message"])))
    advice = tuple(advice for moment in seen if (advice := advise(spec, moment)))
    return Judged(confirmed(run), run["kind"], spec, run["cure"], advice, helps(run))


def _seen(run: dict[str, Any], spec: RunSpec, training: list, validation: list, **state) -> Seen:
    return Seen([*map(tuple, training)], [*map(tuple, validation)], spec.training.epochs, run["guessing"], **state)


def _moments(training: list, validation: list) -> Iterator[tuple[list, list]]:
    """The curves as they were earlier."""
    for i in range(1, _MOMENTS):
        now = training[: len(training) * i // _MOMENTS]
        if now:
            yield now, [point for point in validation if point[0] <= now[-1][0]]


def table(runs: list[Judged]) -> dict[str, Counter]:
    """Counts by kind: runs, those advised rightly, missed, and falsely, and those whose cure helps. Of unclear runs, those advised at all."""
    counts = {kind: Counter() for kind in (*KINDS, "")}
    for run in runs:
        missed = not run.right and run.kind not in (HEALTHY, "")
        raised = bool(run.right if run.kind else run.advice)
        counts[run.kind].update(runs=1, raised=raised, missed=missed, false=bool(run.false), helps=run.helps)
    return counts


def main() -> None:
    if "--record" in sys.argv[1:]:
        record()
    row("kind", *COLUMNS, widths=WIDTHS)
    for kind, counts in table([judged(run) for run in recorded()]).items():
        row(kind or "unclear", *(counts[name] for name in COLUMNS), widths=WIDTHS)


if __name__ == "__main__":
    main()
