"""A module whose TASK is no task."""

TASK = "counting"
