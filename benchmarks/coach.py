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
from benchmarks.coach_runs import HEALTHY, planned, record, recorded, trainer, write
from rnn_core.lessons.coach import Advice, Seen, advise
from rnn_core.lessons.cures import DIVERGES, FALLING, FLAT, OVERFITS
from rnn_core.run_spec import RunSpec

KINDS = (DIVERGES, OVERFITS, FLAT, FALLING, HEALTHY)
_ABOVE, _ABOVE_OF_LEARNT = (
    1.05,
    0.025,
)  # times its lowest value, and as a share of what was learnt: a validation loss that ends there has risen
_HELPS, _HARDLY = 0.05, 0.03  # of what a run has learnt: a cure that lowers its best validation loss by more helps, by less hardly
_MOMENTS = 12  # at which a run that is still training is judged
COLUMNS = ("runs", "raised", "missed", "false", "helps")
WIDTHS = (16, 8, 8, 8, 8, 8)


@dataclass(frozen=True)
class Judged:
    kind: str  # as training confirmed it; "" where it did not
    meant: str  # by construction
    spec: RunSpec
    helping: tuple[dict[str, Any], ...]  # changes that lowered the validation loss when they were trained
    advice: tuple[Advice, ...]  # while it was training, and at its end
    helps: bool  # the cure that was meant

    @property
    def right(self) -> list[Advice]:
        """Advice of the run's kind, or to do what was trained and helped: a rate that is far too high is one trouble, whether the loss
        explodes or stays where it was."""
        if self.kind in (HEALTHY, ""):
            return []
        return [a for a in self.advice if a.kind == self.kind or any(a.change.items() <= change.items() for change in self.helping)]

    @property
    def false(self) -> list[Advice]:
        return [advice for advice in self.advice if advice not in self.right and self.kind]


def gain(run: dict[str, Any], cured: dict[str, Any]) -> float:
    """By how much a change lowers the best validation loss, as a share of the better run's way down from guessing."""
    before, after = run["best"], cured["best"]
    if after is None:
        return -1.0
    return 1.0 if before is None else (before - after) / max(run["guessing"] - min(before, after), 1e-9)


def helps(run: dict[str, Any], cured: dict[str, Any]) -> bool:
    """Whether a change lowers the validation loss: of the best epoch, or at the end of a run that overfits, whose best weights are kept."""
    if run["kind"] == OVERFITS:
        return cured["last"] is not None and cured["last"] < 0.97 * run["last"]
    return gain(run, cured) > _HELPS and cured["best"] < run["guessing"]


def confirmed(run: dict[str, Any]) -> str:
    """The kind of a run, from its validation's end and from what training its cure showed; "" where that is unclear."""
    meant, cured, best = run["kind"], run["cured"], run["best"]
    if meant in (DIVERGES, FLAT):
        return meant if helps(run, cured) else ""
    if run["last"] > _ABOVE * best and run["last"] - best > _ABOVE_OF_LEARNT * (run["guessing"] - best):  # by definition
        return OVERFITS
    if meant == OVERFITS:
        return ""
    return FALLING if helps(run, cured) else HEALTHY if gain(run, cured) < _HARDLY and meant == HEALTHY else ""


def judged(run: dict[str, Any]) -> Judged:
    spec, curves = RunSpec.from_short(run["spec"]), (run["training"], run["validation"])
    seen = [_seen(run, spec, *part) for part in _moments(*curves)]
    seen.append(_seen(run, spec, *curves, ended=not run["message"], diverged=bool(run["message"])))
    advice = tuple(advice for moment in seen if (advice := advise(spec, moment)))
    trained = [(run["cure"], run["cured"]), *((other["change"], other) for other in run.get("others", []))]
    helping = tuple(change for change, cured in trained if helps(run, cured))
    return Judged(confirmed(run), run["kind"], spec, helping, advice, helps(run, run["cured"]))


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


def also_train_what_was_advised() -> None:
    """Train the changes that the coach advises for recorded runs, where they are not the cures that were meant."""
    runs = recorded()
    with trainer() as train:
        for run in runs:
            spec, trained = RunSpec.from_short(run["spec"]), [run["cure"], *(other["change"] for other in run.get("others", []))]
            for advice in judged(run).advice:
                if not any(advice.change.items() <= change.items() for change in trained):
                    cured = train(spec.changed(**advice.change))
                    trained.append(advice.change)
                    run.setdefault("others", []).append({"change": advice.change, "best": cured["best"], "last": cured["last"]})
    write(runs)


def main() -> None:
    if "--record" in sys.argv[1:]:
        record()
        also_train_what_was_advised()
    runs, held_out = recorded(), {plan.spec.to_short() for plan in planned() if plan.held_out}
    for title, chosen in (("all runs", runs), ("held out", [run for run in runs if run["spec"] in held_out])):
        row(title, *COLUMNS, widths=WIDTHS)
        for kind, counts in table([judged(run) for run in chosen]).items():
            row(kind or "unclear", *(counts[name] for name in COLUMNS), widths=WIDTHS)


if __name__ == "__main__":
    main()
