"""Seconds to load a task's data: the first time, when MNIST or IMDB is converted, and afterwards.

    python -m benchmarks.loading

Bundled data is measured unless RNN_DATA_DIR has other data. The pages' caches in memory are not used.
"""

import time

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.digits.dataset import DigitsDataset
from rnn_core.tasks.reviews import sources as reviews
from rnn_core.tasks.reviews.dataset import ReviewsDataset
from rnn_core.tasks.task import task_of

WIDTHS = (20, 10, 12)
TASKS = {"digits": (digits, DigitsDataset), "reviews": (reviews, ReviewsDataset)}


def seconds(task: str, name: str) -> float:
    module, make_dataset = TASKS[task]
    start = time.perf_counter()
    dataset = make_dataset(RunSpec.from_options(task, source=name), module.load(name, settings_of.load()))
    next(dataset.training(0))
    return time.perf_counter() - start


if __name__ == "__main__":
    with scratch_home():
        row("data", "first, s", "afterwards", widths=WIDTHS)
        for task in TASKS:
            for source in task_of(task).sources(settings_of.load()).values():
                if source.read:
                    first, *others = (seconds(task, source.name) for _ in range(4))
                    row(source.name, f"{first:.2f}", f"{sorted(others)[1]:.2f}", widths=WIDTHS)
