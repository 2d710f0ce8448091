"""The page of a task: its texts, its data controls, and what can be tried with its networks. One record per task."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pages.parts.run.board_entry import BoardEntry, best_value
from pages.parts.shell.page import Page
from pages.parts.tasks.reading import Following, Reading
from rnn_core.estimate import Work
from rnn_core.run_spec import RunSpec
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.overview import Seat
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.task import task_of


@dataclass(frozen=True)
class TaskView:
    page: Page
    about: str  # one sentence, on the card of the home page
    card: Callable[[], None]  # draws the moving part of that card
    link: str  # label of the link that the card is
    data_controls: Callable[[], None]  # draws the choice of data
    data_check: Callable[[RunSpec], Work | None]  # draws facts about the data; what an epoch reads, or None before a download
    try_panel: Callable[[Run], None]  # draws what can be tried with the network of a run, and its test results
    inside: Callable[[Run], Reading | None] | None = (
        None  # draws the choice of an input for the Inside page; None: an example of the data
    )
    # (run, weights, layer) draws how units are ranked on the Inside page; returns what they follow, None before it is measured
    finder: Callable[[Run, Weights, int], Following | None] | None = None
    # (run's id, weights, tokens) -> the kinds of tokens with their colours in `colours.CSS`, and the kind of each; None: no embedding
    token_kinds: Callable[[str, Weights, Sequence[str]], tuple[dict[str, str], list[int]]] | None = None
    live: Callable[[Run], None] | None = None  # draws what changes under the curves while a run trains
    live_of_cells: bool = False  # whether it also draws the same run with other cells
    board: Callable[[Seat], BoardEntry | None] = (
        best_value  # what stands under a student's curve on the class board; None: nothing yet
    )
    data_options: Callable[[], None] | None = None  # draws options of the data that are seldom changed
    # (lines of `pages.parts.compare.lines`) draws one input, and what the runs of all lines answer to it
    compare: Callable[[list], None] | None = None
    advanced: tuple[tuple[str, ...], ...] = (
        ("examples", "seed"),
        ("schedule", "clip_norm"),
        ("patience",),
    )  # training options, two per row


def view_of(task: str) -> TaskView:
    """The view in the task's folder, or the generic view for a task without one. Raises `UserError` for an unknown task."""
    return _view(task_of(task).name)


@cache
def _view(task: str) -> TaskView:
    if (Path(__file__).parent / task / "view.py").exists():
        return importlib.import_module(f"pages.parts.tasks.{task}.view").VIEW
    return importlib.import_module("pages.parts.tasks.generic.view").view(task_of(task))
