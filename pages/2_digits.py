"""Digits: train on handwritten digits, and see predictions row by row."""

from pages.parts.task_page import task_page

task_page("digits")
