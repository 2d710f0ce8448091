"""Memory: choose what has to be remembered and a network, train, and see over how many timesteps it remembers."""

from pages.parts.task_page import task_page

task_page("memory")
