"""How the task text looks in the app."""

from pages.parts.shell.page import Page
from pages.parts.tasks.text import data
from pages.parts.tasks.text.try_it import play_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page("Text", "pages/1_text.py", ":material/notes:", "Train on a text and let the network write."),
    card="It reads a text, yours or one that is here, one character after the other, and learns to guess the next. Its own writing "
    "turns from gibberish into words; a temperature slider bends the odds.",
    link="Train on a text",
    caption="A network reads a text one character after the other and learns to guess the next. Then it writes.",
    data_title="Text to learn",
    choose=data.choose,
    check=data.check,
    play=play_panel,
    more=(("sequence_length", "vocabulary"), ("schedule", "clip_norm"), ("seed",)),
)
