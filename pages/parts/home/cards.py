"""A card for each task: what its networks do, in motion. The whole card is a link to the task's page (page.css)."""

from collections.abc import Callable

import streamlit as st

from pages.parts.shell.errors import showing_errors
from pages.parts.tasks.view import view_of
from rnn_core.tasks.task import task_names


def task_cards() -> Callable[[], None]:
    """Draw the cards, still without their moving parts, which take longer; returns what draws these parts in their places."""
    stages = []
    with st.grid(5, min_column_width=250):
        for number, view in enumerate(map(view_of, task_names())):
            with st.container(border=True, height="stretch", gap="xsmall", key=f"home_card_{number}"):
                with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                    st.header(view.page.title, icon=view.page.icon, anchor=False, width="content")
                    view.page.link(view.link, icon=":material/arrow_forward:")
                stages.append((view, st.container(key=f"home_stage_{number}")))
                st.markdown(view.about)

    def draw_moving_parts() -> None:
        for view, stage in stages:
            with stage:
                showing_errors(view.card)()

    return draw_moving_parts
