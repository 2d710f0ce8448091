"""What a worker does while it waits for a run: it compiles the networks that pages start with, so a first loss comes within a second."""

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from rnn_core.errors import UserError
from rnn_core.presets import spec_of
from rnn_core.settings import Settings
from rnn_core.tasks import sources
from rnn_core.tasks.task import Task, task_names, task_of

if TYPE_CHECKING:
    from rnn_core.training.trainer import Trainers  # imports TensorFlow


def warm_up(trainers: "Trainers", settings: Settings, needed: Callable[[], bool] = lambda: False) -> None:
    """One step of each task's first preset, on the data that its page starts with; ends soon after `needed` returns True.

    TensorFlow sets itself up on first use, and again for each kind of kernel (`python -m benchmarks.first_loss` measures the gain).
    """
    for name in task_names():
        if needed():
            return
        try:
            _first_step(task_of(name), trainers, settings, needed)
        except UserError:  # its data must be downloaded first, or cannot be used: a run says so
            continue
        except Exception:  # whatever is wrong with a task must not keep others from training
            traceback.print_exc()


def _first_step(task: Task, trainers: "Trainers", settings: Settings, needed: Callable[[], bool]) -> None:
    from rnn_core.training.trainer import execution_here

    source = sources.default(task.name, settings)
    spec = spec_of(task.name, available=task.examples(source, settings), source=source)
    dataset = task.dataset(spec, None, settings, False)
    if needed():
        return
    trainer = trainers.get(spec, dataset.model_io, execution_here(spec.model, settings.threads_per_run))
    if needed():
        return
    inputs, targets = next(dataset.training(0))
    trainer.train_step(inputs, targets, trainer.zero_states(len(inputs)))
