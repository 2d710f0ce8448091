"""What a task is: one object that knows everything about one thing to learn. And the registry of all tasks."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rnn_core.data.source import Source
from rnn_core.errors import UserError, quoted
from rnn_core.estimate import Work
from rnn_core.settings import Settings
from rnn_core.spec.model import ModelSpec
from rnn_core.spec.shape import Shape
from rnn_core.spec.training import TrainingSpec

_MODULES = {  # the one list of tasks: each module holds a `TASK`; imported when it is asked for
    "text": "rnn_core.tasks.text.task",
    "digits": "rnn_core.tasks.digits.task",
    "reviews": "rnn_core.tasks.reviews.task",
}


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
class Checked:
    """What a look at a run's data found, before it is queued."""

    work: Work  # what an epoch reads
    own: dict[str, bytes]  # files that the run keeps in its folder, because uploads may go


@dataclass(frozen=True)
class Carried:
    """A file of a run's data that another computer may not have."""

    content: bytes
    name: str
    own: bool  # goes into the run's folder there; else it is kept for all runs


@dataclass(frozen=True)
class Taken:
    """Files of a person's own that were kept as an upload."""

    options: dict[str, Any]  # that name it in a spec
    label: str  # what to call it
    notes: tuple[str, ...] = ()  # what people should know of it


@dataclass(frozen=True)
class OtherData:
    """How runs continue on other data than they began with."""

    options: Callable[[str, str], dict[str, Any]]  # of the name of the data and its encoding
    notes: Callable[[Parts, Path, Settings], list[str]]  # what happens to what the network never saw


@dataclass(frozen=True)
class Task:
    name: str
    items: str  # what a step reads, as a word
    data: type  # the section of a spec; its field `source` names where the data comes from
    tokens: bool  # ids come in, not vectors
    per_timestep: bool  # a prediction after each timestep, with state carried from batch to batch; else one, from the whole input
    classes: int | None  # that are told apart; None where the data decides
    example: str  # the id of its example run
    presets: Mapping[str, Preset]
    sources: Callable[[Settings], dict[str, Source]]
    examples: Callable[[str, Settings], int]  # of a source, to train and validate with; 0 where nobody counts them
    check: Callable[[Parts, Settings, Path | None], Checked]  # `Path`: the run's folder. Raises `UserError` for useless data
    shape: Callable[[Parts, Path], Shape]  # from a run's folder alone
    # (spec, the run's folder, settings, whether it was trained before and its vocabulary is settled) -> a dataset, as in
    # `training.protocol`, and options of the recorder
    dataset: Callable[[Parts, Path, Settings, bool], tuple[Any, dict]]
    carried: Callable[[Parts, Path, Settings], Iterable[Carried]]
    take: Callable[[list[str], Iterable[str], Settings, str], Taken]  # files by name, beside names of data; and their encoding
    several_files: bool = False  # they become one source
    elsewhere: Callable[[list[str]], dict[str, Any]] = lambda hashes: {}  # options that change there, of the files' SHA-256
    other_data: OtherData | None = None
    # (dataset, logits of the test set, whether to stop) -> results of a baseline; None: nothing stands beside the network
    beside: Callable[[Any, np.ndarray, Callable[[], bool]], dict[str, float]] | None = None

    @property
    def generates(self) -> bool:
        """Whether its networks write: what they predict is what they read next."""
        return self.tokens and self.per_timestep


def task_names() -> tuple[str, ...]:
    """All tasks, in the order of the pages."""
    return tuple(_MODULES)


def all_tasks() -> list[Task]:
    return [task_of(name) for name in _MODULES]


@cache
def _load(module: str) -> Task:
    return importlib.import_module(module).TASK


def task_of(name: object) -> Task:
    """Raises `UserError` for a task that does not exist."""
    if not isinstance(name, str) or name not in _MODULES:
        raise UserError(f"Task must be one of {', '.join(_MODULES)}; it is {quoted(name)}.")
    return _load(_MODULES[name])
