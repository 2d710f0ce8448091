"""Digits: train on handwritten digits, watch it learn, and see it read a digit row by row."""

from pages.parts import digit_data
from pages.parts.digit_play import play_panel
from pages.parts.task_page import TaskPage, draw

draw(
    TaskPage(
        task="digits",
        title="Digits",
        caption="A network reads a handwritten digit row by row, as if it were a sentence, and says which one it is.",
        data_title="Digits to learn",
        choose=digit_data.choose,
        check=digit_data.check,
        play=play_panel,
    )
)
