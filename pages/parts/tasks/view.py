"""How a task looks in the app: its words, its data, and what can be tried with a network. One record a task, and where to find it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pages.parts.shell.page import Page
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.task import task_of


@dataclass(frozen=True)
class TaskView:
    page: Page
    card: str  # on the home page: what happens there
    link: str  # below it, to the page
    caption: str  # under the page's title
    data_title: str
    choose: Callable[[], None]  # draws the controls of the data
    check: Callable[[RunSpec], bool]  # says what the data is and what training costs; whether it can be trained on
    play: Callable[[Run], None]  # draws what can be done with a run
    more: tuple[tuple[str, ...], ...] = (("examples", "seed"), ("schedule", "clip_norm"))  # options seldom changed, two a row


def view_of(task: str) -> TaskView:
    """That of the task's folder here; a task without one gets the view that fits every task. Raises `UserError` for an unknown task."""
    return _view(task_of(task).name)


@cache
def _view(task: str) -> TaskView:
    if (Path(__file__).parent / task / "view.py").exists():
        return importlib.import_module(f"pages.parts.tasks.{task}.view").VIEW
    return importlib.import_module("pages.parts.tasks.generic.view").view(task_of(task))
