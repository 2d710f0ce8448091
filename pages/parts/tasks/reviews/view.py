"""How the task reviews looks in the app."""

from pages.parts.shell.page import Page
from pages.parts.tasks.reviews import data
from pages.parts.tasks.reviews.try_it import play_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page(
        "Reviews", "pages/3_reviews.py", ":material/reviews:", "Train on film reviews, type one, and see it judged word by word."
    ),
    card="It reads a film review word by word and makes up its mind. Type one, see which word turned the verdict, "
    "and swap two: order is what recurrent networks are for.",
    link="Train on reviews",
    caption="A network reads a review word by word, and makes up its mind whether it praises or pans.",
    data_title="Reviews to learn",
    choose=data.choose,
    check=data.check,
    play=play_panel,
)
