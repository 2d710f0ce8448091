"""How the task digits looks in the app."""

from pages.parts.shell.page import Page
from pages.parts.tasks.digits import data
from pages.parts.tasks.digits.try_it import play_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page("Digits", "pages/2_digits.py", ":material/draw:", "Train on handwritten digits, draw one, and see it read."),
    card="It reads a handwritten digit row by row and says which one it is. Draw one, and watch ten probabilities change with every "
    "row that arrives.",
    link="Train on digits",
    caption="A network reads a handwritten digit row by row, as if it were a sentence, and says which one it is.",
    data_title="Digits to learn",
    choose=data.choose,
    check=data.check,
    play=play_panel,
)
