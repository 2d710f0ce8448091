"""Digits: train on handwritten digits, watch it learn, and see it read a digit row by row."""

from pages.parts.task_page import draw

draw("digits")
