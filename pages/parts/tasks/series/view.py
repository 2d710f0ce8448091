"""The view of the series task."""

from pages.parts.shell.page import Page
from pages.parts.tasks.series import data
from pages.parts.tasks.series.card import card
from pages.parts.tasks.series.compare import compare
from pages.parts.tasks.series.inside import reading
from pages.parts.tasks.series.try_it import try_panel
from pages.parts.tasks.view import TaskView

VIEW = TaskView(
    page=Page(
        "Series", "pages/4_series.py", ":material/monitoring:", "Train on weather, prices or your own numbers, then forecast."
    ),
    about="Reads numbers over time and forecasts the next ones: weather, prices, your own.",
    card=card,
    link="Train on series",
    data_controls=data.data_controls,
    data_check=data.data_check,
    data_options=data.data_options,
    try_panel=try_panel,
    compare=compare,
    inside=reading,
    advanced=(*TaskView.advanced, ("loss", "period")),
)
