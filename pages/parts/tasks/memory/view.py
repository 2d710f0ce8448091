"""The view of the memory task."""

from pages.parts.shell.page import Page
from pages.parts.tasks.memory import data
from pages.parts.tasks.memory.card import card
from pages.parts.tasks.memory.compare import compare
from pages.parts.tasks.memory.inside import reading
from pages.parts.tasks.memory.live import live
from pages.parts.tasks.memory.try_it import try_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page("Memory", "pages/5_memory.py", ":material/psychology:", "See over how many timesteps a network remembers."),
    about="Must remember something until the end. Over how many timesteps can each cell?",
    card=card,
    link="Train a memory",
    data_controls=data.data_controls,
    data_check=data.data_check,
    try_panel=try_panel,
    live=live,
    live_of_cells=True,
    compare=compare,
    inside=reading,
)
