"""A task: one object that holds everything about one thing to learn. And the registry of all tasks."""

import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np

from rnn_core.data.source import Source
from rnn_core.errors import UserError, quoted
from rnn_core.estimate import Work
from rnn_core.nn.network import Network
from rnn_core.settings import TASKS, Settings, parse_tasks
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import Classes, ModelIO, Tokens, Vectors
from rnn_core.spec.training import TrainingSpec
from rnn_core.tasks.elsewhere import Elsewhere
from rnn_core.tasks.reference import Reference
from rnn_core.tasks.script import TaskScript

_MODULES = {  # the only list of bundled tasks; each module holds a `TASK` and is imported on demand
    "text": "rnn_core.tasks.text.task",
    "digits": "rnn_core.tasks.digits.task",
    "reviews": "rnn_core.tasks.reviews.task",
    "series": "rnn_core.tasks.series.task",
    "memory": "rnn_core.tasks.memory.task",
}

FIRST = next(iter(_MODULES))  # the task of a spec without a task


class Parts(Protocol):
    """The parts of a spec that tasks use."""

    data: Any  # the task's own section
    model: ModelSpec
    training: TrainingSpec
    seed: int


@dataclass(frozen=True)
class Preset:
    """A ready-made spec: its options, and a help text that says when to choose it."""

    label: str
    help: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataCheck:
    """The result of checking the data of a run before it is queued."""

    work: Work  # of an epoch
    own_files: dict[str, bytes]  # files for the run's folder, since uploads may be removed


@dataclass(frozen=True)
class DataFile:
    """A file of a run's data, for a computer that may not have it."""

    content: bytes
    name: str
    own: bool  # belongs into the run's folder there; else all runs share it


@dataclass(frozen=True)
class ImportedData:
    """A user's files after they were saved as an upload."""

    options: dict[str, Any]  # of a spec, with the name of the upload
    label: str  # shown to the user
    notes: tuple[str, ...] = ()  # sentences about rows that were left out and the like


@dataclass(frozen=True)
class OtherData:
    """How runs continue on other data."""

    options: Callable[[str, str], dict[str, Any]]  # from the name of the data and its encoding
    notes: Callable[[Parts, Path, Settings], list[str]]  # sentences about tokens that the network has never seen


def _refuse_files(names: list[str], known_names: Iterable[str], settings: Settings, encoding: str) -> NoReturn:
    raise UserError(f"There is no data called {names[0]!r} here. Data known by name: {', '.join(known_names)}. Check the spelling.")


