"""Reviews: train on labelled reviews, watch it learn, and see it judge one word by word."""

from pages.parts.task_page import draw

draw("reviews")
