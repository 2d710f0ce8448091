"""The view of the reviews task."""

from pages.parts.shell.page import Page
from pages.parts.tasks.reviews import data
from pages.parts.tasks.reviews.card import card
from pages.parts.tasks.reviews.compare import compare
from pages.parts.tasks.reviews.inside import reading
from pages.parts.tasks.reviews.token_kinds import token_kinds
from pages.parts.tasks.reviews.try_it import try_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page(
        "Reviews",
        "pages/3_reviews.py",
        ":material/reviews:",
        "Train on film reviews, then type one and see a score after each word.",
    ),
    about="Reads a film review word by word and decides whether it is positive or negative.",
    card=card,
    link="Train on reviews",
    data_controls=data.data_controls,
    data_check=data.data_check,
    data_options=data.data_options,
    try_panel=try_panel,
    compare=compare,
    inside=reading,
    token_kinds=token_kinds,
)