@dataclass(frozen=True)
class Task:
    name: str
    item: str  # one example, as a word
    about: str  # one sentence about what its networks learn, shown on its page
    data: type  # the section of a spec; its field `source` names where the data comes from
    presets: Mapping[str, Preset]
    sources: Callable[[Settings], dict[str, Source]]
    model_io: Callable[[Parts, Path], ModelIO]  # from the files in a run's folder
    # (spec, the run's folder, settings, whether training resumes with the vocabulary in the folder) -> a dataset as described in
    # `training.protocol`
    dataset: Callable[[Parts, Path | None, Settings, bool], Any]

    run_files: tuple[str, ...] = ()  # that `dataset` leaves in a run's folder: its networks need them besides their weights

    # Known before there is any data; decides which options exist.
    input: type = Vectors  # or Tokens
    per_timestep: bool = False  # a prediction after each timestep, not one from the whole input
    metrics: tuple[str, ...] = Classes.metrics

    example: str | None = None  # the id of its example run
    examples: Callable[[str, Settings], int] = lambda source, settings: 0  # number of training examples of a source; 0: unknown
    # (spec, settings, the run's folder); raises `UserError` for unsuitable data. None: `check_data` builds the dataset instead
    check: Callable[[Parts, Settings, Path | None], DataCheck] | None = None
    # Files that another computer needs; none by default, for bundled data.
    data_files: Callable[[Parts, Path, Settings], Iterable[DataFile]] = lambda spec, folder, settings: ()
    # (names of files, known names of data, settings, encoding) -> the files as an upload. Raises `UserError`.
    import_files: Callable[[list[str], Iterable[str], Settings, str], ImportedData] = _refuse_files
    several_files: bool = False  # whether several files become one source
    # Options that change on another computer, from the SHA-256 of `data_files`.
    remote_options: Callable[[list[str]], dict[str, Any]] = lambda hashes: {}
    other_data: OtherData | None = None
    # (spec, dataset, weights) -> a text that the network writes
    sample: Callable[[Parts, Any, dict[str, np.ndarray]], str] | None = None
    # (dataset, logits of the test set, whether to stop) -> results of a simple method, for comparison
    baseline: Callable[[Any, np.ndarray, Callable[[], bool]], dict[str, float]] | None = None
    # (spec, the run's folder, settings) -> losses of simple predictions by name, in nats; None: that of guessing alone
    landmarks: Callable[[Parts, Path, Settings], dict[str, float]] | None = None
    # (spec, the run's folder, settings) -> what other methods reach on the same data; may take seconds. Raises `UserError`
    references: Callable[[Parts, Path, Settings], list[Reference]] | None = None
    # (dataset, outputs of validation) -> a measure of parts of its examples by name, after each epoch
    by_part: Callable[[Any, np.ndarray], dict[str, float]] | None = None
    # By metric, the results of simple methods: their names, and the result that `baseline` gives them.
    rivals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # (spec, the run's folder, settings, network, steps) -> rows of a table of what follows the data, its header first
    forecast: Callable[[Parts, Path, Settings, Network, int], Iterable[tuple[str, ...]]] | None = None
    elsewhere: Elsewhere = Elsewhere()  # how its networks are used without this program
    script: TaskScript | None = None  # its part of the Keras script; None: the examples as arrays (`tasks.generic_script`)

    @property
    def items(self) -> str:
        return f"{self.item}s"

    @property
    def generates(self) -> bool:
        """Whether its networks generate: they read their own predictions."""
        return self.input is Tokens and self.per_timestep

    def check_data(self, spec: Parts, settings: Settings, folder: Path | None = None) -> DataCheck:
        """Check the data of a run; `folder` is that of a run that continues. Raises `UserError` for unsuitable data."""
        if self.check:
            return self.check(spec, settings, folder)
        return DataCheck(Work.of(self.dataset(spec, folder, settings, False)), {})


def _modules() -> dict[str, str]:
    """The module of every task by name, in the order of the pages: bundled tasks, then those of the setting RNN_TASKS."""
    return _modules_with(os.environ.get(TASKS, ""))


@lru_cache(maxsize=8)
def _modules_with(added_tasks: str) -> dict[str, str]:
    try:
        added = parse_tasks(added_tasks)
    except ValueError as error:
        raise UserError(f"{TASKS} must be {error}; it is {quoted(added_tasks)}.") from None
    if reserved := _MODULES.keys() & added:
        raise UserError(f"{TASKS} lists {min(reserved)}, which is the name of a bundled task. Use another name.")
    return {**_MODULES, **added}


def add_tasks(listed: str) -> None:
    """Add the tasks of another process's setting RNN_TASKS to this process and to those that it starts."""
    modules = {**parse_tasks(os.environ.get(TASKS, "")), **parse_tasks(listed)}
    os.environ[TASKS] = ",".join(f"{name}={module}" for name, module in modules.items())


def task_names() -> tuple[str, ...]:
    """Names of all tasks, in the order of the pages."""
    return tuple(_modules())


def all_tasks() -> list[Task]:
    return [task_of(name) for name in _modules()]


def task_of(name: object) -> Task:
    """The task with this name. Raises `UserError` if it does not exist or its module cannot be used."""
    modules = _modules()
    if not isinstance(name, str) or name not in modules:
        raise UserError(f"Task must be one of {', '.join(modules)}; it is {quoted(name)}.")
    return _load(name, modules[name])


@cache
def _load(name: str, module: str) -> Task:
    try:
        task = importlib.import_module(module).TASK
    except Exception as error:
        if name in _MODULES:
            raise
        raise UserError(
            f"The task {name} cannot be used ({type(error).__name__}: {error}). RNN_TASKS must name a module that Python can import "
            "here and that holds a TASK."
        ) from error
    if not isinstance(task, Task):
        raise UserError(f"The task {name} cannot be used: the TASK of {module} must be a Task, and it is a {type(task).__name__}.")
    if task.name != name:
        raise UserError(f"RNN_TASKS calls a task {name}; its module {module} calls it {task.name}. Use the same name in both.")
    return task
