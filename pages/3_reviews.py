"""Reviews: train on labelled reviews, watch it learn, and see it judge one word by word."""

from pages.parts.task_page import TaskPage, draw
from pages.parts.tasks.reviews import data
from pages.parts.tasks.reviews.try_it import play_panel

draw(
    TaskPage(
        task="reviews",
        title="Reviews",
        caption="A network reads a review word by word, and makes up its mind whether it praises or pans.",
        data_title="Reviews to learn",
        choose=data.choose,
        check=data.check,
        play=play_panel,
    )
)
