"""What stands under a student's curve on the class board."""

from dataclasses import dataclass

from pages.parts.run.units import metric_text
from pages.parts.shell.formatting import epoch_number
from rnn_core.runs.store.overview import Seat
from rnn_core.spec.metrics import METRICS
from rnn_core.tasks.task import task_of


@dataclass(frozen=True)
class BoardEntry:
    text: str  # plain: a value, or what a network wrote
    label: str  # what the text is
    written: bool = False  # by a network


def best_value(seat: Seat) -> BoardEntry | None:
    """The best validation of the task's main metric; None before the first one."""
    if seat.best is None:
        return None
    metric, (epoch, value) = METRICS[task_of(seat.run.task).metrics[-1]], seat.best
    return BoardEntry(metric_text(seat.run, metric, value), f"best {metric.short}, epoch {epoch_number(epoch)}")
