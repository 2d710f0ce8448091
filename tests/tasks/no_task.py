"""A module that fails while it is imported."""

TASK = 1 / 0
