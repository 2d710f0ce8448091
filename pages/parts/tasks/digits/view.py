"""The view of the digits task."""

from pages.parts.shell.page import Page
from pages.parts.tasks.digits import data
from pages.parts.tasks.digits.card import card
from pages.parts.tasks.digits.compare import compare
from pages.parts.tasks.digits.inside import reading
from pages.parts.tasks.digits.try_it import try_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page("Digits", "pages/2_digits.py", ":material/draw:", "Train on handwritten digits, then draw one."),
    about="Reads a handwritten digit row by row and predicts which one it is. Draw your own.",
    card=card,
    link="Train on digits",
    data_controls=data.data_controls,
    data_check=data.data_check,
    data_options=data.data_options,
    try_panel=try_panel,
    compare=compare,
    inside=reading,
)
