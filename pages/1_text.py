"""Text: choose a corpus and a network, train, watch it learn, and let it write."""

from pages.parts.task_page import TaskPage, draw
from pages.parts.tasks.text import data
from pages.parts.tasks.text.try_it import play_panel

draw(
    TaskPage(
        task="text",
        title="Text",
        caption="A network reads a text one character after the other and learns to guess the next. Then it writes.",
        data_title="Text to learn",
        choose=data.choose,
        check=data.check,
        play=play_panel,
    )
)
