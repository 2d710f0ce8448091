"""Text: choose a text and a network, train, and generate text."""

from pages.parts.task_page import task_page

task_page("text")
