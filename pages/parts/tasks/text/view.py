"""The view of the text task."""

from pages.parts.shell.page import Page
from pages.parts.tasks.text import data
from pages.parts.tasks.text.board import best_sample
from pages.parts.tasks.text.card import card
from pages.parts.tasks.text.compare import compare
from pages.parts.tasks.text.finder import finder
from pages.parts.tasks.text.inside import reading
from pages.parts.tasks.text.live import live
from pages.parts.tasks.text.token_kinds import token_kinds
from pages.parts.tasks.text.try_it import try_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page("Text", "pages/1_text.py", ":material/notes:", "Train on a text, then generate text."),
    about="Reads a text one character at a time, ours or yours, and learns to write more of it.",
    card=card,
    link="Train on a text",
    data_controls=data.data_controls,
    data_check=data.data_check,
    try_panel=try_panel,
    compare=compare,
    inside=reading,
    finder=finder,
    token_kinds=token_kinds,
    live=live,
    board=best_sample,
    advanced=(("sequence_length", "vocabulary"), ("schedule", "clip_norm"), ("patience", "seed")),
)
