"""Reviews: train on labelled reviews, watch it learn, and see it judge one word by word."""

from pages.parts import review_data
from pages.parts.review_play import play_panel
from pages.parts.task_page import TaskPage, draw

draw(
    TaskPage(
        task="reviews",
        title="Reviews",
        caption="A network reads a review word by word, and makes up its mind whether it praises or pans.",
        data_title="Reviews to learn",
        choose=review_data.choose,
        check=review_data.check,
        play=play_panel,
    )
)
