"""Text: choose a corpus and a network, train, watch it learn, and let it write."""

from pages.parts.task_page import draw

draw("text")
