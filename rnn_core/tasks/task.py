"""What a task is: one object that knows everything about one thing to learn. And the registry of all tasks."""

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
from rnn_core.settings import TASKS, Settings, parse_tasks
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.model_io import Classes, ModelIO, Tokens, Vectors
from rnn_core.spec.training import TrainingSpec

_MODULES = {  # the one list of our tasks: each module holds a `TASK` and is imported when it is needed
    "text": "rnn_core.tasks.text.task",
    "digits": "rnn_core.tasks.digits.task",
    "reviews": "rnn_core.tasks.reviews.task",
}

FIRST = next(iter(_MODULES))  # the task of a spec that names none


class Parts(Protocol):
    """A spec, as a task needs it."""

    data: Any  # the task's own section
    model: ModelSpec
    training: TrainingSpec
    seed: int


@dataclass(frozen=True)
class Preset:
    """A ready-made spec: why one would choose it, and the options that it sets."""

    label: str
    help: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataCheck:
    """What a look at a run's data found, before it is queued."""

    work: Work  # what an epoch reads
    own_files: dict[str, bytes]  # files that the run keeps in its folder, because uploads may go


@dataclass(frozen=True)
class DataFile:
    """A file of a run's data that another computer may not have."""

    content: bytes
    name: str
    own: bool  # goes into the run's folder there; else it is kept for all runs


@dataclass(frozen=True)
class ImportedData:
    """Files of a person's own that were kept as an upload."""

    options: dict[str, Any]  # that name it in a spec
    label: str  # what to call it
    notes: tuple[str, ...] = ()  # what people should know of it


@dataclass(frozen=True)
class OtherData:
    """How runs continue on other data than they began with."""

    options: Callable[[str, str], dict[str, Any]]  # of the name of the data and its encoding
    notes: Callable[[Parts, Path, Settings], list[str]]  # what happens to what the network never saw


def _refuse_files(names: list[str], known_names: Iterable[str], settings: Settings, encoding: str) -> NoReturn:
    raise UserError(f"There is no data called {names[0]!r} here. Data known by name: {', '.join(known_names)}.")


@dataclass(frozen=True)
class Task:
    name: str
    item: str  # what a step reads many of, as a word
    about: str  # one sentence: what its networks learn
    data: type  # the section of a spec; its field `source` names where the data comes from
    presets: Mapping[str, Preset]
    sources: Callable[[Settings], dict[str, Source]]
    model_io: Callable[[Parts, Path], ModelIO]  # from a run's folder alone
    # (spec, the run's folder, settings, whether it was trained before and its vocabulary is settled) -> a dataset, as in
    # `training.protocol`
    dataset: Callable[[Parts, Path | None, Settings, bool], Any]

    # What is known before there is any data: which options exist follows from it.
    input: type = Vectors  # or Tokens
    per_timestep: bool = False  # a prediction after each timestep; else one, from the whole input
    metrics: tuple[str, ...] = Classes.metrics

    example: str | None = None  # the id of its example run
    examples: Callable[[str, Settings], int] = lambda source, settings: 0  # of a source, to train with; 0 where nobody counts them
    # (spec, settings, the run's folder) -> what a look at the data found. Raises `UserError` for useless data. None: the dataset tells
    check: Callable[[Parts, Settings, Path | None], DataCheck] | None = None
    # What another computer needs; by default all data comes with the program.
    data_files: Callable[[Parts, Path, Settings], Iterable[DataFile]] = lambda spec, folder, settings: ()
    import_files: Callable[[list[str], Iterable[str], Settings, str], ImportedData] = (
        _refuse_files  # files by name, names of data, the encoding
    )
    several_files: bool = False  # they become one source
    remote_options: Callable[[list[str]], dict[str, Any]] = lambda hashes: {}  # options that change there, of the files' SHA-256
    other_data: OtherData | None = None
    sample: Callable[[Parts, Any, dict[str, np.ndarray]], str] | None = None  # what a network with these weights writes
    # (dataset, logits of the test set, whether to stop) -> results of a baseline; None: nothing stands beside the network
    baseline: Callable[[Any, np.ndarray, Callable[[], bool]], dict[str, float]] | None = None

    @property
    def items(self) -> str:
        return f"{self.item}s"

    @property
    def generates(self) -> bool:
        """Whether its networks write: what they predict is what they read next."""
        return self.input is Tokens and self.per_timestep

    def check_data(self, spec: Parts, settings: Settings, folder: Path | None = None) -> DataCheck:
        """What a look at a run's data finds; `folder` is that of a run that goes on. Raises `UserError` for useless data."""
        if self.check:
            return self.check(spec, settings, folder)
        return DataCheck(Work.of(self.dataset(spec, folder, settings, False)), {})


def _modules() -> dict[str, str]:
    """The module of every task by its name, in the order of the pages: our own, then those of the setting RNN_TASKS."""
    return _modules_with(os.environ.get(TASKS, ""))


@lru_cache(maxsize=8)
def _modules_with(listed: str) -> dict[str, str]:
    try:
        added = parse_tasks(listed)
    except ValueError as error:
        raise UserError(f"{TASKS} must be {error}; it is {quoted(listed)}.") from None
    if reserved := _MODULES.keys() & added:
        raise UserError(f"{TASKS} lists {min(reserved)}, which is the name of a task of this program. Give it another name.")
    return {**_MODULES, **added}


def add_tasks(listed: str) -> None:
    """Know in this process, and in those that it starts, the tasks of another process's setting RNN_TASKS."""
    modules = {**parse_tasks(os.environ.get(TASKS, "")), **parse_tasks(listed)}
    os.environ[TASKS] = ",".join(f"{name}={module}" for name, module in modules.items())


def task_names() -> tuple[str, ...]:
    """All tasks, in the order of the pages."""
    return tuple(_modules())


def all_tasks() -> list[Task]:
    return [task_of(name) for name in _modules()]


def task_of(name: object) -> Task:
    """Raises `UserError` for a task that does not exist, or whose module cannot be used."""
    modules = _modules()
    if not isinstance(name, str) or name not in modules:
        raise UserError(f"Task must be one of {', '.join(modules)}; it is {quoted(name)}.")
    return _load(name, modules[name])


@cache
def _load(name: str, module: str) -> Task:
    try:
        task = importlib.import_module(module).TASK
    except (ImportError, AttributeError) as error:
        if name in _MODULES:
            raise
        raise UserError(
            f"The task {name} cannot be used: {error}. RNN_TASKS must name a module that Python can import here and that holds a TASK."
        ) from error
    if task.name != name:
        raise UserError(f"RNN_TASKS calls a task {name}; its module {module} calls it {task.name}. Use the same name in both.")
    return task
