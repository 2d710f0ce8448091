"""What other methods reach on the data of each task: the ruler beside a run's loss.

RNN_DATA_DIR=... python -m benchmarks.ruler
"""

from pathlib import Path

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.lessons.ruler import measure
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.task import all_tasks

WIDTHS = (30, 34, 12, 10)


def main() -> None:
    with scratch_home() as home:
        settings = settings_of.load()
        for task in all_tasks():
            for name, source in task.sources(settings).items():
                if source.read:
                    for reference in measure(RunSpec.from_options(task.name, source=name), Path(home), settings):
                        value = f"{reference.value:.4f}"
                        row(f"{task.name}, {name}", reference.label, reference.metric, value, widths=WIDTHS)


if __name__ == "__main__":
    main()
