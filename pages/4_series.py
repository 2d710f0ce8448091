"""Series: train on numbers over time, and drag the line from which the network forecasts."""

from pages.parts.task_page import task_page

task_page("series")
