"""Digits: train on handwritten digits, watch it learn, and see it read a digit row by row."""

from pages.parts.task_page import TaskPage, draw
from pages.parts.tasks.digits import data
from pages.parts.tasks.digits.try_it import play_panel

draw(
    TaskPage(
        task="digits",
        title="Digits",
        caption="A network reads a handwritten digit row by row, as if it were a sentence, and says which one it is.",
        data_title="Digits to learn",
        choose=data.choose,
        check=data.check,
        play=play_panel,
    )
)
