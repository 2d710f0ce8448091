"""The link from a task's page to what goes on inside of the network on show."""

from pages.parts.shell.page import Page
from rnn_core.runs.store.rows import Run

PAGE = Page(
    "Inside",
    "pages/6_inside.py",
    ":material/frame_inspect:",
    "Step through an input, and see the gates and the memory of a trained network.",
)


def inside_link(run: Run) -> None:
    PAGE.link("Look inside: gates and memory, step by step", run=run.id)
