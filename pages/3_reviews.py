"""Reviews: train on labelled reviews, and see a score after each word."""

from pages.parts.task_page import task_page

task_page("reviews")
