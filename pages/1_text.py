"""Text: choose a corpus and a network, train, watch it learn, and let it write."""

from pages.parts import corpus
from pages.parts.play import play_panel
from pages.parts.task_page import TaskPage, draw

draw(
    TaskPage(
        task="text",
        title="Text",
        caption="A network reads a text one character after the other and learns to guess the next. Then it writes.",
        data_title="Text to learn",
        choose=corpus.choose,
        check=corpus.check,
        play=play_panel,
    )
)
