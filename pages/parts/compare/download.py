"""A comparison as a table for other programs: a row for each point of each curve."""

import csv
import io
from collections.abc import Sequence

from pages.parts.compare.lines import Line, curve, source_label
from pages.parts.shell import services
from pages.parts.shell.formatting import spreadsheet_safe
from rnn_core.runs.comparison import differences
from rnn_core.tasks.task import task_of


def as_csv(lines: Sequence[Line]) -> str:
    """Run, its title, the settings that differ, then metric, curve, and of each point epoch, seconds, items and value."""
    task = task_of(lines[0].run.task)
    runs = [run for line in lines for run in line.runs]
    settings = differences([services.store().runs.spec(run.id) for run in runs], source_label(task.name))
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["run", "title", *(d.label for d in settings), "metric", "curve", "epoch", "seconds", task.items, "value"])
    for place, run in enumerate(runs):
        first = [run.id, spreadsheet_safe(run.title), *(spreadsheet_safe(d.values[place]) for d in settings)]
        for metric in task.metrics:
            for name, training in (("training", True), ("validation", False)):
                each = curve(run, metric, training)
                for epoch, seconds, items, value in zip(each.epoch, each.seconds, each.items, each.value, strict=True):
                    table.writerow([*first, metric, name, f"{epoch:.6g}", f"{seconds:.6g}", f"{items:.0f}", f"{value:.8g}"])
    return out.getvalue()


def file_name(lines: Sequence[Line]) -> str:
    return f"comparison-{'-'.join(run_id[:4] for run_id in (line.run.id for line in lines))}.csv"
