"""What training a spec costs on this machine, and why it may be too much."""

from dataclasses import dataclass

from pages.parts.shell import services
from pages.parts.shell.formatting import duration
from rnn_core.estimate import Work, estimate, memory_error, scale_here
from rnn_core.run_spec import RunSpec

_FEW_STEPS = 25  # of a whole run


@dataclass(frozen=True)
class Cost:
    size: str  # parameters and memory
    time: str
    errors: list[str]  # the run cannot be queued
    warnings: list[str]


def cost_of(spec: RunSpec, work: Work) -> Cost:
    cost = estimate(spec.model, work, scale_here(services.store().runs.speeds(spec.task)))
    seconds = cost.epoch_seconds * spec.training.epochs
    condition = " when nobody else trains" if services.settings().class_mode else ""
    too_large = memory_error(cost.memory_mb, services.settings())
    return Cost(
        f"{cost.parameters:,} parameters · {cost.memory_mb / 1000:.1f} GB of memory",
        f"{'about ' if seconds >= 1 else ''}{duration(seconds)}{condition}, {duration(cost.epoch_seconds)} per epoch",
        [too_large] if too_large else [],
        [*_few_steps(work.steps * spec.training.epochs), *_time_limit(seconds, cost.epoch_seconds)],
    )


def _few_steps(steps: int) -> list[str]:
    if steps >= _FEW_STEPS:
        return []
    return [
        f"Only {steps:,} step{'s' if steps > 1 else ''} in all, too few to learn much. Choose a smaller batch size or more epochs."
    ]


def _time_limit(seconds: float, epoch_seconds: float) -> list[str]:
    """A warning where a run would be stopped before its end."""
    limit = services.settings().max_seconds
    if not 0 < limit < seconds:
        return []
    return [
        f"A run is stopped after {duration(limit)} here: this run after about {limit / epoch_seconds:.1f} epochs. "
        "Choose fewer epochs or a smaller network."
    ]
